"""What a ledger can be asked to do: move units, or bring new ones into being.

Named tuples, as the values are: one is made for every unit leg, in half the time. Name their fields when you make one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.values import ISSUANCE, Place, Position, SerialRange


class Transfer(NamedTuple):
    """Move units of one product from one place to another; retirement is a transfer to a retired bucket."""

    # Unique in the ledger for ever; built from business content, never from chance.
    transfer_id: str
    # The business word: "trade_settlement", "surrender".
    kind: str
    product: ProductCode
    # Whole units of the product, at least 1.
    quantity: int
    source: Place
    destination: Place
    # Which units; empty means the lowest serials that the source holds.
    serials: tuple[SerialRange, ...] = ()
    # Members of a group of one batch are carried out together or not at all.
    group: str = ""
    # The business case: application, trade, row of an allocation table.
    flow_id: str = ""
    # Transfer id of the entry that this one corrects.
    corrects: str = ""
    # Business time at which it counts; None means the time given for the whole batch.
    effective_time: datetime | None = None

    @property
    def source_position(self) -> Position:
        """Position that gives."""
        return Position(self.source.account, self.product, self.source.bucket)

    @property
    def destination_position(self) -> Position:
        """Position that receives."""
        return Position(self.destination.account, self.product, self.destination.bucket)


class Issue(NamedTuple):
    """Bring new units of a product into being, in one place."""

    transfer_id: str
    kind: str
    product: ProductCode
    # Whole units of the product, at least 1.
    quantity: int
    destination: Place
    # What the units are from: province and table row, or CCER project; stays with the units for ever.
    origin: str
    # Serials to give them; empty means the next ones of the product. Offset credits carry the serials of
    # their CCER.
    serials: tuple[SerialRange, ...] = ()
    group: str = ""
    flow_id: str = ""
    corrects: str = ""
    effective_time: datetime | None = None

    @property
    def source(self) -> Place:
        """Place that new units come from."""
        return ISSUANCE

    @property
    def source_position(self) -> Position:
        """Position that counts what was issued, as a negative quantity."""
        return Position(ISSUANCE.account, self.product, ISSUANCE.bucket)

    @property
    def destination_position(self) -> Position:
        """Position that receives."""
        return Position(self.destination.account, self.product, self.destination.bucket)


Command = Transfer | Issue


def parts_of(batch: Sequence[Command], size_max: int) -> Iterator[Sequence[Command]]:
    """Cut a batch into parts of at most this size, each as long as it can be; groups stay whole."""
    if len(batch) <= size_max:
        yield batch
        return
    last = {command.group: index for index, command in enumerate(batch) if command.group}
    start = cut = 0
    # Index of the last member of the groups that have begun.
    open_to = -1
    for index, command in enumerate(batch):
        if open_to < index:
            cut = index
        if index - start == size_max:
            ensure(cut > start, "a group, with what stands between its members, fits into one batch")
            yield batch[start:cut]
            start = cut
        open_to = max(open_to, last.get(command.group, -1))
    yield batch[start:]
