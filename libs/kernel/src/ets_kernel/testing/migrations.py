"""Checks of a service's migrations: they make exactly the tables that its code knows, and those before them survive."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ets_kernel.runtime.migrations import schema_of, upgrade
from ets_kernel.testing.plugin import TestServer

# A row can be inserted without naming a column that may be null, or that the database makes a value for.
_COLUMNS: Final = text("""
SELECT table_name || '.' || column_name, udt_name,
       is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'
FROM information_schema.columns WHERE table_schema = 'public'
""")
Columns = dict[str, tuple[str, bool]]


async def assert_migrations_make(metadata: MetaData, folder: Path, server: TestServer) -> None:
    """Migrate an empty database twice and compare it with one made from the metadata, constraint by constraint."""
    migrated = server.postgres.url(await server.fresh_database(MetaData()))
    made = server.postgres.url(await server.fresh_database(metadata))
    await upgrade(migrated, folder)
    await upgrade(migrated, folder)
    assert await _schema(migrated) == await _schema(made)


async def assert_rows_of_every_revision_fit(
    folder: Path, server: TestServer, *, filled_in: Collection[str] = ()
) -> None:
    """Show that a row with the columns of any revision can be read and inserted behind the last one (MIG-4).

    `filled_in` names the columns, as table.column, that a trigger fills in where they are left out.
    """
    url = server.postgres.url(await server.fresh_database(MetaData()))
    known: list[Columns] = []
    for version in sorted((folder / "versions").glob("*.py")):
        await upgrade(url, folder, revision=version.stem.partition("_")[0])
        known.append(await _columns(url))
    last = known[-1]
    for before in known:
        tables = {name.partition(".")[0] for name in before}
        assert {name for name in before if name not in last or last[name][0] != before[name][0]} == set()
        asked = {
            name for name, (_, is_asked) in last.items() if is_asked and name.partition(".")[0] in tables
        }
        assert asked - set(before) <= set(filled_in)


async def _columns(url: str) -> Columns:
    def read(connection: Connection) -> Columns:
        return {name: (kind, is_asked) for name, kind, is_asked in connection.execute(_COLUMNS)}

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(read)
    finally:
        await engine.dispose()


async def _schema(url: str) -> dict[str, list[str]]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(schema_of)
    finally:
        await engine.dispose()
