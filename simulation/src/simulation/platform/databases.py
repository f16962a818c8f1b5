"""The databases of the services on a PostgreSQL server that was given in place of the embedded one."""

from collections.abc import Mapping
from typing import Final

import asyncpg

from simulation.platform.layout import SERVICES

NAMES: Final[Mapping[str, str]] = {service: f"ets_{service.replace('-', '_')}" for service in SERVICES}
CONNECT_SECONDS_MAX: Final = 10


class ServerUnreachable(Exception):
    """The given server does not let us in; the text says why, without the password."""


async def existing_databases(url: str) -> list[str]:
    """Give the names of the services' databases that are on the server; raises ServerUnreachable."""
    connection = await _connect(url)
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname = ANY($1) ORDER BY datname", list(NAMES.values())
        )
    finally:
        await connection.close()
    return [row["datname"] for row in rows]


async def make_databases(url: str) -> dict[str, str]:
    """Make the databases that are missing; gives the URL of each service's. Raises ServerUnreachable."""
    found = await existing_databases(url)
    connection = await _connect(url)
    try:
        for name in NAMES.values():
            if name not in found:
                await connection.execute(
                    f"CREATE DATABASE \"{name}\" TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'"
                )
    finally:
        await connection.close()
    base, _, query = url.partition("?")
    server = base.rsplit("/", 1)[0]
    suffix = f"?{query}" if query else ""
    return {service: f"{server}/{name}{suffix}" for service, name in NAMES.items()}


async def _connect(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url.replace("+asyncpg", ""), timeout=CONNECT_SECONDS_MAX)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        place = url.rpartition("@")[2] or url
        raise ServerUnreachable(f"no PostgreSQL at {place}: {error or type(error).__name__}") from error
