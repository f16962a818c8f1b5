"""LED-10: what is remembered is what the journal says, and reads are the same with any of it or none."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Command, Issue, Position, Transfer
from ets_ledger.domain.entries import entry_bytes
from ets_ledger.domain.merkle import leaf_hash
from ets_ledger.domain.replay import Replay
from ets_ledger.runtime import (
    BlockHolding,
    LedgerQueries,
    LedgerStore,
    LedgerTables,
    position_id,
    remembering,
)
from ets_ledger.runtime.closing import ClosingState
from ets_ledger.runtime.remembering import BLOCKS_PER_DRAW, DIFFERENCES, POSTINGS_BETWEEN, remember_past
from ledger_histories import ACCOUNTS, CCER, CEA, MOMENTS, NOON, PLACES, history
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SEEDS = range(3)
REMEMBERED = (
    "select position_id, post_id, serials from ledger_remembered_blocks order by position_id, post_id"
)


async def posted(
    engine: AsyncEngine, tables: LedgerTables, batches: Sequence[tuple[datetime, list[Command]]]
) -> None:
    for recorded, batch in batches:
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(
                batch, effective_time=recorded, recorded_time=recorded
            )


@pytest.fixture
def _all_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every entry have its positions remembered."""
    monkeypatch.setattr(remembering, "DRAWING_OF_256", 256)


async def read(connection: AsyncConnection, tables: LedgerTables, page_size: int) -> list[list[BlockHolding]]:
    """Read what each account owned at many moments, in pages, and as batches left it."""
    queries, closing = LedgerQueries(connection, tables), ClosingState(connection, tables)
    found: list[list[BlockHolding]] = []
    for account in ACCOUNTS[:2]:
        for effective, recorded in [(None, one) for one in MOMENTS[::2]] + [
            (one, None) for one in MOMENTS[1::2]
        ]:
            moments = {"effective": effective, "recorded": recorded}
            owned = await queries.blocks_held(account, **moments, page_size=page_size)
            found.append([])
            while owned:
                found[-1] += owned
                after = (owned[-1].position.product, owned[-1].block.start)
                owned = await queries.blocks_held(account, **moments, after=after, page_size=page_size)
        found += [[*await closing.blocks(batch_no, account)] for batch_no in range(0, 30, 7)]
    return found


def by_start(owned: Sequence[BlockHolding]) -> list[BlockHolding]:
    """Leave out what starts where the block before it does: units that a late record moved before they came."""
    return [one for at, one in enumerate(owned) if not at or one.block.start != owned[at - 1].block.start]


@pytest.mark.usefixtures("_all_draw")
@pytest.mark.parametrize("seed", SEEDS)
async def test_reads_are_the_same_with_all_some_or_none_of_it_and_in_pages_of_any_size(
    engine: AsyncEngine, tables: LedgerTables, seed: int
) -> None:
    await posted(engine, tables, history(seed, has_blocks=True))
    async with engine.connect() as connection:
        kept = len((await connection.execute(text(REMEMBERED))).all())
        assert kept > len(MOMENTS)
        whole = await read(connection, tables, 1_000)
        single = [by_start(owned) for owned in whole]
        assert await read(connection, tables, 1) == single
        for some in ("(position_id + post_id) % 3 <> 0", "true"):
            await connection.execute(text(f"delete from ledger_remembered_blocks where {some}"))
            assert await read(connection, tables, 1_000) == whole
            assert [by_start(owned) for owned in await read(connection, tables, 2)] == single
        await connection.rollback()


@pytest.mark.usefixtures("_all_draw")
@pytest.mark.parametrize("seed", SEEDS)
async def test_it_is_what_replaying_the_journal_up_to_the_post_gives(
    engine: AsyncEngine, tables: LedgerTables, seed: int
) -> None:
    await posted(engine, tables, history(seed, has_blocks=True))
    async with engine.connect() as connection:
        assert len((await connection.execute(text(REMEMBERED))).all()) > len(MOMENTS)
        await assert_true(connection, tables)


