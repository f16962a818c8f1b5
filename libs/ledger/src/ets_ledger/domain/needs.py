"""What has to be read and locked before a batch can be decided without further questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.commands import Command, Issue
from ets_ledger.domain.values import Position, SerialBlock, SerialRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Everything a batch touches.

    The lowest `debits[p]` units of position p are enough: whatever p receives within the batch, it gives away
    no more than its debits in all, and takes them lowest first.
    """

    positions: tuple[Position, ...]
    debits: Mapping[Position, int]
    selections: Mapping[Position, Sequence[SerialRange]]
    # Products that get new units, with the serials asked for.
    issued: Mapping[ProductCode, Sequence[SerialRange]]
    transfer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefetched:
    """The state of a ledger as far as one batch needs it.

    A ledger without blocks leaves `blocks` as None: it counts units and does not tell them apart.
    """

    balances: Mapping[Position, int]
    blocks: Mapping[Position, Sequence[SerialBlock]] | None = None
    known_transfer_ids: frozenset[str] = frozenset()
    # Next free serial by product; 1 for a product without any.
    next_serials: Mapping[ProductCode, int] = field(default_factory=dict)
    # Existing serials that share any with those asked for.
    occupied: Mapping[ProductCode, Sequence[SerialRange]] = field(default_factory=dict)


def needs_of(batch: Sequence[Command]) -> Needs:
    """Return what must be read before this batch is decided."""
    positions: set[Position] = set()
    debits: dict[Position, int] = {}
    selections: dict[Position, list[SerialRange]] = {}
    issued: dict[ProductCode, list[SerialRange]] = {}
    for command in batch:
        source = command.source_position
        positions.add(source)
        positions.add(command.destination_position)
        if isinstance(command, Issue):
            issued.setdefault(command.product, []).extend(command.serials)
            continue
        debits[source] = debits.get(source, 0) + max(command.quantity, 0)
        if command.serials:
            selections.setdefault(source, []).extend(command.serials)
    return Needs(
        positions=tuple(sorted(positions)),
        debits=debits,
        selections=selections,
        issued=issued,
        transfer_ids=tuple(dict.fromkeys(command.transfer_id for command in batch)),
    )
