"""The one place where a ledger says yes or no.

LED-1  Every entry takes a quantity from one position and gives the same quantity to another: products sum to
       zero.
LED-2  No position but the source of issuance falls below zero.
LED-3  At every moment each issued serial is owned by exactly one position, and a position's blocks sum to its
       quantity.
LED-4  The members of a group are carried out together or not at all.
LED-5  A transfer id is used once.
LED-6  Used-up units stay where they are, unless the entry names the one it corrects.

Commands are decided in request order, each on the state that the accepted ones before it left; a group is
decided whole, where its first member stands. Units are taken lowest serial first, unless the command names
them. A refused command changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.block_book import BlockBook
from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import (
    BlocksNotHeld,
    InsufficientHolding,
    LinkedTransferRefused,
    SerialOverlap,
    TransferIdReused,
    TransferInvalid,
    UnitsRetired,
)
from ets_ledger.domain.needs import Prefetched
from ets_ledger.domain.values import (
    RETIRED_BUCKETS,
    SOURCE_BUCKET,
    Position,
    SerialBlock,
    SerialRange,
    first_overlap,
    merged_ranges,
)

Result = Entry | EtsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The answer to each command, at its index, and the state that the accepted ones lead to."""

    results: tuple[Result, ...]
    # Accepted entries in the order in which they were carried out.
    entries: tuple[Entry, ...]
    # What source and destination hold after each of them.
    balances: tuple[tuple[int, int], ...]
    # Change of quantity by position, without zeros.
    changes: Mapping[Position, int]
    # What the positions whose blocks changed own now, as far as it was prefetched; None without blocks.
    blocks: Mapping[Position, Sequence[SerialBlock]] | None
    next_serials: Mapping[ProductCode, int]


def decide(batch: Sequence[Command], state: Prefetched, *, effective_time: datetime) -> Decisions:
    """Decide each command of a batch; `effective_time` is that of the commands that name none."""
    judge = _Judge(state, effective_time)
    results: list[Result | None] = [None] * len(batch)
    members: dict[str, list[int]] = {}
    for index, command in enumerate(batch):
        if command.group:
            members.setdefault(command.group, []).append(index)
    for index, command in enumerate(batch):
        if results[index] is not None:
            continue
        if not command.group:
            results[index] = judge.carry_out(command)
            continue
        indexes = members[command.group]
        outcomes = judge.carry_out_together([batch[member] for member in indexes])
        for member, outcome in zip(indexes, outcomes, strict=True):
            results[member] = outcome
    return judge.decisions([result for result in results if result is not None])


