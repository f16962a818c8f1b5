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
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.entries import Entry, parse_serials
from ets_ledger.domain.replay import Replay
from ets_ledger.domain.values import SOURCE_BUCKET, Position, SerialBlock
from ets_ledger.runtime.tables import LedgerTables, position_id

AnyRow = Row[*tuple[Any, ...]]

PAGE_SIZE_MAX = 10_000

_HOLDINGS = """
select account, product, bucket, quantity from ledger_balance
where quantity <> 0
and (cast(:account as text) is null or account = :account)
and (cast(:product as text) is null or product = :product)
and (cast(:bucket as text) is null or bucket = :bucket)
order by account, product, bucket
"""

_HOLDINGS_AS_OF = """
select balance.account, balance.product, balance.bucket, cast(sum(posting.quantity) as bigint)
from (
  select destination_position_id as position_id, quantity, post_id, effective_time from ledger_journal
  union all
  select source_position_id, -quantity, post_id, effective_time from ledger_journal
) as posting
join ledger_balance as balance on balance.id = posting.position_id
join ledger_journal_batch as batch using (post_id)
where (cast(:effective as timestamptz) is null or posting.effective_time <= :effective)
and (cast(:recorded as timestamptz) is null or batch.recorded_time <= :recorded)
and (cast(:account as text) is null or balance.account = :account)
and (cast(:product as text) is null or balance.product = :product)
and (cast(:bucket as text) is null or balance.bucket = :bucket)
group by balance.account, balance.product, balance.bucket having sum(posting.quantity) <> 0
order by balance.account, balance.product, balance.bucket
"""

_BLOCKS = """
select balance.account, balance.product, balance.bucket, start_serial, end_serial, origin
from ledger_block as block join ledger_balance as balance on balance.id = block.position_id
where (cast(:account as text) is null or balance.account = :account)
and (cast(:product as text) is null or balance.product = :product)
and (cast(:bucket as text) is null or balance.bucket = :bucket)
order by block.product, block.end_serial
"""

# A serial is in a position that it came to once more than it left. Runs of such serials are cut where the issuance that
# they are from changes, and neighbours of one origin stay joined: the canonical form of the blocks that are held now.
_BLOCKS_HELD = """
with place as (
  select id, product, bucket from ledger_balance where account = :account and bucket <> :source_bucket
), moved as (
  select product, bucket, entry.serials, 1 as step
  from ledger_journal as entry join place on place.id = entry.destination_position_id
  where entry.effective_time <= :effective
  union all
  select product, bucket, entry.serials, -1
  from ledger_journal as entry join place on place.id = entry.source_position_id
  where entry.effective_time <= :effective
), part as (
  select product, bucket, step, unnest(cast('{' || serials || '}' as int8multirange)) as serials from moved
), edge as (
  select product, bucket, lower(serials) as serial, step from part
  union all
  select product, bucket, upper(serials), -step from part
), level as (
  select product, bucket, serial, sum(sum(step)) over along as held, lead(serial) over along as next_serial
  from edge group by product, bucket, serial
  window along as (partition by product, bucket order by serial)
), run as (
  select product, bucket, range_agg(int8range(serial, next_serial)) as serials
  from level where held > 0 group by product, bucket
), issued as (
  select source.product, entry.origin, range_agg(cast('{' || entry.serials || '}' as int8multirange)) as serials
  from ledger_balance as source join ledger_journal as entry on entry.source_position_id = source.id
  where source.bucket = :source_bucket and source.product in (select product from run)
  group by source.product, entry.origin
), block as (
  select run.product, run.bucket, issued.origin, unnest(run.serials * issued.serials) as serials
  from run join issued on issued.product = run.product and issued.serials && run.serials
)
select :account, product, bucket, lower(serials), upper(serials) - 1, origin from block
where (product, lower(serials)) > (cast(:after_product as text), cast(:after_serial as bigint))
order by product, lower(serials) limit :page_size
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
where (batch.batch_no, entry.entry_index) > (:after_batch_no, :after_index)
order by batch.batch_no, entry.entry_index limit :page_size
"""

_BY_FLOW = f"{_LINES} where entry.flow_id = :flow_id order by batch.batch_no, entry.entry_index"

