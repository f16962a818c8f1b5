"""The SQL of who owned which serials at a moment, from the entries of one account.

A serial is in a position that it came to once more than it left. Counted from the start of the journal, or from what
is owned now with later entries undone: whichever is nearer to the moment. Runs of such serials are cut where the
issuance that they are from changes, and neighbours of one origin stay joined: the canonical form of stored blocks.
"""

from typing import Final

from ets_ledger.runtime.moments import EARLIER, LATE, PLACE_OF_BATCH, PLACE_OF_MOMENT, last_entry

# Whether less than half of the journal stands before the moment.
IS_EARLY: Final = f"""
with moment as materialized ({PLACE_OF_MOMENT.format(moment=EARLIER)})
select coalesce((
  select 2 * (batch.entries_before + batch.entry_count) < head.entry_count
  from ledger_journal_head as head, moment join ledger_journal_batch as batch using (batch_no)
), true)
"""  # noqa: S608

_PLACES: Final = """position as materialized (
  select id, product, bucket from ledger_balance where account = :account and bucket <> :source_bucket
)"""


def _moved(step: str, condition: str) -> str:
    """Return both sides of the entries that meet a condition; `step` is what a serial that came counts."""

    def side(name: str, sign: str) -> str:
        return f"""
  select product, bucket, entry.serials, {sign}({step}) as step
  from {condition.replace("own_position_id", f"{name}_position_id")}"""  # noqa: S608

    return f"{side('destination', '')} union all {side('source', '-')}"


# Entries up to the moment count unless they do so later; those behind it only if they count by then.
_BY_THEN: Final = _moved(
    "1",
    """start join ledger_journal as entry on entry.own_position_id = start.id and entry.post_id <= start.post_id
  where entry.effective_time <= cast(:effective as timestamptz)""",
)
_SINCE: Final = _moved(
    "1",
    """late join ledger_journal as entry on entry.post_id = late.post_id
  join position on position.id = entry.own_position_id
  where late.batch_no > (select batch_no from moment) and entry.effective_time <= cast(:effective as timestamptz)""",
)
_FROM_START: Final = f"{_BY_THEN} union all {_SINCE}"

# Entries behind the moment are undone unless they count by then, which only those of late batches do; those before it
# only if they count later.
_BEHIND: Final = _moved(
    "-1",
    """start join ledger_journal as entry on entry.own_position_id = start.id and entry.post_id > start.post_id
  where not (entry.effective_time <= cast(:effective as timestamptz)
    and entry.post_id in (select post_id from late))""",
)
_BEFORE: Final = _moved(
    "-1",
    """late join ledger_journal as entry on entry.post_id = late.post_id
  join position on position.id = entry.own_position_id
  where late.batch_no <= (select batch_no from moment) and entry.effective_time > cast(:effective as timestamptz)""",
)
_NOW: Final = """
  select position.product, bucket, '[' || start_serial || ',' || end_serial || ']' as serials, 1 as step
  from position join ledger_block as block on block.position_id = position.id
"""
_FROM_NOW: Final = f"{_NOW} union all {_BEHIND} union all {_BEFORE}"

_BACK_TO_BATCH: Final = f"""
  {_NOW} union all {
    _moved(
        "-1",
        "start join ledger_journal as entry on entry.own_position_id = start.id and entry.post_id > start.post_id",
    )
}
"""

_RUNS: Final = """
part as (
  select product, bucket, step, unnest(cast('{' || serials || '}' as int8multirange)) as serials from moved
), edge as (
  select product, bucket, lower(serials) as serial, step from part
  union all
  select product, bucket, upper(serials), -step from part
), level as materialized (
  select product, bucket, serial, sum(sum(step)) over along as held, lead(serial) over along as next_serial
  from edge group by product, bucket, serial
  window along as (partition by product, bucket order by serial)
), run as materialized (
  select product, bucket, unnest(range_agg(int8range(serial, next_serial))) as serials
  from level where held > 0 group by product, bucket
), piece as (
  select run.product, run.bucket, block.origin,
    run.serials * int8range(block.start_serial, block.end_serial, '[]') as serials
  from run cross join lateral (
    (select start_serial, end_serial, origin from ledger_block
     where product = run.product and end_serial >= lower(run.serials) and end_serial < upper(run.serials))
    union all
    (select start_serial, end_serial, origin from ledger_block
     where product = run.product and end_serial >= upper(run.serials) order by end_serial limit 1)
  ) as block where block.start_serial < upper(run.serials)
), owned as (
  select product, bucket, origin, unnest(range_agg(serials)) as serials
  from piece group by product, bucket, origin
)
select :account, product, bucket, lower(serials), upper(serials) - 1, origin from owned
where (product, lower(serials)) > (cast(:after_product as text), cast(:after_serial as bigint))
order by product, lower(serials) limit :page_size
"""

_START: Final = f"""start as materialized (
  select position.*, coalesce(({last_entry("post_id", "moment")}), 0) as post_id from position cross join moment
)"""  # noqa: S608
_OF_MOMENTS: Final = f"""
with {_PLACES}, moment as materialized ({PLACE_OF_MOMENT.format(moment=EARLIER)}),
late as materialized ({LATE.format(moment=":effective")}), {_START}
"""
HELD_FROM_START: Final = f"{_OF_MOMENTS}, moved as materialized ({_FROM_START}), {_RUNS}"
HELD_FROM_NOW: Final = f"{_OF_MOMENTS}, moved as materialized ({_FROM_NOW}), {_RUNS}"
# As the first so many batches left it.
OWNED_AFTER_BATCH: Final = f"""
with {_PLACES}, moment as materialized ({PLACE_OF_BATCH}), {_START}, moved as materialized ({_BACK_TO_BATCH}), {_RUNS}
"""
