"""LED-10: what is remembered is what the journal says, and reads are the same with any of it or none."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Command, Entry, Issue, Place, SerialRange, Transfer
from ets_ledger.domain.replay import Replay
from ets_ledger.runtime import BlockHolding, LedgerQueries, LedgerStore, LedgerTables, position_id
from ets_ledger.runtime.closing import ClosingState
from ets_ledger.runtime.remembering import remember_past
from ets_ledger.runtime.tables import POSTINGS_BETWEEN
from ledger_histories import ACCOUNTS, CCER, CEA, MOMENTS, NOON, PLACES, history
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SEEDS = range(3)
DUE = "update ledger_balance set postings_left = 1"
REMEMBERED = (
    "select position_id, post_id, serials from ledger_remembered_blocks order by position_id, post_id"
)


async def posted(
    engine: AsyncEngine, tables: LedgerTables, batches: Sequence[tuple[datetime, list[Command]]]
) -> None:
    """Post batches so that the blocks of every position are remembered behind each of them."""
    for recorded, batch in batches:
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(
                batch, effective_time=recorded, recorded_time=recorded
            )
            await transaction.connection.execute(text(DUE))


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


@pytest.mark.parametrize("seed", SEEDS)
async def test_it_is_what_replaying_the_journal_up_to_the_post_gives(
    engine: AsyncEngine, tables: LedgerTables, seed: int
) -> None:
    await posted(engine, tables, history(seed, has_blocks=True))
    replay = Replay(has_blocks=True)
    expected = {}
    async with engine.connect() as connection:
        lines = await LedgerQueries(connection, tables).journal_page()
        stored = (await connection.execute(text(REMEMBERED))).all()
    for line, following in pairwise([*lines, None]):
        replay.apply(line.entry)
        if following is None or following.batch_no > line.batch_no:
            for product in (CEA, CCER):
                owned: dict[int, list[SerialRange]] = {}
                for position, block in replay.blocks(product):
                    owned.setdefault(position_id(position), []).append(SerialRange(block.start, block.end))
                expected[line.batch_no, product] = owned
    # One poster: the number of a post is that of its batch.
    for key, post_id, serials in stored:
        (found,) = [
            owned[key] for (batch_no, _), owned in expected.items() if batch_no == post_id and key in owned
        ] or [[]]
        told = {serial for part in serials for serial in range(part.lower, part.upper)}
        assert told == {serial for one in found for serial in range(one.start, one.end + 1)}


async def test_it_is_remembered_after_so_many_postings_and_after_half_as_many_as_there_are_blocks(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    own, away = PLACES[0], PLACES[2]
    place = {"kind": "move", "product": CEA}
    issue = Issue(
        transfer_id="i", kind="issue", product=CEA, quantity=4 * POSTINGS_BETWEEN + 10, destination=own, origin="37"
    )  # fmt: skip
    # Every second unit goes away, so that as many blocks stay; then one goes with every batch.
    scatter: list[Command] = [
        Transfer(
            **place,
            transfer_id=f"s{serial}",
            quantity=1,
            source=own,
            destination=away,
            serials=(SerialRange(serial, serial),),
        )
        for serial in range(2, 4 * POSTINGS_BETWEEN + 2, 2)
    ]
    assert len(scatter) == 2 * POSTINGS_BETWEEN
    batches: list[list[Command]] = [
        [issue],
        scatter[: POSTINGS_BETWEEN - 2],
        scatter[POSTINGS_BETWEEN - 2 : POSTINGS_BETWEEN - 1],
    ]
    batches += [scatter[POSTINGS_BETWEEN - 1 :]]
    for batch in batches:
        async with Database(engine).begin() as transaction:
            results = await LedgerStore(transaction, tables).post(
                batch, effective_time=NOON, recorded_time=NOON
            )
        assert all(isinstance(result, Entry) for result in results)
    counts = (
        "select post_id, range_count from ledger_remembered_blocks where position_id = :id order by post_id"
    )
    left = "select postings_left from ledger_balance where id = :id"
    async with engine.connect() as connection:
        of_own = {"id": position_id(issue.destination_position)}
        found = (await connection.execute(text(counts), of_own)).all()
        # 256 postings are reached with the third batch; 257 more come with the last, and leave 513 blocks.
        assert [tuple(row) for row in found] == [(3, POSTINGS_BETWEEN), (4, 2 * POSTINGS_BETWEEN + 1)]
        assert (await connection.execute(text(left), of_own)).scalar_one() == POSTINGS_BETWEEN
        assert (
            await connection.execute(
                text("select count(*) from ledger_remembered_blocks where serials = '{}'")
            )
        ).scalar_one() == 0


async def test_a_past_that_nobody_remembered_is_remembered_as_posting_does(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    chance = Random(3)
    accounts = [Place(AccountNo(f"R-E-{number}"), Bucket.TRADING) for number in range(3)]
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
            for number, place in enumerate(accounts)
        ]
    ]
    for number in range(150):
        batch: list[Command] = []
        for index in range(chance.randint(1, 9)):
            source, destination = chance.sample(accounts, 2)
            batch.append(
                Transfer(
                    transfer_id=f"m{number}-{index}", kind="move", product=CEA, quantity=chance.randint(1, 9),
                    source=source, destination=destination,
                )
            )  # fmt: skip
        batches.append(batch)
    for number, batch in enumerate(batches):
        at = NOON + timedelta(minutes=number)
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(batch, effective_time=at, recorded_time=at)
    async with engine.connect() as connection:
        written = (await connection.execute(text(REMEMBERED))).all()
        assert len(written) >= 3
        await connection.execute(text("delete from ledger_remembered_blocks"))
        await connection.run_sync(remember_past)
        assert (await connection.execute(text(REMEMBERED))).all() == written
        await connection.run_sync(remember_past)
        assert (await connection.execute(text(REMEMBERED))).all() == written
        await connection.rollback()
