import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from ccer_bridge.adapters.db.tables import metadata as ccer_metadata
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime import retries
from ets_kernel.runtime.db import Database
from ets_kernel.testing.plugin import TestServer
from sqlalchemy import MetaData

sys.path.insert(0, str(Path(__file__).parent))

from ccer_fakes import NOW
from ccer_world import World, running_world


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """The tables of the voluntary-reduction registry in `database`."""
    return ccer_metadata


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until a test sets it."""
    return FixedClock(NOW)


@pytest_asyncio.fixture
async def world(
    database: Database, postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The voluntary-reduction registry behind gRPC, and everybody whose events it consumes."""
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    others = Database.create(
        postgres_server.postgres.url(await postgres_server.fresh_database(ccer_metadata))
    )
    async with running_world(database, others) as world:
        yield world
    await others.dispose()
