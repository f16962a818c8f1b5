"""Closing days: what ends, what is fixed, missed days, repetition."""

from datetime import date

import pytest
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.ids import trading_account
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.run_market_close import run_market_close
from trading.app.set_reference_prices import ReferencePrice, set_reference_prices
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.accounts import Position, TradingAccount
from trading.domain.errors import MarketClosed
from trading.domain.events import DailyQuotePublished
from trading.domain.orders import OrderStatus, Side
from trading.domain.venue_rules import make_markets
from trading_fakes import CALENDAR, FakeUnitOfWork, at
from trading_market import ANN, BOB, CEA

MONDAY, TUESDAY, WEDNESDAY = date(2021, 11, 1), date(2021, 11, 2), date(2021, 11, 3)
MARKETS = make_markets()


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    made = at(business_time(MONDAY, 14))
    for who, cash in ((ANN, 0), (BOB, 10**9)):
        number = trading_account("CEA", who)
        made.state["accounts"][number] = TradingAccount(
            account_no=number, market="CEA", credit_code=who, name="n", holder_account_no=f"R-E-{who}",
            available_fen=cash,
        )  # fmt: skip
    seller = trading_account("CEA", ANN)
    made.state["positions"][seller, CEA] = Position(account_no=seller, product=CEA, available_tco2e=500_000)
    reference = ReferencePrice(market="CEA", product=CEA, price_fen_per_tco2e=4265)
    await set_reference_prices([reference], uow=made, markets=MARKETS)
    return made


def common(uow: FakeUnitOfWork):
    return {"uow": uow, "clock": uow.clock, "calendar": CALENDAR, "markets": MARKETS}


async def sell(uow: FakeUnitOfWork, price: int, quantity: int) -> str:
    placed = OrderPlacement(
        market="CEA", credit_code=ANN, product=CEA, side=Side.SELL, price_fen_per_tco2e=price,
        quantity_tco2e=quantity,
    )  # fmt: skip
    (number,) = await place_listed_orders([placed], **common(uow))
    assert isinstance(number, str)
    return number


async def buy(uow: FakeUnitOfWork, order_no: str, quantity: int) -> None:
    (number,) = await take_listed_orders(
        [OrderTake(credit_code=BOB, order_no=order_no, quantity_tco2e=quantity)], **common(uow)
    )
    assert isinstance(number, str)


async def close(uow: FakeUnitOfWork, day: date):
    return await run_market_close(day, **common(uow))


async def test_the_close_ends_orders_and_proposals_and_frees_what_they_held(uow):
    order_no = await sell(uow, 4265, 100)
    await buy(uow, order_no, 40)
    deal = BlockDeal(
        market="CEA", credit_code=ANN, buyer_credit_code=BOB, product=CEA, price_fen_per_tco2e=4000,
        quantity_tco2e=100_000,
    )  # fmt: skip
    await propose_block_deals([deal], **common(uow))
    uow.clock.set(business_time(MONDAY, 15))
    closed = await close(uow, MONDAY)
    assert closed.expired_count == 2
    assert uow.state["orders"][order_no].status is OrderStatus.EXPIRED
    held = uow.state["positions"][trading_account("CEA", ANN), CEA]
    assert (held.available_tco2e, held.frozen_tco2e) == (499_960, 40)
    assert uow.state["facts"][-1] == DailyQuotePublished(quote=closed.quotes[0])


async def test_limits_follow_the_close_of_the_day_before(uow):
    await buy(uow, await sell(uow, 4692, 10), 10)
    uow.clock.set(business_time(MONDAY, 15))
    assert (await close(uow, MONDAY)).quotes[0].close_fen_per_tco2e == 4692
    uow.clock.set(business_time(TUESDAY, 10))
    await sell(uow, 5161, 10)
    with pytest.raises(AssertionError):
        await sell(uow, 5162, 10)


async def test_a_closed_day_gives_its_quotes_again_and_changes_nothing(uow):
    await sell(uow, 4265, 10)
    uow.clock.set(business_time(MONDAY, 15))
    first = await close(uow, MONDAY)
    facts = len(uow.state["facts"])
    assert await close(uow, MONDAY) == first
    assert len(uow.state["facts"]) == facts


async def test_missed_days_are_closed_first_in_their_order(uow):
    await buy(uow, await sell(uow, 4500, 10), 10)
    uow.clock.set(business_time(TUESDAY, 10))
    await buy(uow, await sell(uow, 4000, 10), 10)
    uow.clock.set(business_time(WEDNESDAY, 16))
    last = await close(uow, WEDNESDAY)
    assert [day for _, _, day in sorted(uow.state["quotes"])] == [MONDAY, TUESDAY, WEDNESDAY]
    assert [uow.state["quotes"]["CEA", CEA, day].close_fen_per_tco2e for day in (MONDAY, TUESDAY)] == [
        4500,
        4000,
    ]
    assert last.quotes[0].close_fen_per_tco2e == 4000


async def test_units_bought_the_day_before_are_shown_free_by_the_next_close(uow):
    number = trading_account("CEA", BOB)
    bought = Position(account_no=number, product=CEA, bought_tco2e=7, bought_date=MONDAY)
    uow.state["positions"][number, CEA] = bought
    uow.clock.set(business_time(MONDAY, 15))
    await close(uow, MONDAY)
    assert uow.state["positions"][number, CEA] == bought
    uow.clock.set(business_time(TUESDAY, 15))
    await close(uow, TUESDAY)
    assert uow.state["positions"][number, CEA].available_tco2e == 7


async def test_a_day_is_closed_at_three_and_only_if_it_traded(uow):
    with pytest.raises(TooEarly):
        await close(uow, MONDAY)
    with pytest.raises(TooEarly):
        await close(uow, TUESDAY)
    with pytest.raises(MarketClosed):
        await close(uow, date(2021, 10, 30))
    uow.clock.set(business_time(MONDAY, 15))
    await close(uow, MONDAY)
