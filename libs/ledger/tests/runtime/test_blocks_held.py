"""What an account owned at a moment, by SQL: the same as the journal replayed, and as the blocks that stand now."""

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Issue, Place, SerialBlock, Transfer
from ets_ledger.runtime import LedgerQueries, LedgerStore, LedgerTables
from sqlalchemy.ext.asyncio import AsyncEngine

NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
CEA, CCER = ProductCode("CEA-2019-2020"), ProductCode("CCER-WIND1-2015")
ACCOUNTS = [AccountNo(f"R-E-{name}") for name in "ABC"]
BUCKETS = [Bucket.REGISTERED, Bucket.TRADING]


def at(day: int) -> datetime:
    return NOON + timedelta(days=day)


async def post(engine: AsyncEngine, tables: LedgerTables, command: Issue | Transfer, day: int) -> bool:
    """Post a command that counts from a day; tell whether it was accepted."""
    async with Database(engine).begin() as transaction:
        results = await LedgerStore(transaction, tables).post(
            [command], effective_time=at(day), recorded_time=at(day)
        )
    return not isinstance(results[0], EtsError)


def issue(number: int, quantity: int, destination: Place, *, product=CEA, origin="37") -> Issue:
    return Issue(
        transfer_id=f"i{number}", kind="issue", product=product, quantity=quantity, destination=destination,
        origin=origin,
    )  # fmt: skip


def move(number: int, quantity: int, source: Place, destination: Place, *, product=CEA) -> Transfer:
    return Transfer(
        transfer_id=f"m{number}", kind="move", product=product, quantity=quantity, source=source,
        destination=destination,
    )  # fmt: skip


async def held(engine: AsyncEngine, tables: LedgerTables, account: AccountNo, day: int, **page):
    async with engine.connect() as connection:
        found = await LedgerQueries(connection, tables).blocks_held(account, effective=at(day), **page)
    return [(one.position.product, one.position.bucket, one.block) for one in found]


async def test_units_that_left_and_came_back_are_owned_at_each_moment_as_they_were(
    engine: AsyncEngine, tables: LedgerTables
):
    own, away = Place(ACCOUNTS[0], Bucket.REGISTERED), Place(ACCOUNTS[0], Bucket.TRADING)
    other = Place(ACCOUNTS[1], Bucket.TRADING)
    for day, command in enumerate(
        [
            issue(1, 60, own),
            issue(2, 40, own),
            move(1, 30, own, away),
            move(2, 10, away, other),
            move(3, 20, away, own),
            issue(3, 5, own, origin="11"),
        ]
    ):
        assert await post(engine, tables, command, day)
    expected = [
        [(CEA, "registered", SerialBlock(1, 60, "37"))],
        [(CEA, "registered", SerialBlock(1, 100, "37"))],
        [(CEA, "trading", SerialBlock(1, 30, "37")), (CEA, "registered", SerialBlock(31, 100, "37"))],
        [(CEA, "trading", SerialBlock(11, 30, "37")), (CEA, "registered", SerialBlock(31, 100, "37"))],
        [(CEA, "registered", SerialBlock(11, 100, "37"))],
        [
            (CEA, "registered", SerialBlock(11, 100, "37")),
            (CEA, "registered", SerialBlock(101, 105, "11")),
        ],
    ]
    assert [await held(engine, tables, ACCOUNTS[0], day) for day in range(6)] == expected
    assert await held(engine, tables, ACCOUNTS[1], 2) == []
    assert await held(engine, tables, ACCOUNTS[1], 3) == [(CEA, "trading", SerialBlock(1, 10, "37"))]
    assert await held(engine, tables, ACCOUNTS[0], -1) == []


async def test_a_page_starts_behind_a_product_and_serial(engine: AsyncEngine, tables: LedgerTables):
    own = Place(ACCOUNTS[0], Bucket.REGISTERED)
    await post(engine, tables, issue(1, 10, own, product=CCER), 0)
    for number, origin in enumerate(("37", "11"), start=2):
        await post(engine, tables, issue(number, 10, own, origin=origin), 0)
    whole = await held(engine, tables, ACCOUNTS[0], 0)
    assert [(product, block.start) for product, _, block in whole] == [(CCER, 1), (CEA, 1), (CEA, 11)]
    assert await held(engine, tables, ACCOUNTS[0], 0, page_size=2) == whole[:2]
    assert await held(engine, tables, ACCOUNTS[0], 0, after=(CCER, 1), page_size=1) == whole[1:2]
    assert await held(engine, tables, ACCOUNTS[0], 0, after=(CEA, 1)) == whole[2:]


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_what_replaying_the_journal_gives_at_every_moment(
    engine: AsyncEngine, tables: LedgerTables, seed: int
):
    chance, numbers, days = Random(seed), count(1), 12  # a seeded history
    places = [Place(account, bucket) for account in ACCOUNTS for bucket in BUCKETS]
    for day in range(days):
        product = chance.choice([CEA, CCER])
        origin = chance.choice(["37", "11"])
        quantity = chance.randint(1, 50)
        await post(
            engine,
            tables,
            issue(next(numbers), quantity, chance.choice(places), product=product, origin=origin),
            day,
        )
        for _ in range(4):
            source, destination = chance.sample(places, 2)
            command = move(next(numbers), chance.randint(1, 40), source, destination, product=product)
            await post(engine, tables, command, day)
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        for day in range(days):
            replayed = [
                one
                for product in (CCER, CEA)
                for one in await queries.blocks_as_of(product, effective=at(day))
            ]
            for account in ACCOUNTS:
                found = await queries.blocks_held(account, effective=at(day))
                assert found == [one for one in replayed if one.position.account == account]
        for account in ACCOUNTS:
            assert await queries.blocks_held(account, effective=at(days)) == await queries.blocks(
                account=account
            )
