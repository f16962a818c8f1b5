"""Servicers that answer as a test asks, in place of the services that a command calls."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import grpc
import pytest


@pytest.fixture
def stand_in(monkeypatch) -> Iterator[Callable[..., Any]]:
    """Serve a servicer where the command looks for a service, and give it back."""
    with ThreadPoolExecutor(max_workers=2) as pool, ExitStack() as stack:

        def serve(service: str, add_to_server: Callable[[Any, grpc.Server], None], servicer: Any) -> Any:
            server = grpc.server(pool)
            add_to_server(servicer, server)
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            stack.callback(lambda: server.stop(grace=None).wait())
            monkeypatch.setenv(f"ETS_PEER_{service}", f"127.0.0.1:{port}")
            return servicer

        yield serve
