"""Fixtures of the tests of trading."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from ets_kernel.runtime.db import Database
from ets_kernel.testing.serving import serving
from sqlalchemy import MetaData
from trading.adapters.db.tables import metadata as trading_metadata

sys.path.insert(
    0, str(Path(__file__).parent)
)  # Helpers of several test modules: trading_market, trading_steps.

from trading_market import Market, make_market


@pytest.fixture(scope="session")
def metadata() -> MetaData:
    """The tables of trading in `database`."""
    return trading_metadata


@pytest_asyncio.fixture
async def bare_market(database: Database) -> Market:
    """Give a service without gRPC."""
    return make_market(database)


@pytest_asyncio.fixture
async def market(database: Database) -> AsyncIterator[Market]:
    """Give a service behind gRPC, on Monday 2021-11-01 at 10:00."""
    made = make_market(database)
    async with serving(*made.served()) as running:
        made.connect(running)
        yield made
