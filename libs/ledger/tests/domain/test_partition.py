"""LED-1 to LED-5 as properties: decide, replay and a naive model that keeps an owner for each single serial."""

from datetime import UTC, datetime

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain import (
    ISSUANCE,
    SURRENDERED,
    Bucket,
    Command,
    Entry,
    Issue,
    LinkedTransferRefused,
    Place,
    Position,
    Prefetched,
    SerialBlock,
    SerialRange,
    Transfer,
    decide,
    needs_of,
)
from ets_ledger.domain.replay import Replay
from ets_ledger.domain.values import SOURCE_BUCKET, merged_blocks
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
PLACES = [Place(AccountNo(f"R-E-{name}"), Bucket.REGISTERED) for name in "ABC"] + [SURRENDERED]

places = st.sampled_from(PLACES)
quantities = st.integers(0, 12)
groups = st.sampled_from(["", "", "", "g", "h"])
ids = st.integers(0, 300).map(str)
starts = st.integers(1, 80)


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    quantity = draw(quantities)
    start = draw(st.none() | starts)
    named = () if start is None or not quantity else (SerialRange(start, start + quantity - 1),)
    return Transfer(
        transfer_id=draw(ids),
        kind="move",
        product=CEA,
        quantity=quantity,
        source=draw(places),
        destination=draw(places),
        serials=named,
        group=draw(groups),
    )


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    quantity = draw(quantities)
    start = draw(st.none() | starts)
    named = () if start is None or not quantity else (SerialRange(start, start + quantity - 1),)
    return Issue(
        transfer_id=draw(ids),
        kind="issue",
        product=CEA,
        quantity=quantity,
        destination=draw(places),
        origin=draw(st.sampled_from(["37", "42"])),
        serials=named,
        group=draw(groups),
    )


