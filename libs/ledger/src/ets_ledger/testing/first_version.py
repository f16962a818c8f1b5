"""Posting as the first version does it, which knows revision 0001 of the ledger's tables: for tests of roll-outs.

The statements are those of that version, word for word; what is decided and how it is encoded has not changed since.
"""

from typing import Final

from ets_ledger.domain.decide import Decisions
from ets_ledger.domain.journal import BATCH_FORMAT, GENESIS_HASH
from ets_ledger.domain.merkle import root_of
from ets_ledger.runtime.block_rows import BlockRows
from ets_ledger.runtime.driver import Driver, driver_of, numbers
from ets_ledger.runtime.store import LedgerStore, _entry_columns, _Post
from ets_ledger.runtime.tables import PositionKeys

_WRITE: Final = """
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
),
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
select id from post
"""
_OPEN_HEAD: Final = """
insert into ledger_journal_head (id, batch_no, hash) values (1, 0, $1) on conflict do nothing
"""
_APPEND_BATCHES: Final = """
with recursive head as materialized (
  select batch_no, hash, recorded_time from ledger_journal_head where id = 1 for update
),
chain as (
  select 0::bigint as index, batch_no, null::bigint as post_id, null::bytea as prev_hash, null::bytea as merkle_root,
    null::int as entry_count, recorded_time, hash
  from head
  union all
  select post.index, made.batch_no, post.post_id, chain.hash, post.merkle_root, post.entry_count, made.recorded_time,
    sha256('\\x00'::bytea || convert_to(format('["%s",%s,"%s","%s",%s,"%s"]', $5::text, made.batch_no,
      encode(chain.hash, 'hex'), encode(post.merkle_root, 'hex'), post.entry_count,
      to_char(made.recorded_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8'))
  from chain
  join unnest($1::bigint[], $2::bytea[], $3::int[], $4::timestamptz[])
    with ordinality as post (post_id, merkle_root, entry_count, recorded_time, index) on post.index = chain.index + 1
  cross join lateral (
    select chain.batch_no + 1 as batch_no, greatest(post.recorded_time, chain.recorded_time) as recorded_time
  ) as made
),
moved as (
  update ledger_journal_head as stored
  set batch_no = last.batch_no, hash = last.hash, recorded_time = last.recorded_time
  from (select batch_no, hash, recorded_time from chain order by index desc limit 1) as last where stored.id = 1
)
insert into ledger_journal_batch (batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash)
select batch_no, post_id, prev_hash, merkle_root, entry_count, recorded_time, hash from chain where index > 0
returning batch_no
"""
# Of the columns of entries the first version writes the first so many.
_ENTRY_COLUMNS: Final = 11


class FirstVersionStore(LedgerStore):
    """A ledger with serial blocks, named `ledger`, as the first version posts to it."""

    async def _write(self, driver: Driver, decisions: Decisions, keys: PositionKeys, rows: BlockRows) -> int:
        blocks = await rows.changes(decisions.blocks or {})
        found = await driver.fetch(
            _WRITE,
            numbers([keys.text[at] for at in decisions.changes]),
            numbers(decisions.changes.values()),
            *_entry_columns(decisions, keys)[:_ENTRY_COLUMNS],
            *blocks.parameters(),
        )
        return int(found[0][0])

    async def _remember(self, driver: Driver, post: _Post, keys: PositionKeys) -> None:
        """Remember nothing."""

    async def _chain(self) -> None:
        posts, self._unchained = self._unchained, []
        parameters = (
            [post.post_id for post in posts],
            [root_of(post.leaves) for post in posts],
            [len(post.entries) for post in posts],
            [post.recorded_time for post in posts],
            BATCH_FORMAT,
        )
        driver = await driver_of(self._transaction.connection)
        if not await driver.fetch(_APPEND_BATCHES, *parameters):
            await driver.execute(_OPEN_HEAD, GENESIS_HASH)
            await driver.fetch(_APPEND_BATCHES, *parameters)
