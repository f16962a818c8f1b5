"""What a ledger answers: holdings, blocks, totals, the journal, and each of them as of a moment.

Two times: `effective` is when it counts in business, `recorded` is when the ledger learnt it. "What was held
at T" asks for the first, "what did we believe at T'" for the second. A moment includes what happened at that
very instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.sql import AnyRow
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.entries import Entry, parse_serials
from ets_ledger.domain.replay import Replay
from ets_ledger.domain.values import SOURCE_BUCKET, Place, Position, SerialBlock
from ets_ledger.runtime.block_pages import BlockHolding, BlockPages
from ets_ledger.runtime.moments import FOREVER, held_as_of
from ets_ledger.runtime.postings import ALL, OF_ACCOUNT, OF_PERIOD
from ets_ledger.runtime.rows import rows_of
from ets_ledger.runtime.tables import LedgerTables, position_id

# No journal comes near; beyond it the arithmetic of places would leave bigint.
POSTING_NO_MAX = 2**62
PAGE_SIZE_MAX = 10_001  # a page of a contract, and the row that tells that the list goes on

_HOLDINGS = """
select position.account, position.product, position.bucket, position.quantity
from ledger_balance as position where position.quantity <> 0
"""

_BLOCKS = """
select balance.account, balance.product, balance.bucket, start_serial, end_serial, origin
from ledger_block as block join ledger_balance as balance on balance.id = block.position_id
where (cast(:account as text) is null or balance.account = :account)
and (cast(:product as text) is null or balance.product = :product)
and (cast(:bucket as text) is null or balance.bucket = :bucket)
order by block.product, block.end_serial
"""

_LINES = """
select batch.batch_no, entry.entry_index, batch.recorded_time, entry.transfer_id, entry.kind, source.product,
  entry.quantity, source.account, source.bucket, destination.account, destination.bucket, entry.serials,
  entry.origin, entry.group_id, entry.flow_id, entry.corrects, entry.effective_time
from ledger_journal as entry
join ledger_journal_batch as batch using (post_id)
join ledger_balance as source on source.id = entry.source_position_id
join ledger_balance as destination on destination.id = entry.destination_position_id
"""

_PAGE = f"""{_LINES}
where batch.batch_no >= :after_batch_no and (batch.batch_no, entry.entry_index) > (:after_batch_no, :after_index)
order by batch.batch_no, entry.entry_index limit :page_size
"""

_BY_BATCH = f"""{_LINES}
where batch.batch_no = any(:batch_nos) order by batch.batch_no, entry.entry_index
"""

_BY_FLOW = f"{_LINES} where entry.flow_id = :flow_id order by batch.batch_no, entry.entry_index"

_BY_TRANSFER = (
    f"{_LINES} where entry.transfer_id = any(:transfer_ids) order by batch.batch_no, entry.entry_index"
)

_BY_PRODUCT = f"""{_LINES}
where source.product = :product order by batch.batch_no, entry.entry_index
"""

_BY_SERIALS = f"""{_LINES}
where source.product = :product
and cast('{{' || entry.serials || '}}' as int8multirange) && int8range(:start, :end, '[]')
order by batch.batch_no, entry.entry_index
"""

_OF_ACCOUNTS = " and position.account = any(cast(:accounts as text[]))"
_NOT_SOURCE = " and position.bucket <> :source_bucket"
AFTER = " and (position.account, position.product, position.bucket) > (:after_account, :after_product, :after_bucket)"
_IN_ORDER = " order by position.account, position.product, position.bucket"
IN_ORDER_UP_TO = f"{_IN_ORDER} limit :size"

_TOTALS = """
select product, bucket, cast(sum(quantity) as bigint) from ledger_balance
group by product, bucket having sum(quantity) <> 0 order by product, bucket
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Quantity of one position, in whole units of its product."""

    position: Position
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """An entry with its place in the journal."""

    batch_no: int
    entry_index: int
    recorded_time: datetime
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One side of an entry; postings are numbered from 1 without gaps, debit before credit."""

    posting_no: int
    batch_no: int
    recorded_time: datetime
    position: Position
    # What the position got, negative for what it gave.
    change: int
    # What the position held after it, in the order of the journal.
    balance: int
    # Where the units went to or came from.
    counterpart: Place
    transfer_id: str
    kind: str
    flow_id: str
    corrects: str
    effective_time: datetime


