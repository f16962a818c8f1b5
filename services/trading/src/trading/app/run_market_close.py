"""Close a trading day in all markets: end what is left of orders and proposals, fix the closes."""

from dataclasses import dataclass
from datetime import date, datetime

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock, business_time
from ets_kernel.domain.errors import TooEarly

from trading.app.ports import DayClosed, UnitOfWork
from trading.domain.events import DailyQuotePublished
from trading.domain.orders import OrderStatus, end_order, end_proposal
from trading.domain.quotes import DailyQuote, ProductOnMarket, daily_quote
from trading.domain.rules import Markets, check_session_day
from trading.domain.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketClose:
    """What a close did: the quotes of all products with a base price, and how many orders and proposals ended."""

    quotes: tuple[DailyQuote, ...]
    expired_count: int


async def run_market_close(
    trading_date: date, *, uow: UnitOfWork, clock: Clock, calendar: SessionCalendar, markets: Markets
) -> MarketClose:
    """Close a date, missed dates before it first; a closed date gives its quotes again and changes nothing.

    MARKET_CLOSED when it is no session day, TOO_EARLY before the last market's close.
    """
    check_session_day(calendar, trading_date)
    _check_over(trading_date, clock.now(), markets)
    closed = await uow.quotes.closed_day(trading_date)
    if closed is None:
        for day in await uow.quotes.unclosed_dates(trading_date):
            if day < trading_date:
                await _close(day, uow=uow)
        closed = await _close(trading_date, uow=uow)
    quotes = await uow.quotes.of_date(trading_date)
    return MarketClose(quotes=tuple(quotes), expired_count=closed.expired_count)


def _check_over(day: date, now: datetime, markets: Markets) -> None:
    close = max(rules.close for rules in markets.values())
    earliest = business_time(day, close.hour, close.minute)
    if now < earliest:
        raise TooEarly(
            f"Trading on {day} goes on until {earliest.isoformat()}.",
            earliest_time=earliest.isoformat(),
            business_time=now.isoformat(),
        )


async def _close(day: date, *, uow: UnitOfWork) -> DayClosed:
    closed = DayClosed(trading_date=day, expired_count=await _end_orders(day, uow))
    trades: dict[ProductOnMarket, list[Trade]] = {}
    for trade in await uow.trades.of_date(day):
        trades.setdefault((trade.market, trade.product), []).append(trade)
    bases = await uow.quotes.base_prices(day)
    quotes = [
        daily_quote(key, day, previous_close_fen=base, trades=trades.get(key, ()))
        for key, base in sorted(bases.items())
    ]
    await uow.quotes.add(quotes)
    await uow.quotes.add_closed_day(closed)
    for quote in quotes:
        uow.record(DailyQuotePublished(quote=quote))
    return closed


async def _end_orders(day: date, uow: UnitOfWork) -> int:
    orders = await uow.orders.lock_open(day)
    proposals = await uow.orders.lock_open_proposals(day)
    positions = {(order.account_no, order.product) for order in orders}
    positions |= {(proposal.seller_account_no, proposal.product) for proposal in proposals}
    # Positions that nobody touched since also show what the session has freed in them.
    sheet = await uow.sheets.load((), positions | await uow.sheets.unreleased(day))
    ended = [end_order(sheet, order, OrderStatus.EXPIRED) for order in orders]
    ended_proposals = [end_proposal(sheet, proposal) for proposal in proposals]
    await uow.orders.save(ended)
    await uow.orders.save_proposals(ended_proposals)
    await uow.sheets.save(sheet)
    return len(ended) + len(ended_proposals)
