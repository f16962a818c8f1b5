"""The SQL of reads as of a moment: each touches the rows of the positions asked for, however long the journal is.

A moment is found in the order of batches. What a position held there stands in its last entry up to that place (LED-8).
Only batches whose record and business times stand on different sides of the moment are looked into: those that were
under way at that instant, and what was recorded late. `effective_span` names them.
"""

from datetime import UTC, datetime
from typing import Final

# Later than any moment that is asked for.
FOREVER: Final = datetime(9999, 12, 31, tzinfo=UTC)

# The last batch recorded by a moment; batch 0 stands before the first.
PLACE_OF_MOMENT: Final = """
select coalesce(max(batch_no), 0) as batch_no, coalesce(max(post_id_max), 0) as post_id_max from (
  select batch_no, post_id_max from ledger_journal_batch where recorded_time <= cast({moment} as timestamptz)
  order by recorded_time desc, batch_no desc limit 1
) as found
"""

# Batches with an entry on the other side of a business moment than their record.
LATE: Final = """
select batch_no, post_id from ledger_journal_batch
where not isempty(effective_span) and effective_span @> cast({moment} as timestamptz)
and recorded_time <= cast(:recorded as timestamptz)
"""


def last_entry(what: str, place: str) -> str:
    """Return the query of a column of the last entry of position `position.id` up to the batch named in `place`.

    Columns are `balance`, `post_id` and `entry_index`. At most one post of the position is looked at in vain: of two
    that follow each other, the second takes its number when the first is in the chain.
    """

    def side(name: str) -> str:
        return f"""(
  select entry.{name}_balance as balance, entry.post_id, entry.entry_index
  from ledger_journal as entry join ledger_journal_batch as batch on batch.post_id = entry.post_id
  where entry.{name}_position_id = position.id and entry.post_id <= {place}.post_id_max
  and batch.batch_no <= {place}.batch_no
  order by entry.post_id desc, entry.entry_index desc limit 1
)"""  # noqa: S608

    return f"""select {what} from ({side("source")} union all {side("destination")}) as last
order by post_id desc, entry_index desc limit 1"""  # noqa: S608


def _late_change(name: str) -> str:
    return f"""coalesce((
  select sum(entry.quantity * (
    cast(entry.effective_time <= cast(:effective as timestamptz) as int) - cast(late.batch_no <= moment.batch_no as int)
  ))
  from late join ledger_journal as entry on entry.post_id = late.post_id
  where entry.{name}_position_id = position.id
), 0)"""  # noqa: S608


# What is recorded by a moment and effective by another stands before the earlier one, but for late batches.
EARLIER: Final = "least(cast(:effective as timestamptz), cast(:recorded as timestamptz))"

_HELD: Final = f"""
with moment as materialized ({PLACE_OF_MOMENT.format(moment=EARLIER)}),
late as materialized ({LATE.format(moment=":effective")})
select position.account, position.product, position.bucket, held.quantity
from ledger_balance as position cross join moment
cross join lateral (
  select cast(
    coalesce(({last_entry("balance", "moment")}), 0) + {_late_change("destination")} - {_late_change("source")}
    as bigint
  ) as quantity
) as held
where held.quantity <> 0
"""  # noqa: S608


# Of positions as the first so many batches left them.
PLACE_OF_BATCH: Final = """
select batch_no, post_id_max from ledger_journal_batch where batch_no = :batch_no
"""

HELD_AFTER_BATCH: Final = f"""
with moment as materialized ({PLACE_OF_BATCH})
select position.account, position.product, position.bucket, held.quantity
from ledger_balance as position cross join moment
cross join lateral ({last_entry("balance as quantity", "moment")}) as held
where held.quantity <> 0
"""  # noqa: S608


# What the journal says of each position after its last entry, other than zero: what balances have to be (LED-8).
CLOSINGS: Final = f"""
select position.account, position.product, position.bucket, held.balance
from ledger_balance as position
cross join (select batch_no, post_id_max from ledger_journal_head) as head
cross join lateral ({last_entry("balance", "head")}) as held
where held.balance <> 0
"""  # noqa: S608


def held_as_of(conditions: str) -> str:
    """Return the query of holdings as of `:effective` and `:recorded`, of positions that meet the conditions."""
    return f"{_HELD}{conditions}"
