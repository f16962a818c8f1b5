"""Every read of trading, as of a moment. No rules, but that T+1 has freed what it has freed by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import business_date
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode

from trading.domain.accounts import Position, TradingAccount
from trading.domain.errors import TradingAccountNotFound
from trading.domain.orders import Order
from trading.domain.quotes import DailyQuote
from trading.domain.trades import Trade

Key = tuple[str | int, ...]
"""Where a list goes on: the values by which it is ordered, of the last row shown; () at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Rows of one market, or of all, between two dates, both included, None for no bound."""

    market: MarketCode | None
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account with its positions by product."""

    account: TradingAccount
    positions: tuple[Position, ...]


class Reads(Protocol):
    """The books of one moment."""

    async def account(self, account_no: AccountNo, as_of: datetime) -> TradingAccount | None:
        """Give an account with its cash as recorded then."""
        ...

    async def positions(self, account_no: AccountNo, as_of: datetime) -> list[Position]:
        """Give an account's positions as recorded then, by product."""
        ...

    async def open_orders(
        self, market: MarketCode, product: ProductCode, as_of: datetime, after: Key, limit: int
    ) -> Sequence[Order]:
        """Give open orders by side, price and number."""
        ...

    async def trades(self, wanted: DateRange, as_of: datetime, after: Key, limit: int) -> Sequence[Trade]:
        """Give trades by number, in the state as recorded then."""
        ...

    async def quotes(
        self, wanted: DateRange, as_of: datetime, after: Key, limit: int
    ) -> Sequence[DailyQuote]:
        """Give quotes by date, market and product."""
        ...


async def get_trading_account(
    account_no: AccountNo,
    credit_code: CreditCode,
    *,
    as_of: datetime,
    reads: Reads,
    calendar: SessionCalendar,
) -> AccountView:
    """Give an account of a holder; TRADING_ACCOUNT_NOT_FOUND, also for another's."""
    account = await reads.account(account_no, as_of)
    if account is None or account.credit_code != credit_code:
        raise TradingAccountNotFound(f"{credit_code} has no account {account_no}.", account_no=account_no)
    today = business_date(as_of)
    positions = []
    for position in await reads.positions(account_no, as_of):
        freed = position.release(calendar, today)
        positions.append(position if freed is None else position.moved(freed))
    return AccountView(account=account, positions=tuple(positions))
