"""The SQL of who owned which serials at a moment, from the entries of one account near that moment.

A serial is in a position that it came to once more than it left. Counted from the nearest state that is known: the
empty one before the journal, one that posting remembered (LED-10), or what is owned now; forwards or backwards from
there. Runs of such serials are cut where the issuance that they are from changes, and neighbours of one origin stay
joined: the canonical form of stored blocks.
"""

from typing import Final

from ets_ledger.runtime.moments import EARLIER, LATE, PLACE_OF_MOMENT, last_entry

# The states that nobody has to remember, as numbers of posts: the empty one before the first, and that of now.
EMPTY: Final = 0
NOW: Final = 2**63 - 1

# A moment's place in the journal, and the batches that count otherwise than they were recorded.
MOMENT: Final = f"""
with moment as materialized ({PLACE_OF_MOMENT.format(moment=EARLIER)}),
late as materialized ({LATE.format(moment=":effective")})
select batch_no, post_id_max,
  array(select late.post_id from late where late.batch_no <= moment.batch_no),
  array(select late.post_id from late where late.batch_no > moment.batch_no)
from moment
"""  # noqa: S608
BATCH: Final = "select coalesce(max(post_id_max), 0) from ledger_journal_batch where batch_no = :batch_no"


def _remembered(side: str, order: str) -> str:
    return f"""left join lateral (
  select post_id, range_count from ledger_remembered_blocks
  where position_id = position.id and post_id {side} coalesce(last.post_id, 0) order by post_id {order} limit 1
)"""  # noqa: S608


# The positions of an account that may own something at a moment: where they stand then, which known state is nearest,
# and of how many ranges it is, counted no further than asked.
POSITIONS: Final = f"""
with moment as materialized (select cast(:batch_no as bigint) as batch_no, cast(:post_id_max as bigint) as post_id_max),
head as materialized (select coalesce(max(post_id_max), 0) as post_id_max from ledger_journal_head),
place as materialized (
  select position.id, position.product, position.bucket, coalesce(last.post_id, 0) as post_id,
    before.post_id as before_id, before.range_count as before_count,
    behind.post_id as behind_id, behind.range_count as behind_count
  from ledger_balance as position cross join moment
  left join lateral ({last_entry("post_id, balance", "moment")}) as last on true
  {_remembered("<=", "desc")} as before on true
  {_remembered(">", "asc")} as behind on true
  where position.account = :account and position.bucket <> :source_bucket and position.product >= :after_product
  and (last.balance > 0 or exists (
    select from ledger_journal as entry where entry.post_id = any(cast(:late as bigint[]))
    and position.id in (entry.source_position_id, entry.destination_position_id)
  ))
), nearest as (
  select place.*, post_id - coalesce(before_id, {EMPTY}) <= coalesce(behind_id, head.post_id_max) - post_id as is_before
  from place cross join head
)
select id, product, bucket, post_id,
  case when is_before then coalesce(before_id, {EMPTY}) else coalesce(behind_id, {NOW}) end,
  case when is_before then coalesce(before_count, 0) when behind_id is not null then behind_count
    else (select count(*) from (select from ledger_block where position_id = nearest.id limit :enough) as several) end
from nearest order by product, bucket
"""  # noqa: S608

# Serials from `low` up to, without it, `high`.
_WINDOW: Final = "int8multirange(int8range(start.low, start.high))"

_BLOCKS_NOW: Final = """
  (select start_serial, end_serial from ledger_block
   where position_id = start.id and end_serial >= start.low and end_serial < start.high)
  union all
  (select start_serial, end_serial from ledger_block
   where position_id = start.id and end_serial >= start.high order by end_serial limit 1)
"""


def _moved(step: str, entries: str) -> str:
    """Return both sides of entries; `step` is what a serial that came counts."""

    def side(name: str, sign: str) -> str:
        return f"""
  select start.id, cast('{{' || entry.serials || '}}' as int8multirange) * {_WINDOW}, {sign}({step})
  {entries.replace("own_position_id", f"{name}_position_id")}"""

    return f"{side('destination', '')} union all {side('source', '-')}"


