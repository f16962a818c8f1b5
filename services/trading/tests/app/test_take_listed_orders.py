"""Taking listed orders: trades at the order's price, in full or in part, from the best five prices."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.events import TradeAgreed
from trading.domain.orders import OrderStatus, Side
from trading.domain.trades import Trade, TradeMode
from trading_fakes import FakeUnitOfWork
from trading_floor import (
    MONDAY,
    NOBODY,
    PRICE,
    SATURDAY,
    TUESDAY,
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
from trading_market import ANN, BOB, CAT, CEA

TRADE, NEXT_TRADE = "X-CEA-2021-11-01-000001", "X-CEA-2021-11-01-000002"
SELLER, BUYER = f"T-CEA-{ANN}", f"T-CEA-{BOB}"


def number(place: int) -> str:
    """The order that was placed at this place, from 1."""
    return f"O-CEA-2021-11-01-{place:06d}"


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann sells 50,000 t at each of six prices, the first one the best; Bob has the cash for 100 t of it."""
    made = floor()
    trader(made, ANN, available_tco2e=400_000, cash=PRICE)
    trader(made, BOB, cash=PRICE * 100, available_tco2e=10)
    trader(made, CAT)
    await sell(made, *((PRICE + step, 50_000) for step in range(6)))
    return made


async def sell(uow, *orders: tuple[int, int], who: str = ANN, side: Side = Side.SELL) -> None:
    placements = [
        OrderPlacement(
            market="CEA", credit_code=who, product=CEA, side=side, price_fen_per_tco2e=price,
            quantity_tco2e=quantity,
        )
        for price, quantity in orders
    ]  # fmt: skip
    assert all(text.startswith("O-") for text in told(await place_listed_orders(placements, **session(uow))))


def take_of(quantity: int, order_no: str = number(1), who: str = BOB) -> OrderTake:
    return OrderTake(credit_code=who, order_no=order_no, quantity_tco2e=quantity)


async def take(uow, *items):
    return told(await take_listed_orders(items, **session(uow)))


async def test_a_part_of_a_sell_order_becomes_a_trade_that_holds_the_takers_cash(uow):
    assert await take(uow, take_of(100)) == [TRADE]
    agreed = Trade(
        trade_no=TRADE, market="CEA", trading_date=MONDAY, mode=TradeMode.LISTED, seller_account_no=SELLER,
        buyer_account_no=BUYER, seller_holder_account_no=f"R-E-{ANN}", buyer_holder_account_no=f"R-E-{BOB}",
        product=CEA, price_fen_per_tco2e=PRICE, quantity_tco2e=100, order_no=number(1),
        agreed_time=uow.clock.now(),
    )  # fmt: skip
    assert uow.state["trades"] == {TRADE: agreed}
    assert (cash_of(uow, BUYER), units_of(uow, BUYER)) == ((0, PRICE * 100), (10, 0, 0, 0, 100))
    assert units_of(uow, SELLER) == (100_000, 300_000, 0, 0, 0)
    order = uow.state["orders"][number(1)]
    assert (order.status, order.left_tco2e) == (OrderStatus.PARTLY_FILLED, 49_900)
    assert uow.state["facts"] == [TradeAgreed(trade=agreed)]


async def test_who_takes_a_buy_order_gives_the_units(uow):
    await sell(uow, (PRICE, 1), who=ANN, side=Side.BUY)
    assert await take(uow, take_of(1, number(7))) == [TRADE]
    agreed = uow.state["trades"][TRADE]
    assert (agreed.seller_account_no, agreed.buyer_account_no) == (BUYER, SELLER)
    assert units_of(uow, BUYER) == (9, 1, 0, 0, 0)
    assert cash_of(uow, SELLER) == (0, PRICE)
    assert uow.state["orders"][number(7)].status is OrderStatus.FILLED


