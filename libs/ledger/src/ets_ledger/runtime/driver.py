"""The driver's own connection, as far as the ledger uses it."""

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
