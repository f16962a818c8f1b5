"""The SQL of the hot path, one statement per step and none per item.

They run on the driver's own connection, where each stays prepared. A column of values travels as the text of one
array (`$1::text::bigint[]`, see driver.py), which costs the driver half of what an array of values does.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

# Rows are locked in the order of their ids, so that two batches never wait for each other in a ring.
_LOCK_BALANCES = """
select id, account, product, bucket, quantity from ledger_balance
where id = any($1::text::bigint[]) order by id for update
"""

_OPEN_BALANCES = """
insert into ledger_balance (id, account, product, bucket, quantity)
select id, account, product, bucket, 0
from unnest($1::text::bigint[], $2::text::text[], $3::text::text[], $4::text::text[])
  as opened (id, account, product, bucket)
order by id on conflict do nothing
"""

_OPEN_COUNTERS = """
insert into ledger_serial_counter (product, next_serial)
select product, 1 from unnest($1::text::text[]) as opened (product)
order by product on conflict do nothing
"""

_LOCK_COUNTERS = """
select product, next_serial from ledger_serial_counter
where product = any($1::text::text[]) order by product for update
"""

_KNOWN_TRANSFER_IDS = """
select transfer_id from ledger_journal where transfer_id = any($1::text::text[])
"""

# The lowest blocks of each position beyond a serial, as many as cover a quantity, found among the next `$4`. (The
# sum of an int is a bigint, that of a bigint a slow numeric; counting a larger block as 10^9 only reads on.)
_LOWEST_BLOCKS = """
select wanted.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[]) as wanted (position_id, after, quantity)
cross join lateral (
  select start_serial, end_serial, origin,
    sum(least(end_serial - start_serial + 1, 1000000000)::int) over (order by end_serial)
      - (end_serial - start_serial + 1) as before
  from (
    select start_serial, end_serial, origin from ledger_block
    where position_id = wanted.position_id and end_serial > wanted.after order by end_serial limit $4
  ) as page
) as found
where found.before < wanted.quantity
"""

# The blocks of a position that share a serial with a range: those that end within it, and the next one.
_SELECTED_BLOCKS = """
select wanted.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[])
  as wanted (position_id, start_serial, end_serial)
cross join lateral (
  (select start_serial, end_serial, origin from ledger_block
   where position_id = wanted.position_id
   and end_serial >= wanted.start_serial and end_serial < wanted.end_serial)
  union all
  (select start_serial, end_serial, origin from ledger_block
   where position_id = wanted.position_id and end_serial >= wanted.end_serial
   order by end_serial limit 1)
) as found
where found.start_serial <= wanted.end_serial
"""

# Blocks never overlap, so of those that end at or after a range's start the first one starts lowest.
_OCCUPIED = """
select wanted.product, found.start_serial, found.end_serial
from unnest($1::text::text[], $2::text::bigint[], $3::text::bigint[])
  as wanted (product, start_serial, end_serial)
cross join lateral (
  select start_serial, end_serial from ledger_block
  where product = wanted.product and end_serial >= wanted.start_serial
  order by end_serial limit 1
) as found
where found.start_serial <= wanted.end_serial
"""

# What the same position owns directly before and after a new block.
_NEIGHBOURS = """
select placed.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[])
  as placed (position_id, start_serial, end_serial)
