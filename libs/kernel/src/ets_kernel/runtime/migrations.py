"""Migrations of a service's database: alembic, run from the service's own folder without a configuration file.

MIG-1  Only one process migrates a database at a time; the others wait and then find nothing to do.
MIG-2  A migrated database has exactly the schema of the service's metadata (`schema_of` shows both).
MIG-4  A process of the version before goes on behind a migration, reading and writing: migrations only add, and what
       they add has a default or is filled in. What is no longer used is taken away one version later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ets_kernel.runtime.db import LOCK_WAIT_SECONDS_MAX

LATEST: Final = "head"

# An arbitrary number that every version of this program must share.
_LOCK_KEY: Final = 4_052_021

_VERSION_TABLE: Final = "kernel_alembic_version"
_CONNECTION: Final = "connection"
_METADATA: Final = "metadata"

_SCHEMA: Final = text("""
SELECT table_name, format('column %s %s%s%s', column_name,
           coalesce(domain_name, udt_name) || coalesce('(' || character_maximum_length || ')', '')
           || CASE WHEN data_type = 'numeric' THEN format('(%s,%s)', numeric_precision, numeric_scale) ELSE '' END,
           CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END,
           coalesce(' DEFAULT ' || column_default, '')
           || coalesce(' GENERATED ' || nullif(identity_generation, ''), '')) AS part
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT conrelid::regclass::text, format('constraint %s %s', conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
UNION ALL
SELECT tablename::text, 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT tgrelid::regclass::text, 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2
""")

_TABLES: Final = text("""
SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'
ORDER BY tablename NOT IN ('kernel_request', 'kernel_inbox'), tablename
""")


async def upgrade(url: str, folder: Path, *, revision: str = LATEST) -> None:
    """Bring a database to a revision; one that is there already is left as it is."""
    await _with_connection(url, lambda connection: _upgrade(connection, folder, revision))


async def write_revision(url: str, folder: Path, metadata: MetaData, *, message: str) -> None:
    """Write the migration from an up-to-date database to the metadata into the folder, for review by hand."""
    await _with_connection(url, lambda connection: _write_revision(connection, folder, metadata, message))


def run_environment() -> None:
    """Run migrations on the connection that this module gave; the whole content of a service's `env.py`."""
    connection: Connection = context.config.attributes[_CONNECTION]
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get(_METADATA),
        compare_type=True,
        compare_server_default=True,
        version_table=_VERSION_TABLE,
    )
    with context.begin_transaction():
        context.run_migrations()


def schema_of(connection: Connection) -> dict[str, list[str]]:
    """Give columns, constraints, indexes and triggers per table, as text; alembic's own table left out."""
    schema: dict[str, list[str]] = {}
    for table, part in connection.execute(_SCHEMA):
        if table != _VERSION_TABLE:
            schema.setdefault(table, []).append(part)
    return schema


def _upgrade(connection: Connection, folder: Path, revision: str) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    # Whoever comes behind a migration that waits for a table waits with it: better it gives up and is run again.
    connection.execute(
        text("SELECT set_config('lock_timeout', :milliseconds, true)"),
        {"milliseconds": str(int(LOCK_WAIT_SECONDS_MAX * 1000))},
    )
    config = _config(folder, connection)
    if _pending_count(connection, config, revision) > 1:
        _lock_all(connection)
    command.upgrade(config, revision)


def _pending_count(connection: Connection, config: Config, revision: str) -> int:
    present = MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE})
    pending = ScriptDirectory.from_config(config).iterate_revisions(revision, present.get_current_revision())
    return sum(1 for _ in pending)


def _lock_all(connection: Connection) -> None:
    """Take every table now: several migrations take them in an order of their own, against that of reads and commands.

    That would end as a deadlock, after the work of minutes. Commands and consumers enter by their own table first.
    """
    tables = connection.execute(_TABLES).scalars().all()
    if tables:
        connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"))


def _write_revision(connection: Connection, folder: Path, metadata: MetaData, message: str) -> None:
    config = _config(folder, connection, metadata)
    versions = len(list((folder / "versions").glob("*.py")))
    command.revision(config, message=message, autogenerate=True, rev_id=f"{versions + 1:04d}")


def _config(folder: Path, connection: Connection, metadata: MetaData | None = None) -> Config:
    config = Config()
    # Alembic reads `%` in its settings as the start of an interpolation.
    config.set_main_option("script_location", str(folder.resolve()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes[_CONNECTION] = connection
    config.attributes[_METADATA] = metadata
    return config


async def _with_connection(url: str, run: Callable[[Connection], None]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()
