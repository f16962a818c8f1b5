"""Place listed orders (挂牌申报), valid for the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import CreditCode, MarketCode, OrderId, ProductCode, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.app.sessions import Session, join_session
from trading.domain.numbering import Series, series_of
from trading.domain.orders import Order, Side, place
from trading.domain.quotes import ProductOnMarket, base_price
from trading.domain.rules import Markets, check_price, check_product, check_quantity
from trading.domain.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlacement:
    """One order to place: price in fen per tCO2e, quantity in tCO2e."""

    market: MarketCode
    credit_code: CreditCode
    product: ProductCode
    side: Side
    price_fen_per_tco2e: int
    quantity_tco2e: int


async def place_listed_orders(
    placements: Sequence[OrderPlacement],
    *,
    uow: UnitOfWork,
    clock: Clock,
    calendar: SessionCalendar,
    markets: Markets,
) -> list[Outcome]:
    """Place orders; per item the order's number or, in this order, MARKET_CLOSED, OUTSIDE_TRADING_HOURS,
    TRADING_ACCOUNT_NOT_FOUND, SALE_STOPPED, PRODUCT_INVALID, REFERENCE_PRICE_MISSING, PRICE_OUTSIDE_LIMIT,
    QUANTITY_OUTSIDE_LIMIT, BOUGHT_TODAY or INSUFFICIENT_POSITION, INSUFFICIENT_CASH.
    """  # noqa: D205
    session = await join_session(uow, clock=clock, calendar=calendar)
    today = session.today
    series = {
        item.market: series_of(Series.ORDER, item.market, today)
        for item in placements
        if item.market in markets
    }
    numbering = await uow.numbers.lock(series.values())
    prices = await uow.quotes.base_prices(today, {(item.market, item.product) for item in placements})
    sheet = await _load(placements, uow)
    made: list[Order] = []

    def decide(item: OrderPlacement) -> str:
        _check(item, sheet, prices, session=session, markets=markets)
        number = numbering.peek(series[item.market])
        order = _order(item, number, sheet, today)
        place(sheet, order)

        # From here on the order stands.
        numbering.take(series[item.market])
        made.append(order)
        return number

    outcomes = decide_each(placements, decide)
    await uow.orders.save(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes


async def _load(placements: Sequence[OrderPlacement], uow: UnitOfWork) -> Sheet:
    accounts = {trading_account(item.market, item.credit_code) for item in placements}
    sold = {
        (trading_account(item.market, item.credit_code), item.product)
        for item in placements
        if item.side is Side.SELL
    }
    return await uow.sheets.load(accounts, sold)


def _check(
    item: OrderPlacement,
    sheet: Sheet,
    prices: dict[ProductOnMarket, int],
    *,
    session: Session,
    markets: Markets,
) -> None:
    rules = markets.get(item.market)
    if rules is not None:
        session.trading_date(rules.listed)
    account = sheet.account(trading_account(item.market, item.credit_code))
    if item.side is Side.SELL:
        account.require_sale()
    # A market without rules has no accounts, so the line above has refused it.
    rules = markets[item.market]
    check_product(rules, item.product)
    close = base_price(prices, (item.market, item.product))
    check_price(rules.listed, previous_close_fen=close, price_fen=item.price_fen_per_tco2e)
    check_quantity(rules.listed, item.quantity_tco2e)


def _order(item: OrderPlacement, number: str, sheet: Sheet, today: date) -> Order:
    return Order(
        order_no=OrderId(number),
        market=item.market,
        trading_date=today,
        account_no=trading_account(item.market, item.credit_code),
        product=item.product,
        side=item.side,
        price_fen_per_tco2e=item.price_fen_per_tco2e,
        quantity_tco2e=item.quantity_tco2e,
        placed_time=sheet.now,
    )
