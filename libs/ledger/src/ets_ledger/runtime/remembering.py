"""Remembering what positions owned along a journal that was written before posting did so, or by other ways (LED-10).

Takes a time that grows with the journal, and no locks. Rows that stand are gone on from, so a repeat only adds what is
missing.
"""

from typing import Final

from sqlalchemy import Connection, text

from ets_ledger.domain.values import SOURCE_BUCKET
from ets_ledger.runtime.ownership import COUNTED, RUNS
from ets_ledger.runtime.tables import BLOCKS_PER_POSTING, POSTINGS_BETWEEN

_BUSY: Final = f"""
select position.id, coalesce(last.post_id, 0), coalesce(last.range_count, 0)
from (
  select id, count(*) as postings from (
    select source_position_id as id from ledger_journal union all select destination_position_id from ledger_journal
  ) as posting group by id having count(*) >= {POSTINGS_BETWEEN}
) as busy
join ledger_balance as position using (id)
left join lateral (
  select post_id, range_count from ledger_remembered_blocks where position_id = position.id
  order by post_id desc limit 1
) as last on true
where position.bucket <> '{SOURCE_BUCKET}' order by position.id
"""  # noqa: S608


def _next_posts(side: str) -> str:
    return f"""(
  select post_id from ledger_journal where {side}_position_id = :id and post_id > :after order by post_id limit :count
)"""  # noqa: S608


# The post with which a position has had so many postings more.
_NEXT: Final = f"""
select post_id from ({_next_posts("source")} union all {_next_posts("destination")}) as posting
order by post_id offset :count - 1 limit 1
"""  # noqa: S608

_REMEMBER: Final = f"""
with start as materialized (
  select cast(:id as bigint) as id, cast(:post_id as bigint) as post_id, cast(:after as bigint) as base_id,
    0::bigint as low, null::bigint as high
), moved as materialized ({COUNTED}), {RUNS}
insert into ledger_remembered_blocks (position_id, post_id, range_count, serials)
select :id, :post_id, (select count(*) from unnest(owned.serials)), owned.serials
from (select coalesce((select serials from run), '{{}}') as serials) as owned
returning range_count
"""  # noqa: S608


def remember_past(connection: Connection, prefix: str = "ledger") -> None:
    """Remember the blocks of every position as posting would have done, from the last time on."""

    def run(sql: str, **values: object) -> list[tuple[int, ...]]:
        result = connection.execute(text(sql.replace("ledger_", f"{prefix}_")), values)
        return [tuple(row) for row in result] if result.returns_rows else []

    for position_id, last, range_count in run(_BUSY):
        after, count = last, _interval(range_count)
        while following := run(_NEXT, id=position_id, after=after, count=count):
            ((post_id,),) = following
            ((ranges,),) = run(_REMEMBER, id=position_id, after=after, post_id=post_id)
            after, count = post_id, _interval(ranges)


def _interval(range_count: int) -> int:
    return max(POSTINGS_BETWEEN, range_count // BLOCKS_PER_POSTING)
