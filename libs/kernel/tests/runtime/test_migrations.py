"""Migrations of a service's database."""

import asyncio

import pytest
from ets_kernel.runtime.migrations import upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

ENV = """
from sqlalchemy import MetaData
from ets_kernel.runtime.migrations import run_migrations

run_migrations(MetaData())
"""

FIRST = """
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE holding (quantity_tco2e bigint NOT NULL)")
    op.execute("INSERT INTO holding VALUES (7)")
"""

SECOND_FAILS = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("CREATE TABLE other (id bigint)")
    op.execute("SELECT 1 / 0")
"""


@pytest.fixture
def migrations(tmp_path):
    folder = tmp_path / "100% migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV, encoding="utf-8")
    (folder / "versions" / "0001_initial.py").write_text(FIRST, encoding="utf-8")
    return folder


async def values_of(url, statement):
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        values = list((await connection.execute(text(statement))).scalars())
    await engine.dispose()
    return values


def test_a_database_is_brought_to_the_newest_revision_once(empty_postgres_url, migrations):
    for _ in range(2):
        asyncio.run(upgrade(empty_postgres_url, migrations))
    assert asyncio.run(values_of(empty_postgres_url, "SELECT quantity_tco2e FROM holding")) == [7]


def test_a_revision_that_fails_leaves_the_database_as_it_was(empty_postgres_url, migrations):
    asyncio.run(upgrade(empty_postgres_url, migrations))
    (migrations / "versions" / "0002_fails.py").write_text(SECOND_FAILS, encoding="utf-8")
    with pytest.raises(DBAPIError):
        asyncio.run(upgrade(empty_postgres_url, migrations))
    assert asyncio.run(values_of(empty_postgres_url, "SELECT version_num FROM alembic_version")) == ["0001"]
    assert asyncio.run(values_of(empty_postgres_url, "SELECT to_regclass('other')::text")) == [None]
