"""Migrations: written from the tables, run once, equal to the tables."""

import asyncio

import pytest
from ets_kernel.embedded.revise import revise
from ets_kernel.runtime import migrations
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.migrations import assert_migrations_make
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

MORE = """
from alembic import op

revision = "{number:04d}"
down_revision = "{before:04d}"


def upgrade():
    op.execute("CREATE TABLE new_{number} (id int)")
    op.execute("ALTER TABLE kernel_request ADD COLUMN more_{number} int")
"""


@pytest.fixture
async def folder(tmp_path, metadata):
    made = tmp_path / "migrations"
    await revise(metadata, made, "initial")
    return made


async def test_a_written_migration_makes_exactly_the_tables(folder, metadata, postgres_server):
    (version,) = (folder / "versions").glob("*.py")
    assert version.name == "0001_initial.py"
    await assert_migrations_make(metadata, folder, postgres_server)

    # A check constraint is what alembic's own comparison does not see.
    version.write_text(version.read_text().replace("sequence > 0", "sequence > 1"))
    with pytest.raises(AssertionError):
        await assert_migrations_make(metadata, folder, postgres_server)


async def test_processes_that_migrate_at_the_same_time_take_turns(folder, postgres_server):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await asyncio.gather(*(upgrade(url, folder) for _ in range(3)))


async def test_a_migration_that_waits_for_a_table_gives_up_and_changes_nothing(
    folder, metadata, postgres_server, monkeypatch
):
    monkeypatch.setattr(migrations, "LOCK_WAIT_SECONDS_MAX", 0.01)
    (first,) = (folder / "versions").glob("*.py")
    (folder / "versions" / "0002_more.py").write_text(MORE.format(number=2, before=1))
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, folder, revision=first.stem[:4])
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("LOCK TABLE kernel_request IN ACCESS SHARE MODE"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            await upgrade(url, folder)
        before = await connection.run_sync(migrations.schema_of)
    assert "new_2" not in before
    await upgrade(url, folder)
    async with engine.connect() as connection:
        assert "new_2" in await connection.run_sync(migrations.schema_of)
    await engine.dispose()


async def test_several_migrations_lock_all_tables_first(folder, metadata, postgres_server, monkeypatch):
    monkeypatch.setattr(migrations, "LOCK_WAIT_SECONDS_MAX", 0.01)
    (first,) = (folder / "versions").glob("*.py")
    for number in (2, 3):
        (folder / "versions" / f"{number:04d}_more.py").write_text(
            MORE.format(number=number, before=number - 1)
        )
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, folder, revision=first.stem[:4])
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        # None of them touches this one.
        await connection.execute(text("LOCK TABLE kernel_dead_letter IN ACCESS SHARE MODE"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            await upgrade(url, folder)
        await upgrade(url, folder, revision="0002")
        await upgrade(url, folder, revision="0003")
    await engine.dispose()
