"""Migrations: written from the tables, run once, equal to the tables."""

import asyncio

import pytest
from ets_kernel.embedded.revise import revise
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.migrations import assert_migrations_make
from sqlalchemy import MetaData


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
