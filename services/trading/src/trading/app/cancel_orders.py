"""Cancel open orders (撤单): what is left of them is free again."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock, business_date
from ets_kernel.domain.errors import EntityMismatch
from ets_kernel.domain.ids import CreditCode, OrderId, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.errors import OrderNotFound
from trading.domain.orders import Order, OrderStatus, end_order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancel:
    """One order to cancel."""

    credit_code: CreditCode
    order_no: OrderId


async def cancel_orders(cancels: Sequence[OrderCancel], *, uow: UnitOfWork, clock: Clock) -> list[Outcome]:
    """Cancel orders; per item its number or ORDER_NOT_FOUND, ENTITY_MISMATCH, ORDER_NOT_OPEN, in this order."""
    today = business_date(clock.now())
    orders = await uow.orders.lock({item.order_no for item in cancels})
    accounts = {order.account_no for order in orders.values()}
    sheet = await uow.sheets.load(accounts, {(o.account_no, o.product) for o in orders.values()})
    changed: dict[OrderId, Order] = {}

    def decide(item: OrderCancel) -> str:
        order = changed.get(item.order_no) or orders.get(item.order_no)
        if order is None:
            raise OrderNotFound(f"There is no order {item.order_no}.", order_no=item.order_no)
        if order.account_no != trading_account(order.market, item.credit_code):
            raise EntityMismatch(
                f"{order.order_no} is another's order.", order_no=order.order_no, credit_code=item.credit_code
            )
        order.require_open(today)
        changed[order.order_no] = end_order(sheet, order, OrderStatus.CANCELLED)
        return order.order_no

    outcomes = decide_each(cancels, decide)
    await uow.orders.save(list(changed.values()))
    await uow.sheets.save(sheet)
    return outcomes
