"""The driver's own connection, as far as hot statements use it, and its parameters.

A column of values is sent as the text of a PostgreSQL array: asyncpg looks at every element of a list several
times, and that was a sixth of the poster's processor time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from ets_kernel.domain.ensure import ensure
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Driver(Protocol):
    """The part of asyncpg's connection that hot statements use."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Return all rows."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...


async def driver_of(connection: AsyncConnection) -> Driver:
    """Return the driver's connection under the caller's transaction, which has begun."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.is_in_transaction():
        # SQLAlchemy begins the transaction with the first statement that goes through it.
        await connection.execute(text("select 1"))
    ensure(driver.is_in_transaction(), "hot statements run within the caller's transaction")
    checked: Driver = driver
    return checked


def numbers(values: Iterable[int | str]) -> str:
    """Return integers, or their texts, as the text of an array."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Sequence[str]) -> str:
    """Return texts as the text of an array, quoted, and escaped where any of them needs it."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f'{{"{joined}"}}'
