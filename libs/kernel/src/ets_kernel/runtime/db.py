"""The database of a service: transactions with a stated isolation, and one translation of foreign errors.

DB-1  A `Transaction` is READ COMMITTED; what it publishes is written with it, as its last statement.
DB-2  A snapshot is REPEATABLE READ and READ ONLY: everything read in it is of one moment.
DB-3  A failure that may pass by itself leaves here as DatabaseUnavailable, a text that no column can hold as
MalformedRequest; everything else is a bug and stays as it is.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import DatabaseUnavailable, MalformedRequest
from ets_kernel.runtime import outbox
from ets_kernel.runtime.outbox import OutgoingEvent
from ets_kernel.runtime.tables import KernelTables, kernel_tables

__all__ = ["Database", "KernelTables", "OutgoingEvent", "Transaction", "is_transient", "kernel_tables"]

POOL_WAIT_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 10.0
STATEMENT_SECONDS_MAX: Final = 120
LOCK_WAIT_SECONDS_MAX: Final = 20
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 120

# SQLSTATE classes, and single codes, of failures that may pass without anybody changing the request.
TRANSIENT_CLASSES: Final = frozenset({"08", "53", "57", "58"})
TRANSIENT_CODES: Final = frozenset({"25P03", "40001", "40P01", "55P03", "40003", "55006"})
# Of class 57, a cancelled statement has used up its time and a dropped database will not come back.
FINAL_CODES: Final = frozenset({"57014", "57P04"})
# A NUL in a text: the contract lets it through, and no column takes it.
UNSTORABLE_CODE: Final = "22021"

Act = Callable[[], Awaitable[None]]


class Transaction:
    """One unit of state, journal, request and outbox rows that is committed together or not at all."""

    __slots__ = ("_acts", "_events", "_last_acts", "connection")

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._events: list[OutgoingEvent] = []
        self._acts: list[Act] = []
        self._last_acts: list[Act] = []

    def before_commit(self, act: Act) -> None:
        """Run `act` once when everything else is done, before the outbox is written; what it raises rolls back.

        So a transaction that handles many events can write what they have in common in one go.
        """
        self._acts.append(act)

    def at_last(self, act: Act) -> None:
        """Run `act` once behind the acts above: for what locks a row that every other transaction needs."""
        self._last_acts.append(act)

    def publish(self, event: OutgoingEvent) -> None:
        """Keep an event for the outbox; it is written just before the commit, in order of publication."""
        self._events.append(event)

    async def flush(self) -> bool:
        """Run the last acts, write the events kept so far and lock their streams; tell whether there were any."""
        await self._run(self._acts)
        await self._run(self._last_acts)
        if not self._events:
            return False
        events, self._events = self._events, []
        await outbox.append(self.connection, events)
        return True

    @staticmethod
    async def _run(acts: list[Act]) -> None:
        while acts:
            await acts.pop(0)()


class Database:
    """The connections of one process to its service's own database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._on_published: list[Callable[[], None]] = []

    @classmethod
    def create(cls, url: str, *, pool_size_max: int = 6, application_name: str = "ets") -> "Database":
        """Make the pool; no connection is opened before the first use."""
        # Another driver would be slower and would tell its errors in other words than `is_transient` knows.
        ensure(url.startswith("postgresql+asyncpg://"), "a database URL starts with postgresql+asyncpg://")
        engine = create_async_engine(
            url,
            pool_size=pool_size_max,
            max_overflow=0,
            pool_timeout=POOL_WAIT_SECONDS,
            pool_reset_on_return="rollback",
            isolation_level="READ COMMITTED",
            connect_args={
                "timeout": CONNECT_SECONDS,
                "prepared_statement_cache_size": 500,
                "server_settings": {
                    "application_name": application_name,
                    "DateStyle": "ISO",
                    "TimeZone": "UTC",
                    # Every statement of ours is short; compiling one costs more than it saves.
                    "jit": "off",
                    "statement_timeout": str(STATEMENT_SECONDS_MAX * 1000),
                    "lock_timeout": str(LOCK_WAIT_SECONDS_MAX * 1000),
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_SECONDS_MAX * 1000),
                },
            },
        )
        return cls(engine)

    def on_published(self, notify: Callable[[], None]) -> None:
        """Call `notify` after every commit that wrote to the outbox; it must neither block nor raise."""
        self._on_published.append(notify)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """Run a transaction: committed when the block ends, rolled back when it raises."""
        with translated():
            async with self._connection() as connection:
                async with connection.begin():
                    transaction = Transaction(connection)
                    yield transaction
                    published = await transaction.flush()
                if published:
                    for notify in self._on_published:
                        notify()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Read as of one moment, without writing."""
        with translated():
            async with self._connection() as connection:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self.engine.connect()
        except (OSError, TimeoutError) as error:
            # asyncpg lets the socket's own errors through while it connects, and only then.
            raise DatabaseUnavailable("the database cannot be reached") from error
        try:
            yield connection
        finally:
            # Shielded: a cancelled task must not leave its connection half returned.
            await asyncio.shield(asyncio.create_task(connection.close()))

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Raise DatabaseUnavailable for whatever may pass by itself, MalformedRequest for a text that cannot be stored."""
    try:
        yield
    except (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        if is_transient(error):
            raise DatabaseUnavailable(
                "the database broke off", sqlstate=_sqlstate(error), cause=type(error).__name__
            ) from error
        if _sqlstate(error) == UNSTORABLE_CODE:
            raise MalformedRequest("a text holds a character that cannot be stored", rule="text") from error
        raise


def is_transient(error: BaseException) -> bool:
    """Tell whether the same transaction may succeed later: connection lost, deadlock, resources, shutdown."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, asyncpg.PostgresConnectionError):
        return True
    code = _sqlstate(error)
    if code:
        return code not in FINAL_CODES and (code in TRANSIENT_CODES or code[:2] in TRANSIENT_CLASSES)
    # A client-side error has no code. asyncpg says so in words when the connection went away under it.
    cause = _driver_error(error)
    return isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause)


def _sqlstate(error: BaseException) -> str:
    return str(getattr(_driver_error(error), "sqlstate", None) or "")


def _driver_error(error: BaseException) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error
