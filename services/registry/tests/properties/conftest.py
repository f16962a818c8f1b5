import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ets_kernel.runtime import retries
from ets_kernel.testing.plugin import TestServer
from registry.adapters.db.schema import metadata

sys.path.insert(0, str(Path(__file__).parent))

from machine import RegistryMachine
from machine_registry import RegistryUnderTest


@pytest.fixture
def bind(postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Bind a machine to a registry on a database of its own, and to a model."""
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    name = asyncio.run(postgres_server.fresh_database(metadata))
    registry = RegistryUnderTest(postgres_server.postgres.url(name))

    def bound(model: type[Any], machine: type[Any] = RegistryMachine) -> type[Any]:
        values = {"registry": registry, "model_class": model, "seen": Counter()}
        return type("BoundMachine", (machine,), values)

    yield bound
    registry.close()
    asyncio.run(postgres_server.postgres.drop_database(name))
