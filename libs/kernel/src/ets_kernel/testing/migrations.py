"""The check that a service's migrations make exactly the tables that its code knows."""

from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ets_kernel.runtime.migrations import schema_of, upgrade
from ets_kernel.testing.plugin import TestServer


async def assert_migrations_make(metadata: MetaData, folder: Path, server: TestServer) -> None:
    """Migrate an empty database twice and compare it with one made from the metadata, constraint by constraint."""
    migrated = server.postgres.url(await server.fresh_database(MetaData()))
    made = server.postgres.url(await server.fresh_database(metadata))
    await upgrade(migrated, folder)
    await upgrade(migrated, folder)
    assert await _schema(migrated) == await _schema(made)


async def _schema(url: str) -> dict[str, list[str]]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(schema_of)
    finally:
        await engine.dispose()
