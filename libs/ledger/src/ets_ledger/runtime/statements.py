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
    destination_position_id, quantity, serials, origin, group_id, flow_id, corrects, effective_time, source_balance,
    destination_balance)
  select post.id, entry.index - 1, transfer_id, kind, source_id, destination_id, quantity, serials, origin,
    group_id, flow_id, corrects, effective_time, source_balance, destination_balance
  from post, unnest($3::text::text[], $4::text::text[], $5::text::bigint[], $6::text::bigint[],
    $7::text::bigint[], $8::text::text[], $9::text::text[], $10::text::text[], $11::text::text[],
    $12::text::text[], $13::text::timestamptz[], $14::text::bigint[], $15::text::bigint[])
    with ordinality as entry (transfer_id, kind, source_id, destination_id, quantity, serials, origin,
    group_id, flow_id, corrects, effective_time, source_balance, destination_balance, index)
)
"""

_WRITE_BLOCKS = """,
changed_blocks as (
  update ledger_block as block
  set start_serial = change.start_serial, origin = change.origin, position_id = change.position_id
  from unnest($16::text::text[], $17::text::bigint[], $18::text::bigint[], $19::text::text[],
    $20::text::bigint[]) as change (product, end_serial, start_serial, origin, position_id)
  where block.product = change.product and block.end_serial = change.end_serial
),
removed_blocks as (
  delete from ledger_block as block
  using unnest($26::text::text[], $27::text::bigint[]) as gone (product, end_serial)
  where block.product = gone.product and block.end_serial = gone.end_serial
),
new_blocks as (
  insert into ledger_block (product, end_serial, start_serial, origin, position_id)
  select * from unnest($21::text::text[], $22::text::bigint[], $23::text::bigint[], $24::text::text[],
    $25::text::bigint[])
)
"""

_POST_ID = "select id from post"

# What positions own now. For one that owned much when it was last remembered, only some draws count (remembering.py).
_REMEMBER = """
insert into ledger_remembered_blocks (position_id, post_id, range_count, serials)
select due.id, $3, owned.range_count, owned.serials
from (
  select distinct drawn.id from unnest($1::text::bigint[], $2::text::bigint[]) as drawn (id, number)
  left join lateral (
    select range_count from ledger_remembered_blocks where position_id = drawn.id order by post_id desc limit 1
  ) as last on true
  where drawn.number % greatest(1, last.range_count / $4::bigint) = 0
) as due cross join lateral (
  select count(*) as range_count, coalesce(range_agg(int8range(start_serial, end_serial, '[]')), '{}') as serials
  from ledger_block where position_id = due.id
) as owned
"""

_CHANGE_COUNTERS = """
update ledger_serial_counter as counter set next_serial = change.next_serial
from unnest($1::text::text[], $2::text::bigint[]) as change (product, next_serial)
where counter.product = change.product
"""

_OPEN_HEAD = """
insert into ledger_journal_head (id, batch_no, hash, entry_count, post_id_max) values (1, 0, $1, 0, 0)
on conflict do nothing
"""

# The hash is that of `BatchRecord`. It is made here so that whoever waits for the head waits for one statement and a
# commit, and not for the turns of the poster's process in between.
_APPEND_BATCHES = """
with recursive head as materialized (
  select batch_no, hash, recorded_time, entry_count, post_id_max from ledger_journal_head where id = 1 for update
),
chain as (
  select 0::bigint as index, batch_no, null::bigint as post_id, null::bytea as prev_hash, null::bytea as merkle_root,
    null::int as entry_count, recorded_time, hash, null::bigint as entries_before, entry_count as entries_through,
    post_id_max, null::tstzrange as effective_span
  from head
  union all
  select post.index, made.batch_no, post.post_id, chain.hash, post.merkle_root, post.entry_count, made.recorded_time,
    sha256('\\x00'::bytea || convert_to(format('["%s",%s,"%s","%s",%s,"%s"]', $5::text, made.batch_no,
      encode(chain.hash, 'hex'), encode(post.merkle_root, 'hex'), post.entry_count,
      to_char(made.recorded_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8')),
    chain.entries_through, chain.entries_through + post.entry_count, greatest(chain.post_id_max, post.post_id),
    tstzrange(least(post.effective_from, made.recorded_time), greatest(post.effective_to, made.recorded_time))
  from chain
  join unnest($1::bigint[], $2::bytea[], $3::int[], $4::timestamptz[], $6::timestamptz[], $7::timestamptz[])
    with ordinality as post (post_id, merkle_root, entry_count, recorded_time, effective_from, effective_to, index)
    on post.index = chain.index + 1
  cross join lateral (
    select chain.batch_no + 1 as batch_no, greatest(post.recorded_time, chain.recorded_time) as recorded_time
  ) as made
),
moved as (
  update ledger_journal_head as stored
  set batch_no = last.batch_no, hash = last.hash, recorded_time = last.recorded_time,
    entry_count = last.entries_through, post_id_max = last.post_id_max
  from (select * from chain order by index desc limit 1) as last where stored.id = 1
)
insert into ledger_journal_batch (batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash,
  entries_before, post_id_max, effective_span)
select batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash, entries_before, post_id_max,
  effective_span
from chain where index > 0
returning batch_no
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
    remember: str = _REMEMBER
    change_counters: str = _CHANGE_COUNTERS
    open_head: str = _OPEN_HEAD
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
