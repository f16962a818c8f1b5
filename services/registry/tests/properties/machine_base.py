"""What every rule of the machine needs: the registry, the model, and the comparison of both after each step."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from ets_kernel.runtime.bus.port import Received
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from machine_past import Past, remembered, told
from machine_registry import START, RegistryUnderTest
from model_books import Model
from model_state import Outcome, Plant
from model_told import told_by

HOME, ABROAD = "37", "11"
# The entities of the machine; the last one is on no roster until it is listed.
WHO = range(1, 6)
STRANGER = 5
# How much of a holding: a unit, a part of it, all of it, and one more than there is.
AMOUNTS = ("one", "some", "most", "all", "more")

who = st.sampled_from([1, 1, 1, 2, 2, 3, 4, STRANGER])
amounts = st.sampled_from(AMOUNTS)
rarely = st.sampled_from([False, False, False, False, False, True])
mostly = rarely.map(lambda is_rare: not is_rare)
indexes = st.integers(0, 30)
people = st.sampled_from(["first", "second"])


def province_of(number: int) -> str:
    return ABROAD if number == 4 else HOME


def amount(held: int, much: str) -> int:
    """A quantity of at least 1 for a holding."""
    part = {"one": 1, "some": held // 3, "most": held - 1, "all": held, "more": held + 1}[much]
    return max(1, part)


class MachineBase(RuleBasedStateMachine):
    """One registry and one model; `registry` and `model_class` are set by the test that runs it."""

    registry: RegistryUnderTest
    start = START
    model_class: type[Model] = Model
    # How often each kind of command and event had each outcome, over all examples; an empty reason is an acceptance.
    seen: Counter[tuple[str, str]]

    def __init__(self) -> None:
        super().__init__()
        self.registry.reset(self.start)
        self.model = self.model_class()
        self.model.now = self.start
        self.requests: list[tuple[str, Message, str, Message | str]] = []
        self.records: list[Received] = []
        self.moments: list[tuple[datetime, Past]] = []
        self.plants: dict[int, Plant] = {}
        self.next_number = 0
        # Whether the last step was found right: only then it is worth looking at the end.
        self.is_sound = False

    def number(self) -> int:
        """A number that was not used before."""
        self.next_number += 1
        return self.next_number

    def tick(self, seconds: int = 1) -> None:
        """Let time pass: every step has a moment of its own."""
        self.is_sound = False
        self.registry.clock.set(self.registry.clock.now() + timedelta(seconds=seconds))
        self.model.now = self.registry.clock.now()

    def send(self, method: str, request: Any, expected: list[Outcome], *, by: str = "first") -> None:
        """Send a batch and compare the outcome of each item with the model's."""
        answer = self.send_whole(method, request, by=by)
        found = [(one.error.reason, one.reference) for one in answer.results]
        assert found == expected, f"{method}: {found}, by the model {expected}"
        self.seen.update((method, reason) for reason, _ in expected)

    def send_whole(self, method: str, request: Any, *, by: str = "first") -> Any:
        """Send a command that is answered as a whole."""
        request.request_id = f"request-{self.number()}"
        answer = self.registry.call(method, request, by=by)
        assert not isinstance(answer, str), f"{method} was refused as a whole: {answer}"
        self.requests.append((method, request, by, answer))
        return answer

    def tell(self, topic: str, message: Message, reason: str) -> None:
        """Let the registry consume an event; what the model refuses becomes a dead letter."""
        self.deliver(self.publish(topic, message, reason))

    def publish(self, topic: str, message: Message, reason: str) -> Received:
        self.seen[message.DESCRIPTOR.name, reason] += 1
        if reason:
            self.model.dead_letters.append(reason)
        return self.registry.outboxes.publish(topic, message)

    def deliver(self, *records: Received) -> None:
        self.registry.take(*records)
        self.records += records

    def compare(self) -> None:
        """The books, the tables, what was told and what was set aside are as the model says."""
        expected = self.model.books()
        found = self.registry.books(list(expected))
        for book, rows in expected.items():
            assert found[book] == rows, (
                f"{book}: too much {without(found[book], rows)}, missing {without(rows, found[book])}"
            )
        assert self.registry.statuses() == self.model.statuses()
        operators = {
            number: {subject: tuple(duties) for subject, duties in ones.items()}
            for number, ones in self.model.operators.items()
            if ones
        }
        assert self.registry.operators() == operators, (self.registry.operators(), operators)
        frozen = {number: sorted(one.serials) for number, one in self.model.freezes.items() if one.serials}
        assert self.registry.frozen() == frozen
        assert Counter(self.registry.dead_letters()) == Counter(self.model.dead_letters)
        told = self.registry.told()
        assert {name: told.get(name, 0) for name in self.model.told} == dict(self.model.told)
        assert not self.registry.locks.broken, self.registry.locks.broken
        self.is_sound = True

    def remember(self) -> None:
        """Keep how everything stands, to be read back at the end."""
        self.moments.append((self.registry.clock.now(), self.remembered()))

    def remembered(self) -> Past:
        return remembered(self.model)

    def told_of(self, at: datetime) -> Past:
        return told(self.registry, at)

    def compare_with_the_past(self) -> None:
        """What was remembered is read again as of its moment."""
        for at, past in self.moments:
            found = self.told_of(at)
            for what, expected in past.items():
                differing = {
                    key: (found[what].get(key), expected.get(key))
                    for key in found[what].keys() | expected.keys()
                    if found[what].get(key) != expected.get(key)
                }
                assert differing == {}, f"{what} as of {at}, told and expected: {differing}"

    def verify_the_journal(self) -> None:
        report = self.registry.verified_export()
        assert report.is_kept, report.wrong

    def facts(self) -> dict[str, "Counter[Any]"]:
        """What must have been told."""
        return told_by(self.model)

    def compare_what_was_told(self) -> None:
        """Each fact was told once, with the quantities that the books have."""
        found = self.registry.facts()
        for name, expected in self.facts().items():
            assert found[name] == expected, (
                f"{name}: too much {found[name] - expected}, missing {expected - found[name]}"
            )

    def teardown(self) -> None:
        if self.is_sound:
            self.compare_what_was_told()
            self.compare_with_the_past()
            self.verify_the_journal()


def without(rows: list, others: list) -> list:
    """The rows that are not among others, each as often as it is missing there."""
    return list((Counter(rows) - Counter(others)).elements())
