"""Rows of serial blocks: what a batch needs of them, and what it makes of them.

Stored blocks are in canonical form: no two rows of one position and origin are neighbours. So the rows are a
function of who owns what, not of the way there.
"""

from collections.abc import Mapping, Sequence

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.needs import Needs
from ets_ledger.domain.values import Position, SerialBlock, SerialRange, merged_blocks
from ets_ledger.runtime.driver import Driver
from ets_ledger.runtime.statements import Statements
from ets_ledger.runtime.tables import position_id

# Most transfers take from one or two blocks; a position that needs more is asked again for four times as
# many.
FIRST_PAGE_SIZE = 4
PAGE_GROWTH = 4

RowKey = tuple[ProductCode, int]


class BlockRows:
    """The block rows that one batch reads and changes; their positions are locked."""

    def __init__(self, driver: Driver, sql: Statements) -> None:
        self._driver = driver
        self._sql = sql
        # Rows as they are stored, by key: owner and block.
        self._stored: dict[RowKey, tuple[Position, SerialBlock]] = {}
        self._position_by_id: dict[int, Position] = {}

    async def read(self, needs: Needs) -> dict[Position, list[SerialBlock]]:
        """Return the lowest blocks of each position up to what it may give, and those asked for by serial."""
        self._position_by_id = {position_id(position): position for position in needs.positions}
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
        for product, start, end in await self._driver.fetch(self._sql.occupied, *_columns(wanted)):
            occupied.setdefault(product, []).append(SerialRange(start, end))
        return occupied

    async def write(self, final: Mapping[Position, Sequence[SerialBlock]]) -> None:
        """Store what the positions own now, joined with their neighbours."""
        owned = {position: list(blocks) for position, blocks in final.items()}
        await self._join_neighbours(owned)
        rows: dict[RowKey, tuple[Position, SerialBlock]] = {
            (position.product, block.start): (position, block)
            for position, blocks in owned.items()
            for block in blocks
        }
        # A changed row is removed and inserted, never overwritten: so the primary key refuses to put a block
        # where there is one that this batch has not read. (An update of an indexed column costs PostgreSQL
        # the same.)
        gone = [key for key, row in self._stored.items() if row[0] in owned and rows.get(key) != row]
        put = [
            (key[0], block.start, block.end, block.origin, position_id(position))
            for key, (position, block) in rows.items()
            if self._stored.get(key) != (position, block)
        ]
        if gone:
            await self._driver.execute(self._sql.remove_blocks, *_columns(gone))
        if put:
            await self._driver.execute(self._sql.insert_blocks, *_columns(put))

    async def _read_lowest(self, debits: Mapping[Position, int]) -> None:
        missing = dict(debits)
        after = dict.fromkeys(missing, 0)
        page_size = FIRST_PAGE_SIZE
        while missing:
            wanted = [(position_id(position), after[position]) for position in missing]
            found = await self._driver.fetch(self._sql.lowest_blocks, *_columns(wanted), page_size)
            row_count = dict.fromkeys(missing, 0)
            for key, start, end, origin in found:
                position = self._keep(key, start, end, origin)
                missing[position] -= end - start + 1
                after[position] = start
                row_count[position] += 1
            missing = {
                position: quantity
                for position, quantity in missing.items()
                if quantity > 0 and row_count[position] == page_size
            }
            page_size *= PAGE_GROWTH

    async def _read_selected(self, selections: Mapping[Position, Sequence[SerialRange]]) -> None:
        wanted = [
            (position_id(position), *serials) for position, ranges in selections.items() for serials in ranges
        ]
        if wanted:
            for key, start, end, origin in await self._driver.fetch(
                self._sql.selected_blocks, *_columns(wanted)
            ):
                self._keep(key, start, end, origin)

    async def _join_neighbours(self, owned: dict[Position, list[SerialBlock]]) -> None:
        placed = [
            (position.product, block.start, block.end)
            for position, blocks in owned.items()
            for block in blocks
            if self._stored.get((position.product, block.start)) != (position, block)
        ]
        if not placed:
            return
        found = await self._driver.fetch(
            self._sql.neighbours, *_columns(placed), [position_id(position) for position in owned]
        )
        for key, start, end, origin in found:
            position = self._position_by_id[key]
            if (position.product, start) not in self._stored:
                self._keep(key, start, end, origin)
                owned[position].append(SerialBlock(start, end, origin))
        for position, blocks in owned.items():
            owned[position] = merged_blocks(blocks)

    def _keep(self, key: int, start: int, end: int, origin: str) -> Position:
        position = self._position_by_id[key]
        self._stored[position.product, start] = (position, SerialBlock(start, end, origin))
        return position


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
