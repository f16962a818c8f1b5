"""The SQL of postings: the two sides of every entry, numbered along the journal, of one account or of all.

Entry n of the journal, counted from 1, is postings 2n - 1 (what its source gave) and 2n (what its destination got).
"""

from typing import Final

from ets_ledger.runtime.moments import LATE, PLACE_OF_MOMENT, last_entry

# The batch before the one that holds the first entry with a posting behind a number.
_PLACE_OF_POSTING: Final = """
select coalesce(max(batch_no), 0) as batch_no, coalesce(max(post_id_max), 0) as post_id_max
from ledger_journal_batch where batch_no = (
  select batch_no from ledger_journal_batch where entries_before <= cast(:after as bigint) / 2
  order by entries_before desc limit 1
) - 1
"""

_NUMBER: Final = "2 * (batch.entries_before + entry.entry_index) + {step}"

# No post has a greater number.
_NO_POST_BEHIND: Final = 2**63 - 1

# What is the position's own, what is the other's, the number within the entry, and the sign of the change.
_SIDES: Final = (("source", "destination", 1, "-"), ("destination", "source", 2, ""))

# In the order of `Posting`.
_COLUMNS: Final = (
    "posting_no, posting.batch_no, posting.recorded_time, own.account, own.product, own.bucket, posting.change,"
    " posting.balance, other.account, other.bucket, posting.transfer_id, posting.kind, posting.flow_id,"
    " posting.corrects, posting.effective_time"
)


def _side(side: tuple[str, str, int, str], condition: str, limit: str) -> str:
    own, other, step, sign = side
    number = _NUMBER.format(step=step)
    return f"""(
  select {number} as posting_no, batch.batch_no, batch.recorded_time, entry.{own}_position_id as own_id,
    entry.{other}_position_id as other_id, {sign}entry.quantity as change, entry.{own}_balance as balance,
    entry.transfer_id, entry.kind, entry.flow_id, entry.corrects, entry.effective_time
  {condition.replace("own_position_id", f"{own}_position_id")} and {number} > :after
  {limit}
)"""


def _sides(condition: str, limit: str = "") -> str:
    return " union all ".join(_side(side, condition, limit) for side in _SIDES)


def _page(postings: str) -> str:
    """Return the last parts of a query: a page of postings, then the names of their positions."""
    return f"""page as materialized (
  select found.* from ({postings}) as found order by posting_no limit :size
)
select {_COLUMNS} from page as posting
join ledger_balance as own on own.id = posting.own_id
join ledger_balance as other on other.id = posting.other_id
order by posting_no
"""  # noqa: S608


# Every step is materialized: PostgreSQL would else spend more time on weighing the orders of all joins than on reading.

_OF_BATCHES: Final = """from ledger_journal_batch as batch
  join ledger_journal as entry on entry.post_id = batch.post_id
  where batch.batch_no > (select batch_no from place)"""

# A page takes at most its size from each side, so it reads a few batches whatever stands behind them.
_ALL_SIDES: Final = _sides(_OF_BATCHES, "order by batch.batch_no, entry.entry_index limit :size")
ALL: Final = f"with place as materialized ({_PLACE_OF_POSTING}), {_page(_ALL_SIDES)}"

_OF_POSITION: Final = """from ledger_journal as entry
  join ledger_journal_batch as batch on batch.post_id = entry.post_id
  where entry.own_position_id = span.id"""
_IN_ORDER: Final = "order by entry.post_id, entry.entry_index limit :size"

# Postings of the batch that the page starts in, at most, that stand before the page.
_SKIPPED: Final = """
select cast(coalesce(max(2 * (cast(:after as bigint) / 2 - entries_before) + 2), 0) as bigint) as count from (
  select entries_before from ledger_journal_batch where entries_before <= cast(:after as bigint) / 2
  order by entries_before desc limit 1
) as first
"""


def _posts(name: str) -> str:
    return f"""(
  select entry.post_id from ledger_journal as entry
  where entry.{name}_position_id = span.id and entry.post_id > span.first_id
  order by entry.post_id limit (select :size + count from skipped)
)"""  # noqa: S608


# Posts of one position have rising numbers, so its indexes give them in order, and the first posts of all positions
# together are known before any entry is read. The page is in the batches up to the last of theirs: a post of a later
# number may stand before it in the chain, but not behind `post_id_max`.
_LAST: Final = f"""
select case when count(*) = (select :size + count from skipped) then max(batch.post_id_max) end as post_id
from (
  select post.post_id from span cross join lateral ({_posts("source")} union all {_posts("destination")}) as post
  order by post.post_id limit (select :size + count from skipped)
) as first join ledger_journal_batch as batch using (post_id)
"""  # noqa: S608
_ACCOUNT_SIDES: Final = _sides(
    f"{_OF_POSITION} and entry.post_id > span.first_id and entry.post_id <= last.post_id", _IN_ORDER
)
_ACCOUNT: Final = f"select found.* from span cross join last cross join lateral ({_ACCOUNT_SIDES}) as found"  # noqa: S608
OF_ACCOUNT: Final = f"""
with place as materialized ({_PLACE_OF_POSTING}),
skipped as materialized ({_SKIPPED}),
span as materialized (
  select position.id, coalesce(({last_entry("post_id", "place")}), 0) as first_id
  from ledger_balance as position cross join place where position.account = :account
),
last as materialized (select coalesce(({_LAST}), {_NO_POST_BEHIND}) as post_id),
{_page(_ACCOUNT)}
"""  # noqa: S608

_IN_PERIOD: Final = """and batch.recorded_time <= cast(:recorded as timestamptz)
  and entry.effective_time > cast(:opening as timestamptz) and entry.effective_time <= cast(:closing as timestamptz)"""
_PERIOD_SIDES: Final = _sides(
    f"{_OF_POSITION} and entry.post_id > span.first_id and entry.post_id <= span.last_id {_IN_PERIOD}",
    _IN_ORDER,
)
_LATE_SIDES: Final = _sides(f"{_OF_POSITION} and entry.post_id = late.post_id {_IN_PERIOD}")
_PERIOD: Final = f"""
select found.* from span cross join lateral ({_PERIOD_SIDES}) as found
union all
select found.* from late cross join span cross join lateral ({_LATE_SIDES}) as found
"""  # noqa: S608

# Behind the opening moment and up to the closing one, in business time: the batches in between, and of those that stand
# outside the ones with entries on the other side.
OF_PERIOD: Final = f"""
with opening as materialized ({PLACE_OF_MOMENT.format(moment=":opening")}),
closing as materialized (
  {PLACE_OF_MOMENT.format(moment="least(cast(:closing as timestamptz), cast(:recorded as timestamptz))")}
),
asked as materialized ({_PLACE_OF_POSTING}),
place as materialized (
  select batch_no, post_id_max from opening union all select batch_no, post_id_max from asked
  order by batch_no desc limit 1
),
late as materialized (
  select * from ({LATE.format(moment=":opening")} union {LATE.format(moment=":closing")}) as found
  where batch_no <= (select batch_no from opening) or batch_no > (select batch_no from closing)
),
span as materialized (
  select position.id, coalesce(({last_entry("post_id", "place")}), 0) as first_id,
    coalesce(({last_entry("post_id", "closing")}), 0) as last_id
  from ledger_balance as position cross join place cross join closing where position.account = :account
),
{_page(_PERIOD)}
"""  # noqa: S608
