"""Fixtures for every distribution's tests: one private PostgreSQL per session, a fresh database per test.

Override `metadata` in a service's conftest to get that service's tables in `database`.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from ets_kernel.embedded.postgres import THROWAWAY_SETTINGS, EmbeddedPostgres
from ets_kernel.runtime.db import Database, kernel_tables


def pytest_configure() -> None:
    """Print tracebacks plainly: the pretty ones of structlog's default take a second each."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


class TestServer:
    """The session's server, with one template database per metadata that tests have asked for."""

    __test__ = False

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._templates: dict[int, tuple[MetaData, str]] = {}
        self._numbers = itertools.count(1)

    async def fresh_database(self, metadata: MetaData) -> str:
        """Make a database with the metadata's tables, copied from a template, and give its name."""
        _, template = self._templates.get(id(metadata), (metadata, ""))
        if not template:
            template = f"template_{next(self._numbers)}"
            await self.postgres.create_database(template)
            engine = create_async_engine(self.postgres.url(template))
            async with engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            await engine.dispose()
            self._templates[id(metadata)] = (metadata, template)
        name = f"test_{next(self._numbers)}"
        await self.postgres.create_database(name, template=template)
        return name


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestServer]:
    """Start the session's PostgreSQL; its data is thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ets-test-pg-"))
    postgres = EmbeddedPostgres.start(folder, THROWAWAY_SETTINGS)
    try:
        yield TestServer(postgres)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """Give the tables of `database`: the kernel's, unless a conftest says otherwise."""
    tables = MetaData()
    kernel_tables(tables)
    return tables


@pytest_asyncio.fixture
async def postgres_url(postgres_server: TestServer, metadata: MetaData) -> AsyncIterator[str]:
    """Give the URL of a fresh database with the metadata's tables."""
    name = await postgres_server.fresh_database(metadata)
    yield postgres_server.postgres.url(name)
    await postgres_server.postgres.drop_database(name)


@pytest.fixture
def empty_postgres_url(postgres_server: TestServer) -> Iterator[str]:
    """Give the URL of a fresh database without any table, for tests of migrations."""
    name = asyncio.run(postgres_server.fresh_database(MetaData()))
    yield postgres_server.postgres.url(name)
    asyncio.run(postgres_server.postgres.drop_database(name))


@pytest_asyncio.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Give a database with the metadata's tables, empty."""
    made = Database.create(postgres_url, application_name="test")
    yield made
    await made.dispose()
