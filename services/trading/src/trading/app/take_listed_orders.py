"""Take listed orders (摘牌) at their price, in full or in part."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import CreditCode, OrderId, TradeId, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.app.sessions import Session, join_session
from trading.domain.errors import OrderNotFound, OwnOrder
from trading.domain.events import TradeAgreed
from trading.domain.numbering import Series, series_of
from trading.domain.orders import Order, OrderStatus, Side
from trading.domain.price_levels import PriceLevels
from trading.domain.rules import Markets, check_quantity
from trading.domain.sheet import PositionKey, Sheet
from trading.domain.trades import Trade, take


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTake:
    """One order to take, quantity in tCO2e."""

    credit_code: CreditCode
    order_no: OrderId
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """What the batch works on."""

    orders: dict[OrderId, Order]
    levels: PriceLevels
    sheet: Sheet
    session: Session
    markets: Markets


async def take_listed_orders(
    takes: Sequence[OrderTake],
    *,
    uow: UnitOfWork,
    clock: Clock,
    calendar: SessionCalendar,
    markets: Markets,
) -> list[Outcome]:
    """Take orders; per item the trade's number or, in this order, ORDER_NOT_FOUND, MARKET_CLOSED,
    OUTSIDE_TRADING_HOURS, TRADING_ACCOUNT_NOT_FOUND, SALE_STOPPED, ORDER_NOT_OPEN, OWN_ORDER,
    QUANTITY_OUTSIDE_LIMIT, ORDER_QUANTITY_EXCEEDED, NOT_AMONG_BEST_PRICES, BOUGHT_TODAY or INSUFFICIENT_POSITION,
    INSUFFICIENT_CASH.
    """  # noqa: D205
    session = await join_session(uow, clock=clock, calendar=calendar)
    today = session.today
    # Every list is taken from by one batch at a time: its trades' series is locked before its orders are read.
    markets_taken = {
        market for market in markets for item in takes if item.order_no.startswith(f"O-{market}-")
    }
    series = {market: series_of(Series.TRADE, market, today) for market in markets_taken}
    numbering = await uow.numbers.lock(series.values())
    orders = await uow.orders.lock({item.order_no for item in takes})
    levels = await uow.orders.levels({(o.market, o.product, o.side) for o in orders.values()}, today)
    sheet = await uow.sheets.load((), _parties(takes, orders))
    on_list = _List(orders=orders, levels=levels, sheet=sheet, session=session, markets=markets)
    changed: dict[OrderId, Order] = {}
    made: list[Trade] = []

    def decide(item: OrderTake) -> str:
        order, filled = _check(item, on_list)
        trade = take(
            sheet,
            order,
            trade_no=TradeId(numbering.peek(series[order.market])),
            taker=trading_account(order.market, item.credit_code),
            quantity_tco2e=item.quantity_tco2e,
        )

        # From here on the trade stands.
        numbering.take(series[order.market])
        orders[order.order_no] = changed[order.order_no] = filled
        if filled.status is OrderStatus.FILLED:
            levels.remove(order)
        made.append(trade)
        uow.record(TradeAgreed(trade=trade))
        return trade.trade_no

    outcomes = decide_each(takes, decide)
    await uow.orders.save(list(changed.values()))
    await uow.trades.add(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes


def _parties(takes: Sequence[OrderTake], orders: dict[OrderId, Order]) -> set[PositionKey]:
    positions: set[PositionKey] = set()
    for item in takes:
        order = orders.get(item.order_no)
        if order is not None:
            taker = trading_account(order.market, item.credit_code)
            # A taker gives units to a buy order; of a sell order he expects some, as its buyer.
            positions |= {(taker, order.product), (order.account_no, order.product)}
    return positions


def _check(item: OrderTake, on_list: _List) -> tuple[Order, Order]:
    sheet = on_list.sheet
    order = on_list.orders.get(item.order_no)
    if order is None:
        raise OrderNotFound(f"There is no order {item.order_no}.", order_no=item.order_no)
    rules = on_list.markets[order.market]
    today = on_list.session.trading_date(rules.listed)
    taker = sheet.account(trading_account(order.market, item.credit_code))
    if order.side is Side.BUY:
        taker.require_sale()
    order.require_open(today)
    if taker.account_no == order.account_no:
        raise OwnOrder(f"{order.order_no} is the taker's own order.", account_no=taker.account_no)
    check_quantity(rules.listed, item.quantity_tco2e)
    filled = order.filled(item.quantity_tco2e)
    on_list.levels.require_among_best(order, rules.price_levels_max)
    return order, filled