_BY_TRANSFER = (
    f"{_LINES} where entry.transfer_id = any(:transfer_ids) order by batch.batch_no, entry.entry_index"
)

_BY_POSITION = f"""{_LINES}
where entry.source_position_id = any(:ids) or entry.destination_position_id = any(:ids)
order by batch.batch_no, entry.entry_index
"""

_BY_PRODUCT = f"""{_LINES}
where source.product = :product order by batch.batch_no, entry.entry_index
"""

_BY_SERIALS = f"""{_LINES}
where source.product = :product
and cast('{{' || entry.serials || '}}' as int8multirange) && int8range(:start, :end, '[]')
order by batch.batch_no, entry.entry_index
"""

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
class BlockHolding:
    """One serial block and the position that owns it."""

    position: Position
    block: SerialBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """An entry with its place in the journal."""

    batch_no: int
    entry_index: int
    recorded_time: datetime
    entry: Entry


class LedgerQueries:
    """Reads of one ledger on one connection; give it a snapshot where several reads must agree."""

    def __init__(self, connection: AsyncConnection, tables: LedgerTables) -> None:
        self._connection = connection
        self._tables = tables

    async def holdings(
        self,
        *,
        account: AccountNo | None = None,
        product: ProductCode | None = None,
        bucket: str | None = None,
        effective: datetime | None = None,
        recorded: datetime | None = None,
    ) -> Sequence[Holding]:
        """Return positions that are not zero, in their order; as of the given moments, or now."""
        filters = {"account": account, "product": product, "bucket": bucket}
        if effective is None and recorded is None:
            rows = await self._rows(_HOLDINGS, **filters)
        else:
            rows = await self._rows(_HOLDINGS_AS_OF, **filters, effective=effective, recorded=recorded)
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
        effective: datetime,
        after: tuple[str, int] = ("", 0),
        page_size: int = PAGE_SIZE_MAX,
    ) -> Sequence[BlockHolding]:
        """Return what an account owned at a moment behind a product and serial, by product and serial.

        The journal is not replayed: the entries of the account alone say it, in one statement.
        """
        ensure(self._tables.has_blocks, "only a ledger with blocks knows serials")
        rows = await self._rows(
            _BLOCKS_HELD,
            account=account,
            source_bucket=SOURCE_BUCKET,
            effective=effective,
            after_product=after[0],
            after_serial=after[1],
            page_size=page_size,
        )
        return [
            BlockHolding(position=Position(*row[:3]), block=SerialBlock(row[3], row[4], row[5]))
            for row in rows
        ]

    async def journal_page(
        self, *, after_batch_no: int = 0, after_index: int = -1, page_size: int = 1_000
    ) -> Sequence[JournalLine]:
        """Return the entries after a place in the journal, in order."""
        ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
        return await self._lines(
            _PAGE, after_batch_no=after_batch_no, after_index=after_index, page_size=page_size
        )

    async def entries_of_flow(self, flow_id: str) -> Sequence[JournalLine]:
        """Return the entries of one business case."""
        return await self._lines(_BY_FLOW, flow_id=flow_id)

    async def entries_by_id(self, transfer_ids: Sequence[str]) -> Sequence[JournalLine]:
        """Return the entries with these transfer ids."""
        return await self._lines(_BY_TRANSFER, transfer_ids=list(transfer_ids))

    async def statement(self, positions: Sequence[Position]) -> Sequence[JournalLine]:
        """Return every entry that gave to or took from one of the positions."""
        return await self._lines(_BY_POSITION, ids=[position_id(position) for position in positions])

    async def trail(self, product: ProductCode, start: int, end: int) -> Sequence[JournalLine]:
        """Return every entry that moved any of these serials; reads the product's whole journal."""
        return await self._lines(_BY_SERIALS, product=product, start=start, end=end)

    async def _lines(self, sql: str, **values: object) -> Sequence[JournalLine]:
        return [_line(row) for row in await self._rows(sql, **values)]

    async def _rows(self, sql: str, **values: object) -> Sequence[AnyRow]:
        statement = text(sql.replace("ledger_", f"{self._tables.prefix}_"))
        return (await self._connection.execute(statement, values)).all()


def _line(row: AnyRow) -> JournalLine:
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
