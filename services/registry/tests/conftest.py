import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from ets_kernel.runtime import retries
from ets_kernel.runtime.db import Database
from ets_kernel.testing.plugin import TestServer
from registry.adapters.db.schema import metadata as registry_metadata
from sqlalchemy import MetaData

sys.path.insert(0, str(Path(__file__).parent))

from registry_world import World, running_world


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """The registry's tables in `database`."""
    return registry_metadata


@pytest_asyncio.fixture
async def world(
    database: Database, postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The registry behind gRPC, and everybody whose events it consumes."""
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    others = Database.create(
        postgres_server.postgres.url(await postgres_server.fresh_database(registry_metadata))
    )
    async with running_world(database, others) as world:
        yield world
    await others.dispose()
