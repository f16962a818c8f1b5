"""Cancelling orders: what is left of them is free again, once."""

from dataclasses import replace

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.cancel_orders import OrderCancel, cancel_orders
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.orders import OrderStatus, Side
from trading_fakes import FakeUnitOfWork
from trading_floor import MONDAY, PRICE, TUESDAY, cash_of, floor, judged, session, told, trader, units_of
from trading_market import ANN, BOB, CEA

SOLD, BOUGHT = "O-CEA-2021-11-01-000001", "O-CEA-2021-11-01-000002"
SELLER, BUYER = f"T-CEA-{ANN}", f"T-CEA-{BOB}"


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann sells 100 t, Bob buys 10 t for one fen less."""
    made = floor()
    trader(made, ANN, available_tco2e=100)
    trader(made, BOB, cash=PRICE * 100)
    fields = {"market": "CEA", "product": CEA}
    placements = [
        OrderPlacement(
            **fields, credit_code=ANN, side=Side.SELL, price_fen_per_tco2e=PRICE, quantity_tco2e=100
        ),
        OrderPlacement(
            **fields, credit_code=BOB, side=Side.BUY, price_fen_per_tco2e=PRICE - 1, quantity_tco2e=10
        ),
    ]
    assert told(await place_listed_orders(placements, **session(made))) == [SOLD, BOUGHT]
    return made


async def cancel(uow, *items: tuple[str, str]):
    cancels = [OrderCancel(credit_code=who, order_no=order_no) for who, order_no in items]
    return told(await cancel_orders(cancels, uow=uow, clock=uow.clock))


async def test_a_cancelled_order_frees_all_that_it_held(uow):
    assert await cancel(uow, (ANN, SOLD), (BOB, BOUGHT)) == [SOLD, BOUGHT]
    assert units_of(uow, SELLER) == (100, 0, 0, 0, 0)
    assert cash_of(uow, BUYER) == (PRICE * 100, 0)
    assert {order.status for order in uow.state["orders"].values()} == {OrderStatus.CANCELLED}
    assert uow.state["facts"] == []


async def test_a_partly_filled_order_frees_what_is_left_and_keeps_what_was_taken(uow):
    take = OrderTake(credit_code=BOB, order_no=SOLD, quantity_tco2e=40)
    await take_listed_orders([take], **session(uow))
    assert await cancel(uow, (ANN, SOLD)) == [SOLD]
    assert units_of(uow, SELLER) == (60, 40, 0, 0, 0)
    order = uow.state["orders"][SOLD]
    assert (order.status, order.filled_tco2e) == (OrderStatus.CANCELLED, 40)


async def test_an_order_is_cancelled_once(uow):
    assert await cancel(uow, (ANN, SOLD), (ANN, SOLD)) == [SOLD, "ORDER_NOT_OPEN"]
    assert await cancel(uow, (ANN, SOLD)) == ["ORDER_NOT_OPEN"]
    assert units_of(uow, SELLER) == (100, 0, 0, 0, 0)


async def test_an_order_of_an_earlier_day_is_not_cancelled_but_ended_by_the_close(uow):
    uow.clock.set(business_time(TUESDAY, 0))
    assert await cancel(uow, (ANN, SOLD)) == ["ORDER_NOT_OPEN"]
    uow.clock.set(business_time(MONDAY, 23, 59))
    assert await cancel(uow, (ANN, SOLD)) == [SOLD]


async def test_a_cancel_is_judged_in_this_order(uow):
    uow.state["orders"][SOLD] = replace(uow.state["orders"][SOLD], status=OrderStatus.EXPIRED)
    for who, order_no, expected in [
        (BOB, "O-1", "ORDER_NOT_FOUND"),
        (BOB, SOLD, "ENTITY_MISMATCH"),
        (ANN, SOLD, "ORDER_NOT_OPEN"),
    ]:
        item = OrderCancel(credit_code=who, order_no=order_no)
        assert await judged(uow, cancel_orders, item, uow=uow, clock=uow.clock) == expected