async def test_takes_of_one_batch_see_what_the_ones_before_left_and_a_refused_one_takes_no_number(uow):
    trader(uow, BOB, cash=10**12)
    items = [take_of(49_999), take_of(2), take_of(1), take_of(1)]
    expected = [TRADE, "ORDER_QUANTITY_EXCEEDED", NEXT_TRADE, "ORDER_NOT_OPEN"]
    assert await take(uow, *items) == expected
    assert uow.state["orders"][number(1)].status is OrderStatus.FILLED
    assert [fact.trade.trade_no for fact in uow.state["facts"]] == [TRADE, NEXT_TRADE]


async def test_a_price_that_was_used_up_lets_the_next_one_in_also_within_a_batch(uow):
    trader(uow, BOB, cash=10**12)
    sixth = take_of(1, number(6))
    assert await take(uow, sixth, take_of(50_000), sixth) == ["NOT_AMONG_BEST_PRICES", TRADE, NEXT_TRADE]


async def test_the_same_take_again_is_another_trade(uow):
    assert await take(uow, take_of(1)) == [TRADE]
    assert await take(uow, take_of(1)) == [NEXT_TRADE]
    assert uow.state["orders"][number(1)].filled_tco2e == 2


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (take_of(0), "QUANTITY_OUTSIDE_LIMIT"),
        (take_of(1), TRADE),
        (take_of(50_001), "ORDER_QUANTITY_EXCEEDED"),
        (take_of(50_000), "INSUFFICIENT_CASH"),
        (take_of(100), TRADE),
        (take_of(101), "INSUFFICIENT_CASH"),
        (take_of(1, number(5)), TRADE),
        (take_of(1, number(6)), "NOT_AMONG_BEST_PRICES"),
    ],
)
async def test_limits_of_quantity_cash_and_price_levels_are_inclusive(uow, item, expected):
    assert await judged(uow, take_listed_orders, item) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"available_tco2e": 5}, TRADE),
        ({"available_tco2e": 4, "bought_tco2e": 1, "bought_date": MONDAY}, "BOUGHT_TODAY"),
        ({"available_tco2e": 4}, "INSUFFICIENT_POSITION"),
    ],
)
async def test_who_sells_into_an_order_has_the_units_free(uow, parts, expected):
    trader(uow, BOB, cash=PRICE * 5)
    trader(uow, CAT, **parts)
    await sell(uow, (PRICE, 5), who=BOB, side=Side.BUY)
    assert await take(uow, take_of(5, number(7), CAT)) == [expected]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (business_time(MONDAY, 15) - timedelta(seconds=1), TRADE),
        (business_time(MONDAY, 15), "OUTSIDE_TRADING_HOURS"),
        (business_time(TUESDAY, 10), "ORDER_NOT_OPEN"),
    ],
)
async def test_an_order_is_taken_on_its_own_day_inside_the_hours(uow, moment, expected):
    uow.clock.set(moment)
    assert await take(uow, take_of(1)) == [expected]


async def test_nobody_takes_an_order_on_a_day_that_was_closed_whatever_the_clock_says(uow):
    closed(uow, MONDAY)
    assert await take(uow, take_of(1)) == ["OUTSIDE_TRADING_HOURS"]


async def test_a_take_is_judged_in_this_order(uow):
    await sell(uow, (PRICE + 6, 10))
    orders = uow.state["orders"]
    orders[number(1)] = replace(orders[number(1)], status=OrderStatus.CANCELLED)
    item = take_of(100_000, number(999_999), NOBODY)
    uow.clock.set(business_time(SATURDAY, 8))
    steps = [
        ("ORDER_NOT_FOUND", {"order_no": number(1)}, None),
        ("MARKET_CLOSED", {}, business_time(MONDAY, 12)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 10)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": ANN}, None),
        ("ORDER_NOT_OPEN", {"order_no": number(7)}, None),
        ("OWN_ORDER", {"credit_code": CAT}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 11}, None),
        ("ORDER_QUANTITY_EXCEEDED", {"quantity_tco2e": 10}, None),
        ("NOT_AMONG_BEST_PRICES", {"order_no": number(6)}, None),
        ("INSUFFICIENT_CASH", {"credit_code": BOB}, None),
    ]
    assert await take(uow, await judged_in_order(uow, take_listed_orders, item, steps)) == [TRADE]
