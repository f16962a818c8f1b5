"""The SQL of the hot path, one statement per step and none per item.

They run on the driver's own connection: asyncpg keeps each prepared, and SQLAlchemy's share of a small
statement would be most of its cost (measured 1.3 times the throughput at 50 transfers a batch).
"""

from dataclasses import dataclass, fields
from functools import lru_cache

# Rows are locked in the order of their ids, so that two batches never wait for each other in a ring.
_LOCK_BALANCES = """
select id, account, product, bucket, quantity from ledger_balance
where id = any($1::bigint[]) order by id for update
"""

_OPEN_BALANCES = """
insert into ledger_balance (id, account, product, bucket, quantity)
select id, account, product, bucket, 0
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as opened (id, account, product, bucket)
order by id on conflict do nothing
"""

_OPEN_COUNTERS = """
insert into ledger_serial_counter (product, next_serial)
select product, 1 from unnest($1::text[]) as opened (product) order by product on conflict do nothing
"""

_LOCK_COUNTERS = """
select product, next_serial from ledger_serial_counter
where product = any($1::text[]) order by product for update
"""

_KNOWN_TRANSFER_IDS = """
select transfer_id from ledger_journal where transfer_id = any($1::text[])
"""

# The lowest blocks of each position after a serial; `$3` bounds how many at once.
_LOWEST_BLOCKS = """
select wanted.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::bigint[], $2::bigint[]) as wanted (position_id, after)
cross join lateral (
  select start_serial, end_serial, origin from ledger_block
  where position_id = wanted.position_id and start_serial > wanted.after
  order by start_serial limit $3
) as found
"""

# The blocks of a position that share a serial with a range: the one at or before its start, and those within.
_SELECTED_BLOCKS = """
select wanted.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as wanted (position_id, start_serial, end_serial)
cross join lateral (
  (select start_serial, end_serial, origin from ledger_block
   where position_id = wanted.position_id and start_serial <= wanted.start_serial
   order by start_serial desc limit 1)
  union all
  (select start_serial, end_serial, origin from ledger_block
   where position_id = wanted.position_id
   and start_serial > wanted.start_serial and start_serial <= wanted.end_serial)
) as found
"""

# Blocks never overlap, so of those that start at or before a range's end the last one reaches furthest.
_OCCUPIED = """
select wanted.product, found.start_serial, found.end_serial
from unnest($1::text[], $2::bigint[], $3::bigint[]) as wanted (product, start_serial, end_serial)
cross join lateral (
  select start_serial, end_serial from ledger_block
  where product = wanted.product and start_serial <= wanted.end_serial
  order by start_serial desc limit 1
) as found
where found.end_serial >= wanted.start_serial
"""

# What lies directly before and after new blocks and is owned by a locked position.
_NEIGHBOURS = """
select found.position_id, found.start_serial, found.end_serial, found.origin
from unnest($1::text[], $2::bigint[], $3::bigint[]) as placed (product, start_serial, end_serial)
cross join lateral (
  (select start_serial, end_serial, origin, position_id from ledger_block
   where product = placed.product and start_serial < placed.start_serial
   order by start_serial desc limit 1)
  union all
  (select start_serial, end_serial, origin, position_id from ledger_block
   where product = placed.product and start_serial = placed.end_serial + 1)
) as found
where found.position_id = any($4::bigint[])
"""

_CHANGE_BALANCES = """
update ledger_balance as balance set quantity = balance.quantity + change.quantity
from unnest($1::bigint[], $2::bigint[]) as change (id, quantity) where balance.id = change.id
"""

_CHANGE_COUNTERS = """
update ledger_serial_counter as counter set next_serial = change.next_serial
from unnest($1::text[], $2::bigint[]) as change (product, next_serial) where counter.product = change.product
"""

_REMOVE_BLOCKS = """
delete from ledger_block as block using unnest($1::text[], $2::bigint[]) as gone (product, start_serial)
where block.product = gone.product and block.start_serial = gone.start_serial
"""

_INSERT_BLOCKS = """
insert into ledger_block (product, start_serial, end_serial, origin, position_id)
select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
"""

_APPEND_ENTRIES = """
with post as materialized (select nextval('ledger_post_id') as id)
insert into ledger_journal (post_id, entry_index, transfer_id, kind, source_position_id,
  destination_position_id, quantity, serials, origin, group_id, flow_id, corrects, effective_time)
select post.id, entry.index - 1, transfer_id, kind, source_id, destination_id, quantity, serials, origin,
  group_id, flow_id, corrects, effective_time
from post, unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
  $8::text[], $9::text[], $10::text[], $11::timestamptz[]) with ordinality as entry (transfer_id, kind,
  source_id, destination_id, quantity, serials, origin, group_id, flow_id, corrects, effective_time, index)
"""

_OPEN_HEAD = """
insert into ledger_journal_head (id, batch_no, hash) values (1, 0, $1) on conflict do nothing
"""

_LOCK_HEAD = """
select batch_no, hash, recorded_time from ledger_journal_head where id = 1 for update
"""

# `currval` is the number that this connection's last _APPEND_ENTRIES took.
_APPEND_BATCH = """
with head as (
  update ledger_journal_head set batch_no = $1, hash = $6, recorded_time = $5 where id = 1
)
insert into ledger_journal_batch (batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash)
values ($1, currval('ledger_post_id'), $2, $3, $4, $5, $6)
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
    change_balances: str = _CHANGE_BALANCES
    change_counters: str = _CHANGE_COUNTERS
    remove_blocks: str = _REMOVE_BLOCKS
    insert_blocks: str = _INSERT_BLOCKS
    append_entries: str = _APPEND_ENTRIES
    open_head: str = _OPEN_HEAD
    lock_head: str = _LOCK_HEAD
    append_batch: str = _APPEND_BATCH


@lru_cache
def statements_for(prefix: str) -> Statements:
    """Return the statements with the table names of a ledger."""
    return Statements(
        **{
            part.name: str(part.default).replace("ledger_", f"{prefix}_").strip()
            for part in fields(Statements)
        }
    )