cross join lateral (
  (select start_serial, end_serial, origin from ledger_block
   where position_id = placed.position_id and end_serial = placed.start_serial - 1)
  union all
  (select start_serial, end_serial, origin from (
     select start_serial, end_serial, origin from ledger_block
     where position_id = placed.position_id and end_serial > placed.end_serial order by end_serial limit 1
   ) as next where next.start_serial = placed.end_serial + 1)
) as found
"""

# The parts of one statement touch different rows, so their order does not matter. (Naming the ids twice makes
# PostgreSQL look them up; joined alone, it reads the whole table of a ledger with some thousand positions.)
_WRITE = """
with post as materialized (select nextval('ledger_post_id') as id),
changed_balances as (
  update ledger_balance as balance set quantity = balance.quantity + change.quantity
  from unnest($1::text::bigint[], $2::text::bigint[]) as change (id, quantity)
  where balance.id = change.id and balance.id = any($1::text::bigint[])
),
new_entries as (
  insert into ledger_journal (post_id, entry_index, transfer_id, kind, source_position_id,
    destination_position_id, quantity, serials, origin, group_id, flow_id, corrects, effective_time)
  select post.id, entry.index - 1, transfer_id, kind, source_id, destination_id, quantity, serials, origin,
    group_id, flow_id, corrects, effective_time
  from post, unnest($3::text::text[], $4::text::text[], $5::text::bigint[], $6::text::bigint[],
    $7::text::bigint[], $8::text::text[], $9::text::text[], $10::text::text[], $11::text::text[],
    $12::text::text[], $13::text::timestamptz[])
    with ordinality as entry (transfer_id, kind, source_id, destination_id, quantity, serials, origin,
    group_id, flow_id, corrects, effective_time, index)
)
"""

_WRITE_BLOCKS = """,
changed_blocks as (
  update ledger_block as block
  set start_serial = change.start_serial, origin = change.origin, position_id = change.position_id
  from unnest($14::text::text[], $15::text::bigint[], $16::text::bigint[], $17::text::text[],
    $18::text::bigint[]) as change (product, end_serial, start_serial, origin, position_id)
  where block.product = change.product and block.end_serial = change.end_serial
),
removed_blocks as (
  delete from ledger_block as block
  using unnest($24::text::text[], $25::text::bigint[]) as gone (product, end_serial)
  where block.product = gone.product and block.end_serial = gone.end_serial
),
new_blocks as (
  insert into ledger_block (product, end_serial, start_serial, origin, position_id)
  select * from unnest($19::text::text[], $20::text::bigint[], $21::text::bigint[], $22::text::text[],
    $23::text::bigint[])
)
"""

_POST_ID = "select id from post"

_CHANGE_COUNTERS = """
update ledger_serial_counter as counter set next_serial = change.next_serial
from unnest($1::text::text[], $2::text::bigint[]) as change (product, next_serial)
where counter.product = change.product
"""

_OPEN_HEAD = """
insert into ledger_journal_head (id, batch_no, hash) values (1, 0, $1) on conflict do nothing
"""

_LOCK_HEAD = """
select batch_no, hash, recorded_time from ledger_journal_head where id = 1 for update
"""

_APPEND_BATCHES = """
with head as (
  update ledger_journal_head set batch_no = $8, hash = $9, recorded_time = $10 where id = 1
)
insert into ledger_journal_batch (batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash)
select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::int[], $6::timestamptz[],
  $7::bytea[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The statements for the tables of one ledger."""

    lock_balances: str = _LOCK_BALANCES
    open_balances: str = _OPEN_BALANCES
    open_counters: str = _OPEN_COUNTERS
    lock_counters: str = _LOCK_COUNTERS
    known_transfer_ids: str = _KNOWN_TRANSFER_IDS
    lowest_blocks: str = _LOWEST_BLOCKS
    selected_blocks: str = _SELECTED_BLOCKS
    occupied: str = _OCCUPIED
    neighbours: str = _NEIGHBOURS
    # Both give the number of the post.
    write: str = _WRITE + _POST_ID
    write_with_blocks: str = _WRITE.rstrip() + _WRITE_BLOCKS + _POST_ID
    change_counters: str = _CHANGE_COUNTERS
    open_head: str = _OPEN_HEAD
    lock_head: str = _LOCK_HEAD
    append_batches: str = _APPEND_BATCHES


@lru_cache
def statements_for(prefix: str) -> Statements:
    """Return the statements with the table names of a ledger."""
    return Statements(
        **{
            part.name: str(part.default).replace("ledger_", f"{prefix}_").strip()
            for part in fields(Statements)
        }
    )
