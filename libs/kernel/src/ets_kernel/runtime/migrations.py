"""Alembic migrations of a service's own database, run by ``python -m <service>.main migrate``.

A service's ``migrations/env.py`` is one call of ``run_migrations``. Alembic is imported only by whoever
migrates.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# One migration at a time, however many jobs are started: "ets" in ASCII.
_LOCK_KEY: Final = 0x657473


async def upgrade(url: str, migrations: Path) -> None:
    """Bring the database to the newest revision, all revisions in one transaction."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            await connection.run_sync(_upgrade, migrations)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, migrations: Path) -> None:
    from alembic import command  # noqa: PLC0415  # serving processes never pay for it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_migrations(metadata: MetaData) -> None:
    """Run the revisions on the connection that ``upgrade`` holds; called from ``env.py``."""
    from alembic import context  # noqa: PLC0415

    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    context.run_migrations()