class _Judge:
    def __init__(self, state: Prefetched, effective_time: datetime) -> None:
        self._held = dict(state.balances)
        self._at_start = state.balances
        self._book = None if state.blocks is None else BlockBook(state.blocks)
        self._known = set(state.known_transfer_ids)
        self._next_serials = dict(state.next_serials)
        self._occupied = {product: list(taken) for product, taken in state.occupied.items()}
        self._entries: list[Entry] = []
        self._balances: list[tuple[int, int]] = []
        self._effective_time = effective_time

    def carry_out(self, command: Command) -> Result:
        """Carry the command out, or return why not."""
        source = command.source_position
        refusal = self._refusal(command, source)
        if refusal is not None:
            return refusal

        # From here on the command succeeds.
        destination = command.destination_position
        self._held[source] -= command.quantity
        self._held[destination] += command.quantity
        self._known.add(command.transfer_id)
        serials: tuple[SerialRange, ...] = ()
        if self._book is not None:
            blocks = self._units(command, source, self._book)
            self._book.give(destination, blocks)
            serials = merged_ranges(blocks)
        entry = Entry(
            command.transfer_id,
            command.kind,
            source,
            destination,
            command.quantity,
            serials,
            command.origin if isinstance(command, Issue) else "",
            command.group,
            command.flow_id,
            command.corrects,
            command.effective_time or self._effective_time,
        )
        self._entries.append(entry)
        self._balances.append((self._held[source], self._held[destination]))
        return entry

    def carry_out_together(self, commands: Sequence[Command]) -> Sequence[Result]:
        """Carry all of them out, or none: then the first refusal is given to the one it belongs to."""
        entry_count = len(self._entries)
        issued = {command.product for command in commands if isinstance(command, Issue)}
        serials = [
            (product, self._next_serials.get(product), len(self._occupied.get(product, ())))
            for product in issued
        ]
        if self._book is not None:
            self._book.mark()
        done: list[Result] = []
        for command in commands:
            outcome = self.carry_out(command)
            done.append(outcome)
            if isinstance(outcome, EtsError):
                break
        refusal = done[-1]
        if not isinstance(refusal, EtsError):
            if self._book is not None:
                self._book.keep()
            return done
        self._undo(entry_count)
        for product, next_serial, occupied_count in serials:
            self._next_serials.pop(product, None)
            if next_serial is not None:
                self._next_serials[product] = next_serial
            del self._occupied.get(product, [])[occupied_count:]
        refused_id = commands[len(done) - 1].transfer_id
        return [
            refusal if index == len(done) - 1 else _linked_refusal(command, refused_id, refusal)
            for index, command in enumerate(commands)
        ]

    def _undo(self, entry_count: int) -> None:
        """Take back all but the first so many entries: what a group touched, and not the whole state, is undone."""
        for entry in self._entries[entry_count:]:
            self._held[entry.source] += entry.quantity
            self._held[entry.destination] -= entry.quantity
            self._known.discard(entry.transfer_id)
        del self._entries[entry_count:], self._balances[entry_count:]
        if self._book is not None:
            self._book.take_back()

    def decisions(self, results: Sequence[Result]) -> Decisions:
        """Return the answers with the state they lead to."""
        changes = {
            position: held - self._at_start[position]
            for position, held in self._held.items()
            if held != self._at_start[position]
        }
        return Decisions(
            results=tuple(results),
            entries=tuple(self._entries),
            balances=tuple(self._balances),
            changes=changes,
            blocks=None if self._book is None else self._book.touched(),
            next_serials=self._next_serials,
        )

    def _refusal(self, command: Command, source: Position) -> EtsError | None:
        """Return the first refusal in the order of errors.py."""
        contradiction = _contradiction(command, has_blocks=self._book is not None)
        if contradiction:
            return TransferInvalid(contradiction, transfer_id=command.transfer_id)
        if command.transfer_id in self._known:
            return TransferIdReused(
                f"{command.transfer_id} is in the journal", transfer_id=command.transfer_id
            )
        if isinstance(command, Issue):
            return self._overlap(command)
        return self._shortfall(command, source)

    def _shortfall(self, command: Transfer, source: Position) -> EtsError | None:
        if source.bucket in RETIRED_BUCKETS and not command.corrects:
            return UnitsRetired(
                f"units in {source.bucket} are used up", account=source.account, bucket=source.bucket
            )
        available = self._held[source]
        missing = self._missing(command, source)
        if source.bucket != SOURCE_BUCKET and command.quantity > available:
            return InsufficientHolding(
                f"{source.account} holds {available} of {source.product} in {source.bucket},"
                f" {command.quantity} were asked for",
                account=source.account,
                product=source.product,
                bucket=source.bucket,
                requested_quantity=command.quantity,
                available_quantity=available,
                **missing,
            )
        if missing:
            return BlocksNotHeld(
                f"{source.account} does not hold all the serials asked for",
                account=source.account,
                product=source.product,
                bucket=source.bucket,
                serials=" ".join(f"{start}-{end}" for start, end in command.serials),
                **missing,
            )
        return None

    def _missing(self, command: Transfer, source: Position) -> dict[str, str]:
        """Return the serials asked for that are not there, as metadata of a refusal."""
        if self._book is None or not command.serials:
            return {}
        missing = self._book.missing(source, command.serials)
        return {"missing_serials": " ".join(f"{start}-{end}" for start, end in missing)} if missing else {}

    def _overlap(self, command: Issue) -> SerialOverlap | None:
        overlap = first_overlap(command.serials, self._occupied.get(command.product, ()))
        if overlap is None:
            return None
        return SerialOverlap(
            f"serials {overlap.start} to {overlap.end} of {command.product} exist already, at least in part",
            product=command.product,
            start_serial=overlap.start,
            end_serial=overlap.end,
        )

    def _units(self, command: Command, source: Position, book: BlockBook) -> list[SerialBlock]:
        if isinstance(command, Issue):
            return self._new_units(command)
        if command.serials:
            return book.take_exactly(source, command.serials)
        return book.take_lowest(source, command.quantity)

    def _new_units(self, command: Issue) -> list[SerialBlock]:
        first = self._next_serials.get(command.product, 1)
        serials = command.serials or (SerialRange(first, first + command.quantity - 1),)
        self._next_serials[command.product] = max(first, *(end + 1 for _, end in serials))
        self._occupied.setdefault(command.product, []).extend(serials)
        return [SerialBlock(start, end, command.origin) for start, end in serials]


def _contradiction(command: Command, *, has_blocks: bool) -> str:
    """Return what is wrong with a command by itself, or nothing."""
    source, destination = command.source, command.destination
    if command.quantity < 1:
        return "a quantity is at least 1"
    if source == destination:
        return "source and destination differ"
    if has_blocks and not isinstance(command, Issue) and SOURCE_BUCKET in (source.bucket, destination.bucket):
        return "units come into being by an issue, and go by retirement"
    if command.serials:
        return _serials_contradiction(command) if has_blocks else "this ledger does not tell units apart"
    return ""


def _serials_contradiction(command: Command) -> str:
    if any(start < 1 or end < start for start, end in command.serials):
        return "a range of serials starts at 1 or more and ends at its start or later"
    if sum(end - start + 1 for start, end in command.serials) != command.quantity:
        return "the serials asked for are as many as the quantity"
    if any(after[0] <= before[1] for before, after in pairwise(sorted(command.serials))):
        return "a serial is asked for once"
    return ""


def _linked_refusal(command: Command, refused_id: str, refusal: EtsError) -> LinkedTransferRefused:
    return LinkedTransferRefused(
        f"{refused_id}, which {command.transfer_id} is linked to, was refused",
        transfer_id=command.transfer_id,
        refused_transfer_id=refused_id,
        refused_reason=refusal.reason,
    )