def position(place: Place) -> Position:
    return Position(place.account, CEA, place.bucket)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.balances = dict.fromkeys([position(place) for place in [*PLACES, ISSUANCE]], 0)
        self.blocks: dict[Position, list[SerialBlock]] = {at: [] for at in self.balances}
        self.next_serial = 1
        self.ids: set[str] = set()
        self.owner: dict[int, Position] = {}
        self.origin: dict[int, str] = {}
        self.replay = Replay(has_blocks=True)
        self.journal: list[Entry] = []

    @rule(batch=st.lists(st.one_of(issues(), transfers(), transfers()), min_size=1, max_size=6))
    def post(self, batch: list[Command]) -> None:
        self.post_batch(batch)

    def post_batch(self, batch: list[Command]) -> None:
        decisions = decide(batch, self.prefetched(batch), effective_time=NOON)
        self.compare_with_the_model(batch, decisions.results)
        for entry in decisions.entries:
            assert self.replay.apply(entry) == []
            self.journal.append(entry)
            self.ids.add(entry.transfer_id)
        for at, change in decisions.changes.items():
            self.balances[at] += change
        for at, held in (decisions.blocks or {}).items():
            # What was not prefetched of a position is still there.
            known = set(self.known[at])
            self.blocks[at] = merged_blocks([*(b for b in self.blocks[at] if b not in known), *held])
        self.next_serial = decisions.next_serials.get(CEA, self.next_serial)

    def prefetched(self, batch: list[Command]) -> Prefetched:
        """Read as little as needs_of allows, as the store does."""
        needs = needs_of(batch)
        self.known: dict[Position, list[SerialBlock]] = {}
        for at in needs.positions:
            wanted, read = needs.debits.get(at, 0), []
            for block in self.blocks[at]:
                named = any(s <= block.end and block.start <= e for s, e in needs.selections.get(at, ()))
                if wanted > 0 or named:
                    read.append(block)
                wanted -= block.quantity
            self.known[at] = read
        return Prefetched(
            balances={at: self.balances[at] for at in needs.positions},
            blocks=self.known,
            known_transfer_ids=frozenset(self.ids & set(needs.transfer_ids)),
            next_serials={CEA: self.next_serial} if needs.issued else {},
            occupied={CEA: [SerialRange(serial, serial) for serial in sorted(self.owner)]},
        )

    def compare_with_the_model(self, batch: list[Command], results: tuple[object, ...]) -> None:
        order = sorted(
            range(len(batch)),
            key=lambda i: next(j for j in range(len(batch)) if i == j or self.linked(batch, i, j)),
        )
        for index in order:
            command, result = batch[index], results[index]
            members = [i for i in range(len(batch)) if i == index or self.linked(batch, i, index)]
            outcomes = [isinstance(results[i], Entry) for i in members]
            assert all(outcomes) or not any(outcomes)
            if isinstance(result, Entry):
                self.apply_to_the_model(command, result)
            elif not isinstance(result, LinkedTransferRefused) and len(members) == 1:
                assert not self.is_possible(command)

    @staticmethod
    def linked(batch: list[Command], i: int, j: int) -> bool:
        return batch[i].group != "" and batch[i].group == batch[j].group

    def held(self, at: Position) -> list[int]:
        return sorted(serial for serial, owner in self.owner.items() if owner == at)

    def is_possible(self, command: Command) -> bool:
        if (
            command.quantity < 1
            or command.source == command.destination
            or command.transfer_id in self.ids_seen
        ):
            return False
        named = [serial for start, end in command.serials for serial in range(start, end + 1)]
        if isinstance(command, Issue):
            return not set(named) & self.owner.keys()
        held = self.held(command.source_position)
        return command.source != SURRENDERED and command.quantity <= len(held) and set(named) <= set(held)

    def apply_to_the_model(self, command: Command, entry: Entry) -> None:
        assert self.is_possible(command)
        self.ids_seen.add(command.transfer_id)
        named = [serial for start, end in command.serials for serial in range(start, end + 1)]
        if isinstance(command, Issue):
            first = max(self.owner, default=0) + 1
            expected = named or list(range(first, first + command.quantity))
            self.origin.update(dict.fromkeys(expected, command.origin))
        else:
            expected = sorted(named) or self.held(command.source_position)[: command.quantity]
        assert [serial for start, end in entry.serials for serial in range(start, end + 1)] == expected
        self.owner.update(dict.fromkeys(expected, command.destination_position))

    @property
    def ids_seen(self) -> set[str]:
        return self.__dict__.setdefault("_ids_seen", set())

    @invariant()
    def units_are_conserved_and_nobody_is_below_zero(self) -> None:
        assert sum(self.balances.values()) == 0
        assert all(held >= 0 for at, held in self.balances.items() if at.bucket != SOURCE_BUCKET)

    @invariant()
    def blocks_are_a_partition_that_sums_to_the_balances(self) -> None:
        for at, blocks in self.blocks.items():
            assert [s for block in blocks for s in range(block.start, block.end + 1)] == self.held(at)
            assert all(
                self.origin[s] == block.origin for block in blocks for s in range(block.start, block.end + 1)
            )
            if at.bucket != SOURCE_BUCKET:
                assert sum(block.quantity for block in blocks) == self.balances[at]

    @invariant()
    def a_replay_of_the_journal_gives_the_same_state(self) -> None:
        assert dict(self.replay.balances()) == {at: held for at, held in self.balances.items() if held}
        owned = [(at, block) for at, blocks in self.blocks.items() for block in blocks]
        assert list(self.replay.blocks(CEA)) == sorted(owned, key=lambda pair: pair[1].start)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=20)


def posted_in_batches(
    commands: list[Command], sizes: list[int]
) -> tuple[list[Entry], dict[Position, list[SerialBlock]]]:
    machine = LedgerMachine()
    entries: list[Entry] = []
    rest = list(commands)
    for size in [*sizes, len(commands)]:
        batch, rest = rest[:size], rest[size:]
        if batch:
            known = len(machine.journal)
            machine.post_batch(batch)
            entries += machine.journal[known:]
    return entries, machine.blocks


@given(
    st.lists(st.one_of(issues(), transfers(), transfers()), max_size=25),
    st.lists(st.integers(1, 7), max_size=8),
)
def test_which_serials_move_does_not_depend_on_the_batches(commands: list[Command], sizes: list[int]) -> None:
    ungrouped = [command._replace(group="") for command in commands]
    assert posted_in_batches(ungrouped, sizes) == posted_in_batches(ungrouped, [])
