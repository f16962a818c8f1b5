"""What may happen to a running platform at any moment: a service is killed, the broker is lost, connections are cut.

FLT-1  Only processes and connections of the platform itself are struck, found through its own state file.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable
from typing import Final

import asyncpg

from simulation.platform import control
from simulation.platform.layout import Layout, PlatformState

OWN_NAME: Final = "ets-fault"


def kill_service(layout: Layout, service: str) -> None:
    """End a service without warning; its supervisor starts it again."""
    _kill(_state(layout).services[service].pid)


def kill_broker(layout: Layout) -> None:
    """End the embedded broker without warning; its supervisor starts it again, empty and at another address."""
    _kill(_state(layout).broker_pid)


async def cut_connections(urls: Iterable[str]) -> int:
    """End every connection to these databases but the own; gives how many there were."""
    return sum(await asyncio.gather(*(_cut(url) for url in urls)))


async def cut_every_connection(layout: Layout) -> int:
    """End every connection of the services to their databases; gives how many there were."""
    return await cut_connections(address.database_url for address in _state(layout).services.values())


async def _cut(url: str) -> int:
    # Two cuts at once must not cut each other.
    own = {"application_name": OWN_NAME}
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings=own)
    try:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name <> $1",
            OWN_NAME,
        )
    finally:
        await connection.close()
    return len(ended)


def _state(layout: Layout) -> PlatformState:
    state = control.running(layout)
    if state is None:
        raise control.PlatformFailed(f"nothing runs in {layout.root}")
    return state


def _kill(pid: int) -> None:
    # A process that has just died is as dead as it should be.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
