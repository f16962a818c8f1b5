import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from ets_kernel.runtime import retries
from ets_kernel.runtime.db import Database
from ets_kernel.testing.clock import HandClock
from ets_kernel.testing.plugin import TestServer
from mrv.adapters.db.tables import metadata as mrv_metadata
from sqlalchemy import MetaData

sys.path.insert(0, str(Path(__file__).parent))

from mrv_world import World, running_world


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """The platform's tables in `database`."""
    return mrv_metadata


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still until a test moves it."""
    return HandClock()


@pytest_asyncio.fixture
async def world(
    database: Database, postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The platform behind gRPC, and everybody whose events it consumes."""
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    others = Database.create(postgres_server.postgres.url(await postgres_server.fresh_database(mrv_metadata)))
    async with running_world(database, others) as world:
        yield world
    await others.dispose()
