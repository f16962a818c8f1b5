import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ets_kernel.testing.plugin import TestServer
from ets_ledger.runtime import LedgerTables, ledger_tables
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

sys.path.insert(0, str(Path(__file__).parent))

_METADATA = MetaData()
_TABLES = ledger_tables(_METADATA, "ledger")
_PLAIN_TABLES = ledger_tables(_METADATA, "position", has_blocks=False)


@pytest.fixture
async def engine(postgres_server: TestServer) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database with both ledgers."""
    name = await postgres_server.fresh_database(_METADATA)
    engine = create_async_engine(postgres_server.postgres.url(name))
    yield engine
    await engine.dispose()
    await postgres_server.postgres.drop_database(name)


@pytest.fixture
def tables() -> LedgerTables:
    """A ledger with serial blocks."""
    return _TABLES


@pytest.fixture
def plain_tables() -> LedgerTables:
    """A ledger that counts units and does not tell them apart."""
    return _PLAIN_TABLES
