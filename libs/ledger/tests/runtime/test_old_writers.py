"""LED-9: the first version goes on posting while its ledger is migrated, and what it leaves out is there."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.plugin import TestServer
from ets_ledger.domain import Bucket, Command, Entry, Issue, Place, Transfer
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerQueries, LedgerStore, LedgerTables, export_lines, ledger_schema
from ets_ledger.testing.first_version import FirstVersionStore
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
CEA = ProductCode("CEA-2019-2020")
PLACES = [Place(AccountNo(f"R-E-{name}"), Bucket.REGISTERED) for name in "ABC"]
ENVIRONMENT = "from ets_kernel.runtime.migrations import run_environment\n\nrun_environment()\n"
REVISION = """
from ets_ledger.runtime import ledger_schema

revision = "{number}"
down_revision = {before}
upgrade = ledger_schema.{name}
"""
TOLD = (
    "select source_balance, destination_balance from ledger_journal order by post_id, entry_index",
    "select entries_before, post_id_max, effective_span from ledger_journal_batch order by batch_no",
    "select batch_no, entry_count, post_id_max from ledger_journal_head",
)


@pytest.fixture
def revisions(tmp_path: Path) -> Path:
    """Write one migration for every revision of the ledger's schema."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT)
    names = sorted(
        (name for name in vars(ledger_schema) if re.fullmatch(r"[a-z_]+_tables_\d{4}", name)),
        key=lambda name: name[-4:],
    )
    for before, name in zip([None, *(name[-4:] for name in names)], names, strict=False):
        written = REVISION.format(number=name[-4:], before=repr(before), name=name)
        (tmp_path / "versions" / f"{name[-4:]}.py").write_text(written)
    return tmp_path


@pytest.fixture
async def old(postgres_server: TestServer, revisions: Path) -> AsyncIterator[AsyncEngine]:
    """An empty ledger as the first version knows it."""
    name = await postgres_server.fresh_database(MetaData())
    url = postgres_server.postgres.url(name)
    await upgrade(url, revisions, revision="0001")
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()
    await postgres_server.postgres.drop_database(name)


def batch(number: int) -> list[Command]:
    """Issue to A, then move from each to the next: A is in every second entry, and some entries count elsewhen."""
    what = {"kind": "move", "product": CEA, "flow_id": f"case-{number}"}
    first = Issue(**what, transfer_id=f"{number}/0", quantity=100, destination=PLACES[0], origin="37")
    return [
        first,
        *(
            Transfer(
                **what,
                transfer_id=f"{number}/{index}",
                quantity=10 - index,
                source=PLACES[(index - 1) % 3],
                destination=PLACES[index % 3],
                effective_time=NOON + timedelta(days=number - index) if number % 3 == 0 else None,
            )
            for index in range(1, 5)
        ),
    ]


async def post(
    engine: AsyncEngine, tables: LedgerTables, store: type[LedgerStore], numbers: Sequence[int]
) -> None:
    """Post batches in one transaction."""
    async with Database(engine).begin() as transaction:
        ledger = store(transaction, tables)
        for number in numbers:
            moment = NOON + timedelta(days=number)
            results = await ledger.post(batch(number), effective_time=moment, recorded_time=moment)
            assert all(isinstance(result, Entry) for result in results)


async def told(engine: AsyncEngine, tables: LedgerTables) -> list[object]:
    """What the journal tells of itself, and what it tells of the blocks of every day."""
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        return [
            *[[tuple(row) for row in await connection.execute(text(one))] for one in TOLD],
            *[
                await queries.blocks_held(place.account, effective=NOON + timedelta(days=day))
                for place in PLACES
                for day in range(9)
            ],
        ]


async def test_the_first_version_goes_on_behind_every_revision(
    old: AsyncEngine, engine: AsyncEngine, tables: LedgerTables, revisions: Path
) -> None:
    await post(old, tables, FirstVersionStore, [0, 1])
    await upgrade(old.url.render_as_string(hide_password=False), revisions)
    # On the connections that it has, with the statements that it has prepared.
    await post(old, tables, FirstVersionStore, [2])
    await post(old, tables, FirstVersionStore, [3, 4])
    await post(old, tables, LedgerStore, [5, 6])
    await post(old, tables, FirstVersionStore, [7])
    await post(old, tables, LedgerStore, [8])

    for numbers in ([0, 1], [2], [3, 4], [5, 6], [7], [8]):
        await post(engine, tables, LedgerStore, numbers)
    assert await told(old, tables) == await told(engine, tables)
    async with old.connect() as connection:
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
    assert verify_export(lines).wrong == []


async def test_the_first_version_opens_a_ledger_of_the_last_revision(
    old: AsyncEngine, engine: AsyncEngine, tables: LedgerTables, revisions: Path
) -> None:
    await upgrade(old.url.render_as_string(hide_password=False), revisions)
    for store, numbers in ((FirstVersionStore, [0, 1]), (LedgerStore, [2]), (FirstVersionStore, [3])):
        await post(old, tables, store, numbers)
        await post(engine, tables, LedgerStore, numbers)
    assert await told(old, tables) == await told(engine, tables)
