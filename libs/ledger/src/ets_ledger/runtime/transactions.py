"""Looking for entries: of some accounts or of all, by what was done, product, business case and time of recording.

Entry n of the journal, counted from 1, is postings 2n - 1 and 2n. An entry between two of the accounts is found once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import AnyRow
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.runtime.moments import PLACE_OF_MOMENT, last_entry
from ets_ledger.runtime.queries import PAGE_SIZE_MAX, JournalLine, journal_line_of
from ets_ledger.runtime.rows import rows_of
from ets_ledger.runtime.tables import LedgerTables

# No journal comes near; beyond it the arithmetic of places would leave bigint.
ENTRY_NO_MAX: Final = 2**62
_BEFORE_ALL: Final = datetime(1, 1, 1, tzinfo=UTC)

_NUMBER: Final = "batch.entries_before + entry.entry_index + 1"

# The later of two places: where the time begins, and the batch before the one that holds the first entry of the page.
_PLACES: Final = f"""
opening as materialized ({PLACE_OF_MOMENT.format(moment=":opening")}),
closing as materialized ({PLACE_OF_MOMENT.format(moment=":closing")}),
place as materialized (
  select batch_no, post_id_max from opening
  union all
  select batch_no, post_id_max from ledger_journal_batch where batch_no = (
    select batch_no from ledger_journal_batch where entries_before <= cast(:after as bigint)
    order by entries_before desc limit 1
  ) - 1
  order by batch_no desc limit 1
)"""  # noqa: S608
_WANTED: Final = f"""{_NUMBER} > :after and (:kind = '' or entry.kind = :kind)
  and (:flow_id = '' or entry.flow_id = :flow_id)"""
_FOUND: Final = f"""
  select {_NUMBER} as entry_no, batch.batch_no, batch.recorded_time, entry.*
"""

# A page takes at most its size from each side of each position, in the order of their indexes.
_OF_BATCHES: Final = f"""{_FOUND}
  from ledger_journal_batch as batch join ledger_journal as entry using (post_id)
  where batch.batch_no > (select batch_no from place) and batch.batch_no <= (select batch_no from closing)
  and (:product = '' or exists (
    select from ledger_balance as own where own.id = entry.source_position_id and own.product = :product))
  and {_WANTED}
  order by batch.batch_no, entry.entry_index limit :size
"""  # noqa: S608


def _of_position(name: str, condition: str) -> str:
    return f"""({_FOUND}
  from ledger_journal as entry join ledger_journal_batch as batch using (post_id)
  where entry.{name}_position_id = span.id and entry.post_id > span.first_id and entry.post_id <= span.last_id
  and {_WANTED} {condition}
  order by entry.post_id, entry.entry_index limit :size
)"""


# What left one of the positions is found there, and not where it came to.
_NOT_TWICE: Final = "and not exists (select from span as giver where giver.id = entry.source_position_id)"
_SPAN: Final = f"""span as materialized (
  select position.id, coalesce(({last_entry("post_id", "place")}), 0) as first_id,
    coalesce(({last_entry("post_id", "closing")}), 0) as last_id
  from ledger_balance as position cross join place cross join closing
  where position.account = any(cast(:accounts as text[])) and (:product = '' or position.product = :product)
)"""  # noqa: S608
_OF_ACCOUNTS: Final = f"""
  select found.* from span cross join lateral (
    {_of_position("source", "")} union all {_of_position("destination", _NOT_TWICE)}
  ) as found
"""  # noqa: S608
_COLUMNS: Final = """entry_no, batch_no, entry_index, recorded_time, transfer_id, kind, source.product, entry.quantity,
  source.account, source.bucket, destination.account, destination.bucket, serials, origin, group_id, flow_id,
  corrects, effective_time"""


def _page(steps: str, found: str) -> str:
    return f"""with {_PLACES}{steps},
page as materialized (select found.* from ({found}) as found order by entry_no limit :size)
select {_COLUMNS} from page as entry
join ledger_balance as source on source.id = entry.source_position_id
join ledger_balance as destination on destination.id = entry.destination_position_id
order by entry_no
"""  # noqa: S608


_ALL: Final = _page("", _OF_BATCHES)
_SOME: Final = _page(f", {_SPAN}", _OF_ACCOUNTS)
_ONE: Final = f"""
with entry as (
  {_FOUND} from ledger_journal as entry join ledger_journal_batch as batch using (post_id)
  where entry.transfer_id = :transfer_id and batch.recorded_time <= :recorded
)
select {_COLUMNS} from entry
join ledger_balance as source on source.id = entry.source_position_id
join ledger_balance as destination on destination.id = entry.destination_position_id
"""  # noqa: S608

NumberedLine = tuple[int, JournalLine]
"""An entry with its number in the journal, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionFilter:
    """Which entries; what is empty filters nothing, and without accounts those of all are meant."""

    accounts: Sequence[AccountNo] | None = None
    kind: str = ""
    product: str = ""
    flow_id: str = ""
    # Recorded after this moment.
    opening: datetime = _BEFORE_ALL


async def find_transactions(
    connection: AsyncConnection,
    tables: LedgerTables,
    wanted: TransactionFilter,
    *,
    recorded: datetime,
    after: int = 0,
    page_size: int = PAGE_SIZE_MAX,
) -> Sequence[NumberedLine]:
    """Return entries recorded by a moment behind a number, in the order of the journal, each with its number."""
    ensure(0 < page_size <= PAGE_SIZE_MAX, "a page has a bounded size")
    values: dict[str, object] = {
        "kind": wanted.kind,
        "product": wanted.product,
        "flow_id": wanted.flow_id,
        "opening": wanted.opening,
        "closing": recorded,
        "after": min(after, ENTRY_NO_MAX),
        "size": page_size,
    }
    if wanted.accounts is None:
        rows = await rows_of(connection, tables, _ALL, **values)
    else:
        rows = await rows_of(connection, tables, _SOME, accounts=list(wanted.accounts), **values)
    return [_line(row) for row in rows]


async def find_transaction(
    connection: AsyncConnection, tables: LedgerTables, transfer_id: str, *, recorded: datetime
) -> NumberedLine | None:
    """Return the entry with this transfer id, if it was recorded by a moment."""
    rows = await rows_of(connection, tables, _ONE, transfer_id=transfer_id, recorded=recorded)
    return _line(rows[0]) if rows else None


def _line(row: AnyRow) -> NumberedLine:
    return row[0], journal_line_of(row[1:])