class LedgerQueries:
    """Reads of one ledger on one connection; give it a snapshot where several reads must agree."""

    def __init__(self, connection: AsyncConnection, tables: LedgerTables) -> None:
        self._connection = connection
        self._tables = tables

    async def holdings(
        self,
        *,
        account: AccountNo | None = None,
        accounts: Sequence[AccountNo] | None = None,
        product: ProductCode | None = None,
        bucket: str | None = None,
        is_source_left_out: bool = False,
        effective: datetime | None = None,
        recorded: datetime | None = None,
        after: Position | None = None,
        page_size: int | None = None,
    ) -> Sequence[Holding]:
        """Return positions that are not zero, in their order: as of the given moments or now, a page or all.

        Without the source those where units come from, which are negative, are left out.
        """
        conditions, values = _conditions(account=account, product=product, bucket=bucket)
        if accounts is not None:
            conditions, values["accounts"] = conditions + _OF_ACCOUNTS, list(accounts)
        if is_source_left_out:
            conditions, values["source_bucket"] = conditions + _NOT_SOURCE, SOURCE_BUCKET
        if after is not None:
            conditions += AFTER
            values |= {f"after_{name}": value for name, value in after._asdict().items()}
        conditions += IN_ORDER_UP_TO if page_size else _IN_ORDER
        values |= {"size": page_size} if page_size else {}
        if effective is None and recorded is None:
            rows = await self._rows(_HOLDINGS + conditions, **values)
        else:
            moments = {"effective": effective or FOREVER, "recorded": recorded or FOREVER}
            rows = await self._rows(held_as_of(conditions), **values, **moments)
        return [
            Holding(position=Position(account, product, bucket), quantity=quantity)
            for account, product, bucket, quantity in rows
        ]

    async def quantity_of(self, position: Position) -> int:
        """Return what the position holds now, 0 if it never held anything."""
        rows = await self._rows(
            "select quantity from ledger_balance where id = :id", id=position_id(position)
        )
        return int(rows[0][0]) if rows else 0

    async def totals(self) -> Sequence[tuple[ProductCode, str, int]]:
        """Return product, bucket and quantity over all accounts; the quantities of a product sum to zero."""
        return [(product, bucket, quantity) for product, bucket, quantity in await self._rows(_TOTALS)]

    async def blocks(
        self,
        *,
        account: AccountNo | None = None,
        product: ProductCode | None = None,
        bucket: str | None = None,
    ) -> Sequence[BlockHolding]:
        """Return who owns which serials now, by product and serial."""
        ensure(self._tables.has_blocks, "only a ledger with blocks knows serials")
        rows = await self._rows(_BLOCKS, account=account, product=product, bucket=bucket)
        return [
            BlockHolding(position=Position(*row[:3]), block=SerialBlock(row[3], row[4], row[5]))
            for row in rows
        ]

    async def blocks_as_of(
        self, product: ProductCode, *, effective: datetime | None = None, recorded: datetime | None = None
    ) -> Sequence[BlockHolding]:
        """Return who owned which serials of a product, replayed from the journal as it was recorded."""
        replay = Replay(has_blocks=True)
        for line in await self._lines(_BY_PRODUCT, product=product):
            is_effective = effective is None or line.entry.effective_time <= effective
            if is_effective and (recorded is None or line.recorded_time <= recorded):
                replay.apply(line.entry)
        return [BlockHolding(position=position, block=block) for position, block in replay.blocks(product)]

    async def blocks_held(
        self,
        account: AccountNo,
        *,
        effective: datetime | None = None,
        recorded: datetime | None = None,
        after: tuple[str, int] = ("", 0),
        page_size: int = PAGE_SIZE_MAX,
    ) -> Sequence[BlockHolding]:
        """Return what an account owned at a moment behind a product and serial, by product and serial.

        The journal is not replayed: each position is counted from the nearest state that is remembered.
        """
        ensure(self._tables.has_blocks, "only a ledger with blocks knows serials")
        ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
        pages = BlockPages(self._connection, self._tables, account)
        place = await pages.place_of_moment(effective=effective or FOREVER, recorded=recorded or FOREVER)
        return await pages.page(place, after=after, page_size=page_size)

    async def journal_page(
        self, *, after_batch_no: int = 0, after_index: int = -1, page_size: int = 1_000
    ) -> Sequence[JournalLine]:
        """Return the entries after a place in the journal, in order."""
        ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
        return await self._lines(
            _PAGE, after_batch_no=after_batch_no, after_index=after_index, page_size=page_size
        )

    async def entries_of_batches(self, batch_nos: Sequence[int]) -> Sequence[JournalLine]:
        """Return the entries of batches, in order."""
        return await self._lines(_BY_BATCH, batch_nos=list(batch_nos))

    async def entries_of_flow(self, flow_id: str) -> Sequence[JournalLine]:
        """Return the entries of one business case."""
        return await self._lines(_BY_FLOW, flow_id=flow_id)

    async def entries_by_id(self, transfer_ids: Sequence[str]) -> Sequence[JournalLine]:
        """Return the entries with these transfer ids."""
        return await self._lines(_BY_TRANSFER, transfer_ids=list(transfer_ids))

    async def postings(
        self, account: AccountNo | None = None, *, after: int = 0, page_size: int = 1_000
    ) -> Sequence[Posting]:
        """Return the postings behind a number, in the order of the journal, of one account or of all."""
        ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
        if account is None:
            rows = await self._rows(ALL, after=min(after, POSTING_NO_MAX), size=page_size)
        else:
            rows = await self._rows(
                OF_ACCOUNT, account=account, after=min(after, POSTING_NO_MAX), size=page_size
            )
        return [_posting(row) for row in rows]

    async def statement(
        self,
        account: AccountNo,
        *,
        opening: datetime,
        closing: datetime,
        recorded: datetime | None = None,
        after: int = 0,
        page_size: int = 1_000,
    ) -> Sequence[Posting]:
        """Return an account's postings that count after the opening moment and up to the closing one.

        In the order of the journal, so that an entry recorded late stands where it was recorded. With them the holdings
        as of the opening moment become those as of the closing one.
        """
        ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
        rows = await self._rows(
            OF_PERIOD,
            account=account,
            opening=opening,
            closing=closing,
            recorded=recorded or FOREVER,
            after=min(after, POSTING_NO_MAX),
            size=page_size,
        )
        return [_posting(row) for row in rows]

    async def trail(self, product: ProductCode, start: int, end: int) -> Sequence[JournalLine]:
        """Return every entry that moved any of these serials; reads the product's whole journal."""
        return await self._lines(_BY_SERIALS, product=product, start=start, end=end)

    async def _lines(self, sql: str, **values: object) -> Sequence[JournalLine]:
        return [journal_line_of(row) for row in await self._rows(sql, **values)]

    async def _rows(self, sql: str, **values: object) -> Sequence[AnyRow]:
        return await rows_of(self._connection, self._tables, sql, **values)


def _conditions(**filters: str | None) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {name: value for name, value in filters.items() if value is not None}
    return "".join(f" and position.{name} = :{name}" for name in values), values


def _posting(row: AnyRow) -> Posting:
    return Posting(
        posting_no=row[0],
        batch_no=row[1],
        recorded_time=row[2],
        position=Position(*row[3:6]),
        change=row[6],
        balance=row[7],
        counterpart=Place(*row[8:10]),
        transfer_id=row[10],
        kind=row[11],
        flow_id=row[12],
        corrects=row[13],
        effective_time=row[14],
    )


def journal_line_of(row: Sequence[Any]) -> JournalLine:
    """Read an entry with its place from the columns batch, index, recorded time, and those of the entry."""
    return JournalLine(
        batch_no=row[0],
        entry_index=row[1],
        recorded_time=row[2],
        entry=Entry(
            transfer_id=row[3],
            kind=row[4],
            source=Position(row[7], row[5], row[8]),
            destination=Position(row[9], row[5], row[10]),
            quantity=row[6],
            serials=parse_serials(row[11]),
            origin=row[12],
            group=row[13],
            flow_id=row[14],
            corrects=row[15],
            effective_time=row[16],
        ),
    )
