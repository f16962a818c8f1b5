"""The driver's own connection, as far as the ledger uses it, and its parameters.

A column of values is sent as the text of a PostgreSQL array: asyncpg looks at every element of a list several
times, and that was a sixth of the poster's processor time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Driver(Protocol):
    """The part of asyncpg's connection that posting uses."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Return all rows."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...


def numbers(values: Iterable[int]) -> str:
    """Return integers as the text of an array."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Sequence[str]) -> str:
    """Return texts as the text of an array, quoted, and escaped where any of them needs it."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f'{{"{joined}"}}'
