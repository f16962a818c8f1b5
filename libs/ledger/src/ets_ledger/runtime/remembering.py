"""When posting remembers what positions own (LED-10), and the same for a journal that was written without.

An entry draws by the hash of its leaf, so that nobody has to count a position's postings: one entry in 256 has both of
its positions remembered. A position with many blocks is passed over in most draws, so that what is remembered comes to
two ranges a posting at most, and grows with the journal.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import SOURCE_BUCKET, Position
from ets_ledger.runtime.ownership import COUNTED, EMPTY, RUNS

# How many entries of 256 draw; so how many postings a position has from draw to draw in the mean; and how many blocks
# it has for each draw that is passed over.
DRAWING_OF_256: Final = 1
POSTINGS_BETWEEN: Final = 256
BLOCKS_PER_DRAW: Final = 2 * POSTINGS_BETWEEN

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


# Of each position that is remembered, in how many units its states differ from what the state before each and the
# entries in between give: zero where all is right (LED-10). A wrong state makes the one behind it differ too.
DIFFERENCES: Final = f"""
select position.account, position.product, position.bucket, cast(coalesce(sum(wrong.units), 0) as bigint) as units
from ledger_remembered_blocks as kept join ledger_balance as position on position.id = kept.position_id
cross join lateral (
  with start as materialized (
    select kept.position_id as id, kept.post_id, cast(0 as bigint) as low, cast(null as bigint) as high,
      coalesce((
        select max(post_id) from ledger_remembered_blocks
        where position_id = kept.position_id and post_id < kept.post_id
      ), {EMPTY}) as base_id
  ), moved as materialized ({COUNTED}), {RUNS}
  select coalesce((select serials from run), '{{}}') as serials
) as told
cross join lateral (
  select sum(upper(part) - lower(part)) as units
  from unnest((told.serials - kept.serials) + (kept.serials - told.serials)) as part
) as wrong
group by position.account, position.product, position.bucket
"""  # noqa: S608


def drawn_positions(entries: Sequence[Entry], leaves: Sequence[bytes]) -> list[tuple[Position, int]]:
    """Return the positions whose blocks a post is to remember, each with the number that its entry drew."""
    return [
        (position, int.from_bytes(leaf[1:5]))
        for entry, leaf in zip(entries, leaves, strict=True)
        if leaf[0] < DRAWING_OF_256
        for position in (entry.source, entry.destination)
        if position.bucket != SOURCE_BUCKET
    ]


def remember_past(connection: Connection, prefix: str = "ledger") -> None:
    """Remember the blocks of every position along the journal, as often as posting does in the mean.

    Takes a time that grows with the journal, and locks nothing. Goes on from the rows that stand, so a repeat adds only
    what has been posted since.
    """

    def run(sql: str, **values: object) -> list[tuple[int, ...]]:
        result = connection.execute(text(sql.replace("ledger_", f"{prefix}_")), values)
        return [tuple(row) for row in result]

    for position_id, last, range_count in run(_BUSY):
        after, count = last, _postings_until(range_count)
        while following := run(_NEXT, id=position_id, after=after, count=count):
            ((post_id,),) = following
            ((ranges,),) = run(_REMEMBER, id=position_id, after=after, post_id=post_id)
            after, count = post_id, _postings_until(ranges)


def _postings_until(range_count: int) -> int:
    return POSTINGS_BETWEEN * max(1, range_count // BLOCKS_PER_DRAW)