# The state that is counted from, and the entries between it and the moment.
COUNTED: Final = f"""
  select start.id, known.serials * {_WINDOW} as serials, 1 as step
  from start join ledger_remembered_blocks as known
  on known.position_id = start.id and known.post_id = start.base_id
  union all
  select start.id, int8multirange(int8range(block.start_serial, block.end_serial, '[]')) * {_WINDOW}, 1
  from start cross join lateral ({_BLOCKS_NOW}) as block
  where start.base_id = {NOW} and block.start_serial < start.high
  union all {
    _moved(
        "case when start.base_id < start.post_id then 1 else -1 end",
        '''from start join ledger_journal as entry on entry.own_position_id = start.id
  and entry.post_id > least(start.base_id, start.post_id)
  and entry.post_id <= greatest(start.base_id, start.post_id)''',
    )
}
"""  # noqa: S608

# Of late batches before the moment what counts later is undone, of those behind it what counts by then is done.
_LATE: Final = _moved(
    "late.step",
    """from unnest(cast(:late as bigint[]), cast(:late_steps as int[])) as late (post_id, step)
  join ledger_journal as entry on entry.post_id = late.post_id join start on start.id = entry.own_position_id
  where (entry.effective_time <= cast(:effective as timestamptz)) = (late.step > 0)""",
)

# Of the ranges in `moved`, the runs that a position owns.
RUNS: Final = """
part as (
  select id, step, unnest(serials) as serials from moved
), edge as (
  select id, lower(serials) as serial, step from part union all select id, upper(serials), -step from part
), level as materialized (
  select id, serial, sum(sum(step)) over along as held, lead(serial) over along as next_serial
  from edge group by id, serial window along as (partition by id order by serial)
), run as materialized (
  select id, range_agg(int8range(serial, next_serial)) as serials from level where held > 0 group by id
)
"""

_START: Final = """start as materialized (
  select * from unnest(cast(:ids as bigint[]), cast(:products as text[]), cast(:buckets as text[]),
    cast(:post_ids as bigint[]), cast(:base_ids as bigint[]), cast(:lows as bigint[]), cast(:highs as bigint[]))
  as start (id, product, bucket, post_id, base_id, low, high)
)"""

# Blocks within windows of serials, by product and serial; a block at the edge of its window may go on behind it.
OWNED: Final = f"""
with {_START}, moved as materialized ({COUNTED} union all {_LATE}), {RUNS}, own as materialized (
  select start.product, start.bucket, unnest(run.serials) as serials from run join start using (id)
), piece as (
  select own.product, own.bucket, block.origin,
    own.serials * int8range(block.start_serial, block.end_serial, '[]') as serials
  from own cross join lateral (
    (select start_serial, end_serial, origin from ledger_block
     where product = own.product and end_serial >= lower(own.serials) and end_serial < upper(own.serials))
    union all
    (select start_serial, end_serial, origin from ledger_block
     where product = own.product and end_serial >= upper(own.serials) order by end_serial limit 1)
  ) as block where block.start_serial < upper(own.serials)
), owned as (
  select product, bucket, unnest(range_agg(serials)) as serials, origin from piece group by product, bucket, origin
)
select product, bucket, lower(serials), upper(serials) - 1, origin from owned
where (product, lower(serials)) > (:after_product, :after_serial)
order by product, lower(serials), bucket limit :page_size
"""  # noqa: S608

# Where a window ends that has so many ranges of a known state in it, for each position at most; nothing where all of
# them have fewer.
EDGE: Final = f"""
with {_START}
select min(edge.serial) from start cross join lateral (
  (select upper(part.serials) as serial from ledger_remembered_blocks as known
   cross join lateral unnest(known.serials * {_WINDOW}) as part (serials)
   where known.position_id = start.id and known.post_id = start.base_id order by serial offset :enough limit 1)
  union all
  (select end_serial + 1 from ledger_block
   where start.base_id = {NOW} and position_id = start.id and end_serial >= start.low
   order by end_serial offset :enough limit 1)
) as edge
"""  # noqa: S608
