"""Rows of serial blocks: what a batch needs of them, and what it makes of them.

Stored blocks are in canonical form: no two rows of one position and origin are neighbours. So the rows are a
function of who owns what, not of the way there.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.needs import Needs
from ets_ledger.domain.values import Position, SerialBlock, SerialRange, merged_blocks
from ets_ledger.runtime.driver import Driver, numbers, texts
from ets_ledger.runtime.statements import Statements
from ets_ledger.runtime.tables import PositionKeys

# Most transfers take from a few blocks; a position that needs more is asked again for four times as many.
FIRST_PAGE_SIZE = 16
PAGE_GROWTH = 4

RowKey = tuple[ProductCode, int]
Row = tuple[Position, SerialBlock]


class BlockRow(NamedTuple):
    """A row as it is to be."""

    product: ProductCode
    end: int
    start: int
    origin: str
    position_key: str


class BlockChanges(NamedTuple):
    """Rows that are to change, rows that are new, and keys of rows that go."""

    changed: list[BlockRow]
    put: list[BlockRow]
    gone: list[RowKey]

    def parameters(self) -> tuple[str, ...]:
        """Return the parameters of the statement that writes blocks."""
        return (
            *_row_columns(self.changed),
            *_row_columns(self.put),
            texts([key[0] for key in self.gone]),
            numbers([key[1] for key in self.gone]),
        )


class BlockRows:
    """The block rows that one batch reads and changes; their positions are locked."""

    def __init__(self, driver: Driver, sql: Statements, keys: PositionKeys) -> None:
        self._driver = driver
        self._sql = sql
        self._keys = keys
        # Rows as they are stored, by key: owner and block.
        self._stored: dict[RowKey, Row] = {}

    async def read(self, needs: Needs) -> dict[Position, list[SerialBlock]]:
        """Return the lowest blocks of each position up to what it may give, and those asked for by serial."""
        await self._read_lowest(needs.debits)
        await self._read_selected(needs.selections)
        held: dict[Position, list[SerialBlock]] = {position: [] for position in needs.positions}
        for position, block in self._stored.values():
            held[position].append(block)
        return held

    async def occupied(
        self, asked: Mapping[ProductCode, Sequence[SerialRange]]
    ) -> dict[ProductCode, list[SerialRange]]:
        """Return existing serials that overlap the ones asked for, at least one range for each that does."""
        wanted = [(product, *serials) for product, ranges in asked.items() for serials in ranges]
        if not wanted:
            return {}
        occupied: dict[ProductCode, list[SerialRange]] = {}
        found = await self._driver.fetch(
            self._sql.occupied,
            texts([product for product, _, _ in wanted]),
            numbers([start for _, start, _ in wanted]),
            numbers([end for _, _, end in wanted]),
        )
        for product, start, end in found:
            occupied.setdefault(product, []).append(SerialRange(start, end))
        return occupied

    async def changes(self, final: Mapping[Position, Sequence[SerialBlock]]) -> BlockChanges:
        """Return how the rows change for the positions to own this, joined with their neighbours.

        A row is changed only if this batch has read it, and inserted only under a key that it has not read: so the
        primary key refuses to put a block where there is one that this batch knows nothing of.
        """
        owned = {position: list(blocks) for position, blocks in final.items()}
        await self._join_neighbours(owned)
        rows: dict[RowKey, Row] = {
            (position.product, block.end): (position, block)
            for position, blocks in owned.items()
            for block in blocks
        }
        changes = BlockChanges([], [], [])
        for key, row in rows.items():
            before = self._stored.get(key)
            if before != row:
                position, block = row
                to_write = changes.put if before is None else changes.changed
                to_write.append(BlockRow(*key, block.start, block.origin, self._keys.text[position]))
        changes.gone.extend(
            key for key, (position, _) in self._stored.items() if position in owned and key not in rows
        )
        return changes

    async def _read_lowest(self, debits: Mapping[Position, int]) -> None:
        missing = dict(debits)
        after = dict.fromkeys(missing, 0)
        page_size = FIRST_PAGE_SIZE
        while missing:
            wanted = [(self._keys.text[at], after[at], quantity) for at, quantity in missing.items()]
            found = await self._driver.fetch(self._sql.lowest_blocks, *_number_columns(wanted), page_size)
            row_count = dict.fromkeys(missing, 0)
            for key, start, end, origin in found:
                position = self._keep(key, start, end, origin)
                missing[position] -= end - start + 1
                after[position] = end
                row_count[position] += 1
            missing = {
                position: quantity
                for position, quantity in missing.items()
                if quantity > 0 and row_count[position] == page_size
            }
            page_size *= PAGE_GROWTH

    async def _read_selected(self, selections: Mapping[Position, Sequence[SerialRange]]) -> None:
        wanted = [
            (self._keys.text[position], *serials)
            for position, ranges in selections.items()
            for serials in ranges
        ]
        if wanted:
            for key, start, end, origin in await self._driver.fetch(
                self._sql.selected_blocks, *_number_columns(wanted)
            ):
                self._keep(key, start, end, origin)

    async def _join_neighbours(self, owned: dict[Position, list[SerialBlock]]) -> None:
        # Only what a position received can have a new neighbour: what it kept had been joined before.
        received = [
            (self._keys.text[position], block.start, block.end)
            for position, blocks in owned.items()
            for block in blocks
            if not self._is_kept(position, block)
        ]
        if not received:
            return
        for key, start, end, origin in await self._driver.fetch(
            self._sql.neighbours, *_number_columns(received)
        ):
            position = self._keys.position[key]
            if (position.product, end) not in self._stored:
                self._keep(key, start, end, origin)
                owned[position] = merged_blocks([*owned[position], SerialBlock(start, end, origin)])

    def _is_kept(self, position: Position, block: SerialBlock) -> bool:
        before = self._stored.get((position.product, block.end))
        return before is not None and before[0] == position and before[1].start <= block.start

    def _keep(self, key: int, start: int, end: int, origin: str) -> Position:
        position = self._keys.position[key]
        self._stored[position.product, end] = (position, SerialBlock(start, end, origin))
        return position


def _row_columns(rows: Sequence[BlockRow]) -> tuple[str, ...]:
    return (
        texts([row.product for row in rows]),
        numbers([row.end for row in rows]),
        numbers([row.start for row in rows]),
        texts([row.origin for row in rows]),
        numbers([row.position_key for row in rows]),
    )


def _number_columns(rows: Sequence[tuple[str, int, int]]) -> tuple[str, ...]:
    return tuple(numbers(column) for column in zip(*rows, strict=True))
