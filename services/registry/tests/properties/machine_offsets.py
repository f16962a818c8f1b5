"""Rules of projects, hand-overs and offset credits."""

from copy import deepcopy
from datetime import date, timedelta

from ets.ccer.v1 import ccer_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import HOME, MachineBase, indexes, rarely, who
from machine_messages import handed_over
from model_offsets import HandoverInHand, RowInHand
from model_state import PERIOD
from registry_messages import code, name, project

PROJECTS = "ets.ccer.projects.v1"
HANDOVERS = "ets.ccer.handovers.v1"
FIRST_DAY = date(2021, 10, 26)
NUMBERS = ("WIND1", "WIND1", "SOLAR2")

rows = st.tuples(
    who,
    st.sampled_from(NUMBERS),
    st.integers(1, 4),
    st.integers(1, 60),
    st.sampled_from(["", "", "", "", "", "duplicate", "quantity", "name", "province", "confirmed", "inside"]),
)
faults = st.sampled_from(["", "", "", "", "", "", "count", "sum", "digest", "seal", "chain"])


class OffsetRules(MachineBase):
    """Marks, hand-overs, hand-overs issued again, and the creation of credits."""

    @rule(number=st.sampled_from(NUMBERS), is_inside=rarely)
    def register_project(self, number: str, *, is_inside: bool) -> None:
        self.tick()
        self.model.mark_project(number, is_inside=is_inside)
        self.tell(PROJECTS, project(number, inside=is_inside), "")

    @rule(wanted=st.lists(rows, max_size=3), fault=faults, day_step=st.integers(0, 2))
    def hand_over(self, wanted: list[tuple], fault: str, day_step: int) -> None:
        self.tick()
        last = self.model.last_handover(HOME)
        last_day = date.fromisoformat(last.business_date) if last else FIRST_DAY - timedelta(days=1)
        given = HandoverInHand(
            province_code=HOME,
            business_date=(last_day + timedelta(days=day_step)).isoformat(),
            previous=bytes(32) if fault == "chain" else last.digest if last else b"",
            digest=b"",
            row_count=len(wanted),
            quantity=0,
            fault="" if fault == "chain" else fault,
        )
        for row_no, values in enumerate(wanted, start=1):
            given.rows.append(self._row(row_no, *values))
        given.quantity = sum(row.quantity for row in given.rows)
        if given.fault == "digest" and not given.rows:
            given.fault = "seal"
        message = handed_over(given)
        self.handovers.append((deepcopy(given), message))
        self._take(given, message)

    @rule(index=indexes)
    def hand_over_again(self, index: int) -> None:
        """The same hand-over is issued again: accepted rows stay, the others are judged again."""
        if not self.handovers:
            return
        self.tick()
        given, message = self.handovers[index % len(self.handovers)]
        again = ccer_events_pb2.HandoverIssued()
        again.CopyFrom(message)
        again.issue_no = 2
        self._take(deepcopy(given), again)

    @rule(is_early=rarely)
    def create_credits(self, *, is_early: bool) -> None:
        self.tick()
        last = self.model.last_handover(HOME)
        day = date.fromisoformat(last.business_date) if last else FIRST_DAY
        until = (day - timedelta(days=int(is_early))).isoformat()
        answer = self.send_whole(
            "RunOffsetCreditCreation", pb.RunOffsetCreditCreationRequest(business_date=until)
        )
        expected = self.model.create_credits(until)
        assert (answer.row_count, answer.quantity_tco2e) == expected
        self.seen["RunOffsetCreditCreation", "" if expected[0] else "NOTHING"] += 1

    def _take(self, given: HandoverInHand, message: ccer_events_pb2.HandoverIssued) -> None:
        self.model.take_handover(given)
        taken = self.model.handovers.get(given.number)
        self.seen.update(("handover row", row.reason) for row in (taken.rows if taken else ()))
        self.tell(HANDOVERS, message, "")

    def _row(
        self, row_no: int, number: int, project_no: str, quantity: int, start: int, fault: str
    ) -> RowInHand:
        accepted = self.model.accepted_rows()
        ordinal = self.number()
        return RowInHand(
            row_no=row_no,
            cancellation_no=accepted[0].cancellation_no
            if fault == "duplicate" and accepted
            else f"CX-{ordinal}",
            application_no=f"OA-{PERIOD}-{code(number)}-1",
            credit_code=code(number),
            name=name(number) + ("!" if fault == "name" else ""),
            province_code="11" if fault == "province" else HOME,
            project_no=project_no,
            year=2015,
            serials=[(start, start + quantity - 1)]
            if quantity < 3
            else [(start, start), (start + 2, start + quantity)],
            quantity=quantity + int(fault == "quantity"),
            confirmed=1 if fault == "confirmed" else 8,
            is_inside=fault == "inside",
        )

    @property
    def handovers(self) -> list:
        return self.__dict__.setdefault("_handovers", [])