@pytest.mark.usefixtures("_all_draw")
async def test_what_is_remembered_wrongly_is_told_by_position_and_units(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await posted(engine, tables, history(1, has_blocks=True))
    damage = """
update ledger_remembered_blocks set serials = serials - '{[1,3)}' + '{[9001,9006)}'
where (position_id, post_id) = (
  select position_id, max(post_id) from ledger_remembered_blocks where serials @> cast(1 as bigint)
  group by position_id order by max(post_id) desc limit 1
) returning position_id
"""
    async with engine.connect() as connection:
        assert {row.units for row in await connection.execute(text(DIFFERENCES))} == {0}
        damaged = (await connection.execute(text(damage))).scalar_one()
        (told,) = [row for row in await connection.execute(text(DIFFERENCES)) if row.units]
        assert position_id(Position(*told[:3])) == damaged
        # Two units are missing and five are too many; what follows of the position differs by as many again.
        assert told.units > 0
        assert told.units % 7 == 0
        await connection.rollback()


async def assert_true(connection: AsyncConnection, tables: LedgerTables) -> None:
    """Replay the journal of one poster, whose posts and batches have the same numbers, and compare all that is kept."""
    stored = {
        (row.position_id, row.post_id): row.serials for row in await connection.execute(text(REMEMBERED))
    }
    lines = await LedgerQueries(connection, tables).journal_page()
    replay = Replay(has_blocks=True)
    for line, following in pairwise([*lines, None]):
        assert line is not None
        replay.apply(line.entry)
        if following is not None and following.batch_no == line.batch_no:
            continue
        owned: dict[int, set[int]] = {}
        for product in (CEA, CCER):
            for position, block in replay.blocks(product):
                owned.setdefault(position_id(position), set()).update(range(block.start, block.end + 1))
        for key, post_id in list(stored):
            if post_id == line.batch_no:
                told = {
                    serial for part in stored.pop((key, post_id)) for serial in range(part.lower, part.upper)
                }
                assert told == owned.get(key, set())
    assert stored == {}


async def test_about_one_entry_in_256_draws_by_its_leaf(engine: AsyncEngine, tables: LedgerTables) -> None:
    await posted(engine, tables, long_history())
    async with engine.connect() as connection:
        lines = await LedgerQueries(connection, tables).journal_page(page_size=2_000)
        drawing = {
            (position_id(position), line.batch_no)
            for line in lines
            if leaf_hash(entry_bytes(line.entry))[0] == 0
            for position in (line.entry.source, line.entry.destination)
        }
        assert drawing
        found = await connection.execute(text(REMEMBERED))
        assert {(row.position_id, row.post_id) for row in found} == drawing
        await assert_true(connection, tables)


@pytest.mark.usefixtures("_all_draw")
async def test_a_position_of_many_blocks_is_passed_over_in_most_draws(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    batches = long_history()
    await posted(engine, tables, batches[:2])
    async with engine.begin() as connection:
        await connection.execute(
            text("update ledger_remembered_blocks set range_count = :count"),
            {"count": 4 * BLOCKS_PER_DRAW + 1},
        )
    await posted(engine, tables, batches[2:40])
    async with engine.connect() as connection:
        lines = await LedgerQueries(connection, tables).journal_page(after_batch_no=2, page_size=2_000)
        lines = [line for line in lines if line.batch_no > 2]
        for account in {line.entry.source for line in lines}:
            drawn = [
                line.batch_no
                for line in lines
                if account in (line.entry.source, line.entry.destination)
                and int.from_bytes(leaf_hash(entry_bytes(line.entry))[1:5]) % 4 == 0
            ]
            rows = await connection.execute(
                text(
                    "select min(post_id) from ledger_remembered_blocks where position_id = :id and post_id > 2"
                ),
                {"id": position_id(account)},
            )
            assert rows.scalar_one() == min(drawn)


async def test_a_past_that_nobody_remembered_is_remembered_at_intervals(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await posted(engine, tables, long_history())
    async with engine.connect() as connection:
        await connection.execute(text("delete from ledger_remembered_blocks"))
        await connection.run_sync(remember_past)
        written = (await connection.execute(text(REMEMBERED))).all()
        lines = await LedgerQueries(connection, tables).journal_page(page_size=2_000)
        postings = Counter(
            position_id(one) for line in lines for one in (line.entry.source, line.entry.destination)
        )
        expected = {
            one: count // POSTINGS_BETWEEN for one, count in postings.items() if count >= POSTINGS_BETWEEN
        }
        assert len(expected) == 3
        # A post may have several postings of the position, so some more than the interval.
        assert all(
            expected[one] - 1 <= count <= expected[one]
            for one, count in Counter(row[0] for row in written).items()
        )
        await assert_true(connection, tables)
        await connection.run_sync(remember_past)
        assert (await connection.execute(text(REMEMBERED))).all() == written


def long_history() -> list[tuple[datetime, list[Command]]]:
    """Some hundred batches among three accounts of one product."""
    chance = Random(7)
    batches: list[list[Command]] = [
        [
            Issue(
                transfer_id=f"i{number}",
                kind="issue",
                product=CEA,
                quantity=500,
                destination=place,
                origin="37",
            )
            for number, place in enumerate(PLACES[::2])
        ]
    ]
    for number in range(150):
        batch: list[Command] = []
        for index in range(chance.randint(1, 9)):
            source, destination = chance.sample(PLACES[::2], 2)
            batch.append(
                Transfer(
                    transfer_id=f"m{number}-{index}", kind="move", product=CEA, quantity=chance.randint(1, 9),
                    source=source, destination=destination,
                )
            )  # fmt: skip
        batches.append(batch)
    return [(NOON + timedelta(minutes=number), batch) for number, batch in enumerate(batches)]
