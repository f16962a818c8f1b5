"""Placing listed orders: what is held, what is refused at which boundary and in which order."""

from datetime import timedelta

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.domain.orders import Order, Side
from trading.domain.sheet import Cause
from trading_fakes import FakeUnitOfWork
from trading_floor import (
    MONDAY,
    NOBODY,
    PRICE,
    SATURDAY,
    cash_of,
    closed,
    floor,
    judged,
    judged_in_order,
    session,
    told,
    trader,
    units_of,
)
from trading_market import ANN, BOB, CAT, CCER, CEA

FIRST, SECOND = "O-CEA-2021-11-01-000001", "O-CEA-2021-11-01-000002"
ONE_SECOND = timedelta(seconds=1)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, available_tco2e=200_000)
    trader(made, BOB, cash=PRICE * 100)
    trader(made, CAT, available_tco2e=5, bought_tco2e=1, bought_date=MONDAY, incoming_tco2e=1)
    return made


def placement(who: str = ANN, side: Side = Side.SELL, quantity: int = 10, **changed) -> OrderPlacement:
    fields = {
        "market": "CEA", "credit_code": who, "product": CEA, "side": side, "price_fen_per_tco2e": PRICE,
        "quantity_tco2e": quantity,
    }  # fmt: skip
    return OrderPlacement(**{**fields, **changed})


async def place(uow, *items):
    return told(await place_listed_orders(items, **session(uow)))


async def test_a_sell_order_holds_its_units_and_is_open_for_its_day(uow):
    assert await place(uow, placement()) == [FIRST]
    seller = f"T-CEA-{ANN}"
    assert units_of(uow, seller) == (199_990, 10, 0, 0, 0)
    assert uow.state["orders"] == {
        FIRST: Order(
            order_no=FIRST, market="CEA", trading_date=MONDAY, account_no=seller, product=CEA, side=Side.SELL,
            price_fen_per_tco2e=PRICE, quantity_tco2e=10, placed_time=uow.clock.now(),
        )
    }  # fmt: skip
    assert [(entry.cause, entry.reference) for entry in uow.state["unit_entries"]] == [
        (Cause.ORDER_PLACED, FIRST)
    ]


async def test_a_buy_order_holds_price_times_quantity(uow):
    assert await place(uow, placement(BOB, Side.BUY, 10)) == [FIRST]
    assert cash_of(uow, f"T-CEA-{BOB}") == (PRICE * 90, PRICE * 10)
    assert uow.state["facts"] == []


async def test_orders_of_one_batch_share_what_there_is_and_a_refused_one_takes_no_number(uow):
    items = [placement(BOB, Side.BUY, 60), placement(BOB, Side.BUY, 60), placement(BOB, Side.BUY, 40)]
    assert await place(uow, *items) == [FIRST, "INSUFFICIENT_CASH", SECOND]
    assert cash_of(uow, f"T-CEA-{BOB}") == (0, PRICE * 100)


async def test_the_same_order_again_is_another_order(uow):
    assert await place(uow, placement()) == [FIRST]
    assert await place(uow, placement()) == [SECOND]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (placement(price_fen_per_tco2e=3_838), "PRICE_OUTSIDE_LIMIT"),
        (placement(price_fen_per_tco2e=3_839), FIRST),
        (placement(price_fen_per_tco2e=4_692), FIRST),
        (placement(price_fen_per_tco2e=4_693), "PRICE_OUTSIDE_LIMIT"),
        (placement(quantity=0), "QUANTITY_OUTSIDE_LIMIT"),
        (placement(quantity=1), FIRST),
        (placement(quantity=99_999), FIRST),
        (placement(quantity=100_000), "QUANTITY_OUTSIDE_LIMIT"),
        (placement(CAT, quantity=5), FIRST),
        (placement(CAT, quantity=7), "BOUGHT_TODAY"),
        (placement(CAT, quantity=8), "INSUFFICIENT_POSITION"),
        (placement(BOB, Side.BUY, 100), FIRST),
        (placement(BOB, Side.BUY, 100, price_fen_per_tco2e=PRICE + 1), "INSUFFICIENT_CASH"),
    ],
)
async def test_limits_of_price_quantity_units_and_cash_are_inclusive(uow, item, expected):
    assert await judged(uow, place_listed_orders, item) == expected


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize(
    ("hour", "minute", "is_start"), [(9, 30, True), (11, 30, False), (13, 0, True), (15, 0, False)]
)
async def test_a_span_of_hours_begins_with_its_first_second_and_ends_before_its_last(
    uow, hour, minute, is_start, is_open
):
    edge = business_time(MONDAY, hour, minute)
    uow.clock.set(edge if is_start == is_open else edge - ONE_SECOND)
    assert await place(uow, placement()) == [FIRST if is_open else "OUTSIDE_TRADING_HOURS"]


async def test_nobody_places_an_order_on_a_day_that_was_closed_whatever_the_clock_says(uow):
    closed(uow, MONDAY)
    assert await place(uow, placement()) == ["OUTSIDE_TRADING_HOURS"]


async def test_a_placement_is_judged_in_this_order(uow):
    del uow.state["references_fen"]["CEA", CEA]
    item = placement(NOBODY, quantity=400_000, product=CCER, price_fen_per_tco2e=9_999)
    uow.clock.set(business_time(SATURDAY, 8))
    unpriced = [
        ("MARKET_CLOSED", {}, business_time(MONDAY, 12)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": CAT}, None),
        ("PRODUCT_INVALID", {"product": CEA}, None),
        ("REFERENCE_PRICE_MISSING", {}, None),
    ]
    item = await judged_in_order(uow, place_listed_orders, item, unpriced)
    uow.state["references_fen"]["CEA", CEA] = PRICE
    steps = [
        ("PRICE_OUTSIDE_LIMIT", {"price_fen_per_tco2e": PRICE}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 99_999}, None),
        ("INSUFFICIENT_POSITION", {"credit_code": ANN}, None),
    ]
    assert await place(uow, await judged_in_order(uow, place_listed_orders, item, steps)) == [FIRST]


async def test_a_market_that_is_none_has_no_accounts(uow):
    assert await place(uow, placement(market="XX")) == ["TRADING_ACCOUNT_NOT_FOUND"]
