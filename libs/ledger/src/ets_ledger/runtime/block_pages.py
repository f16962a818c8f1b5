"""What an account owned at a moment, a page at a time: as many serials and entries are looked at as a page needs.

Positions that held nothing then are passed over. Of the others, products are read whole while their known states have
few ranges together; one that has more is read in windows of serials.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from ets_kernel.domain.ids import AccountNo, ProductCode
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.values import SOURCE_BUCKET, Position, SerialBlock
from ets_ledger.runtime.moments import FOREVER
from ets_ledger.runtime.ownership import BATCH, EDGE, MOMENT, OWNED, POSITIONS
from ets_ledger.runtime.rows import rows_of
from ets_ledger.runtime.tables import LedgerTables

# Ranges of known states that are looked at for each block of a page, and by how much a window grows that was too small.
RANGES_PER_BLOCK: Final = 2
WINDOW_GROWTH: Final = 4
_BEHIND_ALL_SERIALS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockHolding:
    """One serial block and the position that owns it."""

    position: Position
    block: SerialBlock


class JournalPlace(NamedTuple):
    """A moment's place in the journal."""

    batch_no: int
    post_id_max: int
    # Posts before the place with entries that count later, and posts behind it with entries that count by then.
    early: Sequence[int]
    late: Sequence[int]
    effective: datetime


class _Start(NamedTuple):
    """A position, where it stands at the moment, and the known state that is nearest."""

    id: int
    product: ProductCode
    bucket: str
    post_id: int
    base_id: int
    range_count: int


class BlockPages:
    """Reads of what an account owned, on one connection."""

    def __init__(self, connection: AsyncConnection, tables: LedgerTables, account: AccountNo) -> None:
        self._connection = connection
        self._tables = tables
        self._account = account

    async def place_of_moment(self, *, effective: datetime, recorded: datetime) -> JournalPlace:
        """Return where a moment stands."""
        moments = {"effective": effective, "recorded": recorded}
        ((batch_no, post_id_max, early, late),) = await rows_of(
            self._connection, self._tables, MOMENT, **moments
        )
        return JournalPlace(batch_no, post_id_max, early, late, effective)

    async def place_of_batch(self, batch_no: int) -> JournalPlace:
        """Return where a batch stands, by record alone; batch 0 stands before the first."""
        ((post_id_max,),) = await rows_of(self._connection, self._tables, BATCH, batch_no=batch_no)
        return JournalPlace(batch_no, post_id_max, (), (), FOREVER)

    async def page(
        self, place: JournalPlace, *, after: tuple[str, int], page_size: int
    ) -> Sequence[BlockHolding]:
        """Return the blocks behind a product and serial, by product and serial."""
        enough = RANGES_PER_BLOCK * page_size
        starts = await self._starts(place, after[0], enough)
        found: list[BlockHolding] = []
        while starts and len(found) < page_size:
            part, starts = _first_products(starts, enough)
            low = after[1] if part[0].product == after[0] else 0
            wanted = page_size - len(found)
            if sum(start.range_count for start in part) > enough:
                found += await self._in_windows(place, part, low, wanted)
            else:
                found += await self._owned(place, part, after=(part[0].product, low), page_size=wanted)
        return found

    async def _starts(self, place: JournalPlace, after_product: str, enough: int) -> Sequence[_Start]:
        rows = await rows_of(
            self._connection,
            self._tables,
            POSITIONS,
            account=self._account,
            source_bucket=SOURCE_BUCKET,
            batch_no=place.batch_no,
            post_id_max=place.post_id_max,
            after_product=after_product,
            late=[*place.early, *place.late],
            enough=enough + 1,
        )
        return [_Start(*row) for row in rows]

    async def _in_windows(
        self, place: JournalPlace, part: Sequence[_Start], after_serial: int, page_size: int
    ) -> Sequence[BlockHolding]:
        """Return blocks of one product behind a serial, from as many windows of serials as they are in."""
        found: list[BlockHolding] = []
        low, enough = after_serial, RANGES_PER_BLOCK * page_size
        while len(found) < page_size and low < _BEHIND_ALL_SERIALS:
            rows = await rows_of(
                self._connection,
                self._tables,
                EDGE,
                **_columns(part, low, _BEHIND_ALL_SERIALS),
                enough=enough,
            )
            high = rows[0][0] or _BEHIND_ALL_SERIALS
            after = (part[0].product, found[-1].block.start if found else after_serial)
            owned = await self._owned(
                place, part, after=after, page_size=page_size - len(found), low=low, high=high
            )
            whole = [one for one in owned if one.block.end + 1 < high]
            # A block at the edge goes on behind it, perhaps: it is read again from its start.
            low = owned[len(whole)].block.start if len(whole) < len(owned) else high
            found += whole
            enough *= WINDOW_GROWTH
        return found

    async def _owned(
        self,
        place: JournalPlace,
        part: Sequence[_Start],
        *,
        after: tuple[str, int],
        page_size: int,
        low: int | None = None,
        high: int = _BEHIND_ALL_SERIALS,
    ) -> Sequence[BlockHolding]:
        rows = await rows_of(
            self._connection,
            self._tables,
            OWNED,
            **_columns(part, after[1] if low is None else low, high),
            late=[*place.early, *place.late],
            late_steps=[-1] * len(place.early) + [1] * len(place.late),
            effective=place.effective,
            after_product=after[0],
            after_serial=after[1],
            page_size=page_size,
        )
        return [
            BlockHolding(
                position=Position(self._account, ProductCode(product), bucket),
                block=SerialBlock(start, end, origin),
            )
            for product, bucket, start, end, origin in rows
        ]


def _first_products(starts: Sequence[_Start], enough: int) -> tuple[Sequence[_Start], Sequence[_Start]]:
    """Return the positions of the first product, with those behind it while all have few ranges, and the rest."""
    taken = ranges = 0
    for _, found in groupby(starts, key=lambda start: start.product):
        own = list(found)
        ranges += sum(start.range_count for start in own)
        if taken and ranges > enough:
            break
        taken += len(own)
    return starts[:taken], starts[taken:]


def _columns(part: Sequence[_Start], low: int, high: int) -> dict[str, object]:
    """Return positions as parameters; the window's lower edge is one of the first product's serials."""
    first = part[0].product
    return {
        "ids": [start.id for start in part],
        "products": [start.product for start in part],
        "buckets": [start.bucket for start in part],
        "post_ids": [start.post_id for start in part],
        "base_ids": [start.base_id for start in part],
        "lows": [low if start.product == first else 0 for start in part],
        "highs": [high] * len(part),
    }
