"""Rules of repetition: requests and events that come again; and moments that are read back at the end."""

from hypothesis.stateful import rule
from machine_base import MachineBase, indexes

MOMENTS_MAX = 3


class RepeatRules(MachineBase):
    """The same again, the last ones first; and a look back."""

    @rule(index=indexes)
    def repeat_a_request(self, index: int) -> None:
        """The same request again gives the first answer and changes nothing."""
        if not self.requests:
            return
        self.tick()
        method, request, by, answer = self.requests[-1 - index % len(self.requests)]
        assert self.registry.call(method, request, by=by) == answer

    @rule(index=indexes)
    def use_a_request_id_again(self, index: int) -> None:
        """The same id with another body is a conflict and changes nothing."""
        if not self.requests:
            return
        self.tick()
        method, request, by, _ = self.requests[-1 - index % len(self.requests)]
        other = type(request)()
        other.CopyFrom(request)
        lists = [field for field, _ in other.ListFields() if field.is_repeated]
        if lists:
            values = getattr(other, lists[0].name)
            values.append(values[0])
        else:
            other.business_date = "2021-12-30"
        assert self.registry.call(method, other, by=by) == "REQUEST_ID_REUSED"

    @rule(index=indexes)
    def repeat_an_event(self, index: int) -> None:
        """A record that comes again changes nothing."""
        if not self.records:
            return
        self.tick()
        self.deliver(self.records[-1 - index % len(self.records)])

    @rule()
    def keep_this_moment(self) -> None:
        if len(self.moments) < MOMENTS_MAX:
            self.remember()
            self.tick()
