"""LED-9, REG-83: what a process of the first version does behind the migrations is as if one of this did it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import registry
from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.plugin import TestServer
from ets_ledger.domain import Bucket, Issue, Place
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import export_lines
from ets_ledger.testing.first_version import FirstVersionStore
from first_version import FirstVersion
from registry.adapters.books import BOOKS
from registry.adapters.db.tables import ledger
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from registry_world import START, World
from sqlalchemy import MetaData, text

MIGRATIONS = Path(registry.__file__).parent / "migrations"
NEWCOMER = "91370000MA3C000013"
DAY = timedelta(days=1)
JOURNAL_BOOKS = [book for book in BOOKS if book.name in ("journal_totals", "journal_closings")]
VERSION_WITHOUT_SECTORS = """
INSERT INTO obligation_version (credit_code, period, province_code, name, sector, obligation_tco2e, offset_limit_tco2e,
  deadline_time, noticed_time, surrendered_tco2e, offset_tco2e, deducted_tco2e, completed_time, notice_ordinal,
  certificate_ordinal, recorded_time)
SELECT credit_code, period, province_code, name, sector, obligation_tco2e, offset_limit_tco2e, deadline_time,
  noticed_time, surrendered_tco2e, offset_tco2e, deducted_tco2e, completed_time, notice_ordinal, certificate_ordinal,
  noticed_time
FROM obligation
"""


async def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    async with database.snapshot() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


def issued(transfer_id: str) -> Issue:
    return Issue(
        transfer_id=transfer_id,
        kind="issue",
        product=ProductCode(CEA),
        quantity=1,
        destination=Place(AccountNo(f"R-E-{transfer_id[0]}"), Bucket.REGISTERED),
        origin="37",
    )


async def test_the_first_version_writes_before_and_behind_the_migrations(postgres_server: TestServer):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, MIGRATIONS, revision="0002")
    database = Database.create(url)
    old = FirstVersion(database, ledger)
    try:
        for number in range(2):
            at = START + number * DAY
            code = NEWCOMER[:-1] + str(number)
            await old.open_account(code, at=at)
            await old.receive_table(f"AT/{number}/VERIFIED/37", code)
            await old.impose(code, 90 * number, at=at)
            await upgrade(url, MIGRATIONS)
        steps = "SELECT version, status, change FROM account_version"
        assert await rows(database, steps) == [(1, "open", "opened")] * 2
        owed = (
            "SELECT obligation_tco2e, name, certificate_ordinal FROM obligation_version ORDER BY version_id"
        )
        assert await rows(database, owed) == [(0, "热电", 1), (90, "热电", 0)]
    finally:
        await database.dispose()


async def test_the_first_version_goes_on_posting_while_the_registry_is_migrated(postgres_server: TestServer):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, MIGRATIONS, revision="0002")
    database = Database.create(url)
    door = Door(database, lambda transaction: FirstVersionStore(transaction, ledger))
    is_migrated = asyncio.Event()

    async def keep_posting(poster: int) -> int:
        posted = 0
        while not is_migrated.is_set() or posted < 10:
            moves = [issued(f"{poster}/{posted}")]

            async def post(store: FirstVersionStore, moves: list[Issue] = moves) -> pb.RunTreeHeadResponse:
                await store.post(moves, effective_time=START, recorded_time=START)
                return pb.RunTreeHeadResponse()

            await door.execute(pb.RunTreeHeadRequest(request_id=f"{poster}/{posted}"), post)
            posted += 1
        return posted

    async def migrate() -> None:
        await upgrade(url, MIGRATIONS)
        is_migrated.set()

    try:
        *posted, _ = await asyncio.gather(*map(keep_posting, range(4)), migrate())
        [(count,)] = await rows(database, "SELECT entry_count FROM ledger_journal_head")
        assert count == sum(posted)
        told, summed = [await rows(database, book.sql) for book in JOURNAL_BOOKS]
        assert sorted(told) == sorted(summed)
    finally:
        await database.dispose()


async def test_an_account_opened_by_the_first_version_has_its_opening_in_its_history(world: World):
    await FirstVersion(world.database, ledger).open_account(NEWCOMER, at=START)
    request = pb.GetAccountRequest(account_no=f"R-E-{NEWCOMER}")
    assert (await world.reads().GetAccount(request)).account.name == "热电"
    steps = await rows(world.database, "SELECT version, status, change, recorded_time FROM account_version")
    assert steps == [(1, "open", "opened", START)]


async def test_versions_take_turns_in_surrendering(world: World):
    await world.allocate()
    old = FirstVersion(world.database, ledger)
    await old.surrender(SURPLUS, 1, 1_000_000, at=START + DAY)
    world.clock.set(START + 2 * DAY)
    applied = await world.apply((CEA, 1_500_000), credit_code=SURPLUS)
    await world.decide(applied.reference)
    await world.register()
    await old.surrender(SURPLUS, 3, 2_500_000, at=START + 3 * DAY)
    world.clock.set(START + 4 * DAY)
    applied = await world.apply((CEA, 7), credit_code=DEFICIT)
    await world.decide(applied.reference)
    await world.register()

    status = await world.status(SURPLUS)
    assert (status.surrendered_tco2e, status.certificate_no) == (5_000_000, f"CC-{PERIOD}-{SURPLUS}")
    history = (
        "SELECT surrendered_tco2e, certificate_ordinal, recorded_time FROM obligation_version"
        f" WHERE credit_code = '{SURPLUS}' ORDER BY version_id"
    )
    assert await rows(world.database, history) == [
        (0, 0, START),
        (1_000_000, 0, START + DAY),
        (2_500_000, 0, START + 2 * DAY),
        (5_000_000, 1, START + 3 * DAY),
    ]
    assert sorted(await world.book("journal_closings")) == sorted(await world.book("journal_totals"))
    async with world.database.snapshot() as connection:
        lines = [line async for line in export_lines(connection, ledger, ledger="registry")]
    assert verify_export(lines).wrong == []


async def test_a_version_that_knows_no_sectors_keeps_a_history_with_them(world: World):
    await world.allocate()
    async with world.database.begin() as transaction:
        await transaction.connection.execute(text("UPDATE obligation SET beside_steel_tco2e = 9"))
        await transaction.connection.execute(text(VERSION_WITHOUT_SECTORS))
    told = "SELECT beside_steel_tco2e FROM obligation_version ORDER BY version_id"
    assert await rows(world.database, told) == [(0,), (0,), (9,), (9,)]


async def test_what_no_registered_surrender_proves_is_not_written_into_history(world: World):
    await world.allocate()
    before = await world.book("obligation_versions")
    async with world.database.begin() as transaction:
        await transaction.connection.execute(text("UPDATE obligation SET surrendered_tco2e = 1"))
    assert await world.book("obligation_versions") == before
