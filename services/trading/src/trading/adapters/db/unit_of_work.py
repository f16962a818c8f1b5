"""One transaction of trading: its repositories, and its facts on their way to the outbox."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.db import Database, Transaction

from trading.adapters.db.deals import SqlOrders, SqlTrades
from trading.adapters.db.quotes import SqlQuotes
from trading.adapters.db.repositories import SqlAccounts, SqlMovements, SqlNumbers, SqlSheets
from trading.adapters.events import outgoing
from trading.app.ports import (
    Accounts,
    Begin,
    Movements,
    Numbers,
    Orders,
    Quotes,
    Sheets,
    Trades,
    UnitOfWork,
)
from trading.domain.events import Fact


class SqlUnitOfWork:
    """The unit of work on a PostgreSQL transaction; all of it is recorded at one business time."""

    def __init__(self, transaction: Transaction, *, clock: Clock, calendar: SessionCalendar) -> None:
        connection = transaction.connection
        now = clock.now()
        self._transaction = transaction
        self._now = now
        self.accounts: Accounts = SqlAccounts(connection, now)
        self.sheets: Sheets = SqlSheets(connection, now, calendar)
        self.numbers: Numbers = SqlNumbers(connection)
        self.movements: Movements = SqlMovements(connection, now)
        self.orders: Orders = SqlOrders(connection, now)
        self.trades: Trades = SqlTrades(connection, now)
        self.quotes: Quotes = SqlQuotes(connection, now)

    def record(self, fact: Fact) -> None:
        """Tell others, when the transaction is committed."""
        self._transaction.publish(outgoing(fact, self._now))


def units_of_work(*, clock: Clock, calendar: SessionCalendar) -> Callable[[Transaction], UnitOfWork]:
    """Make what gives every transaction its unit of work."""

    def make(transaction: Transaction) -> UnitOfWork:
        return SqlUnitOfWork(transaction, clock=clock, calendar=calendar)

    return make


def beginning(database: Database, make: Callable[[Transaction], UnitOfWork]) -> Begin:
    """Make what begins transactions for a use case that needs several."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[UnitOfWork]:
        async with database.begin() as transaction:
            yield make(transaction)

    return begin
