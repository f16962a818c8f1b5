"""LED-9: a process of the first version goes on posting behind the migrations of the CCER registry."""

from datetime import UTC, datetime
from pathlib import Path

import ccer_bridge
from ccer_bridge.adapters.books import BOOKS
from ccer_bridge.adapters.db.tables import ledger
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.plugin import TestServer
from ets_ledger.domain import Bucket, Entry, Issue, Place
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerStore, export_lines
from ets_ledger.testing.first_version import FirstVersionStore
from sqlalchemy import MetaData, text

MIGRATIONS = Path(ccer_bridge.__file__).parent / "migrations"
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
HOLDER = Place(AccountNo("C-91370000MA3C000013"), Bucket.REGISTERED)


async def test_the_first_version_posts_before_and_behind_the_migrations(postgres_server: TestServer):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, MIGRATIONS, revision="0003")
    database = Database.create(url)

    async def post(store: type[LedgerStore], number: int) -> None:
        issue = Issue(
            transfer_id=f"i{number}",
            kind="issue",
            product=ProductCode("CCER-WIND1-2020"),
            quantity=10,
            destination=HOLDER,
            origin="WIND1",
        )
        async with database.begin() as transaction:
            results = await store(transaction, ledger).post([issue], effective_time=NOON, recorded_time=NOON)
        assert isinstance(results[0], Entry)

    try:
        await post(FirstVersionStore, 1)
        await upgrade(url, MIGRATIONS)
        for number, store in enumerate((FirstVersionStore, LedgerStore, FirstVersionStore), start=2):
            await post(store, number)
        async with database.snapshot() as connection:
            for book in BOOKS:
                if book.name in ("journal_totals", "journal_closings"):
                    found = [tuple(row) for row in await connection.execute(text(book.sql))]
                    assert sorted(row[-1] for row in found) == [-40, 40]
            lines = [line async for line in export_lines(connection, ledger, ledger="ccer")]
        assert verify_export(lines).wrong == []
    finally:
        await database.dispose()
