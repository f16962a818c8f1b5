"""Closing days: what ends, what is fixed, missed days, repetition."""

from datetime import date, timedelta

import pytest
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import TooEarly
from trading.app.accept_block_deals import DealAcceptance, accept_block_deals
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.run_market_close import run_market_close
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.accounts import Position
from trading.domain.errors import MarketClosed
from trading.domain.events import DailyQuotePublished
from trading.domain.orders import OrderStatus, ProposalStatus, Side
from trading_fakes import FakeUnitOfWork
from trading_floor import (
    MONDAY,
    PRICE,
    TUESDAY,
    WEDNESDAY,
    cash_of,
    floor,
    kept,
    session,
    told,
    trader,
    units_of,
)
from trading_market import ANN, BOB, CCER, CEA

SELLER, BUYER = f"T-CEA-{ANN}", f"T-CEA-{BOB}"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, available_tco2e=500_000)
    trader(made, BOB, cash=10**12)
    return made


async def offer(
    uow: FakeUnitOfWork, price: int, quantity: int, who: str = ANN, side: Side = Side.SELL
) -> str:
    placed = OrderPlacement(
        market="CEA", credit_code=who, product=CEA, side=side, price_fen_per_tco2e=price, quantity_tco2e=quantity
    )  # fmt: skip
    (number,) = told(await place_listed_orders([placed], **session(uow)))
    return number


async def buy(uow: FakeUnitOfWork, order_no: str, quantity: int) -> None:
    take = OrderTake(credit_code=BOB, order_no=order_no, quantity_tco2e=quantity)
    (number,) = told(await take_listed_orders([take], **session(uow)))
    assert number.startswith("X-")


async def propose(uow: FakeUnitOfWork) -> str:
    deal = BlockDeal(
        market="CEA", credit_code=ANN, buyer_credit_code=BOB, product=CEA, price_fen_per_tco2e=4000,
        quantity_tco2e=100_000,
    )  # fmt: skip
    (number,) = told(await propose_block_deals([deal], **session(uow)))
    return number


async def close(uow: FakeUnitOfWork, day: date):
    return await run_market_close(day, **session(uow))


async def test_the_close_ends_orders_and_proposals_and_frees_what_they_held(uow):
    sold, bought = await offer(uow, PRICE, 100), await offer(uow, PRICE - 1, 10, BOB, Side.BUY)
    await buy(uow, sold, 40)
    proposed = await propose(uow)
    uow.clock.set(business_time(MONDAY, 15))
    closed = await close(uow, MONDAY)
    assert closed.expired_count == 3
    assert {uow.state["orders"][number].status for number in (sold, bought)} == {OrderStatus.EXPIRED}
    assert uow.state["proposals"][proposed].status is ProposalStatus.EXPIRED
    assert units_of(uow, SELLER) == (499_960, 40, 0, 0, 0)
    assert cash_of(uow, BUYER) == (10**12 - PRICE * 40, PRICE * 40)


async def test_a_seller_whose_only_business_was_a_proposal_has_the_units_back(uow):
    await propose(uow)
    assert units_of(uow, SELLER) == (400_000, 100_000, 0, 0, 0)
    uow.clock.set(business_time(MONDAY, 15))
    await close(uow, MONDAY)
    assert units_of(uow, SELLER) == (500_000, 0, 0, 0, 0)


async def test_every_product_with_a_price_gets_its_quote_and_is_told(uow):
    uow.state["references_fen"]["BJ", CCER] = 2_000
    await buy(uow, await offer(uow, 4_300, 10), 10)
    (deal_no,) = told(
        await accept_block_deals(
            [DealAcceptance(credit_code=BOB, proposal_no=await propose(uow))], **session(uow)
        )
    )
    assert deal_no.startswith("X-")
    facts = len(uow.state["facts"])
    uow.clock.set(business_time(MONDAY, 15))
    venue, national = (await close(uow, MONDAY)).quotes
    assert (venue.market, venue.close_fen_per_tco2e, venue.listed_tco2e) == ("BJ", 2_000, 0)
    assert (national.close_fen_per_tco2e, national.listed_tco2e, national.block_tco2e) == (4_300, 10, 100_000)
    assert uow.state["facts"][facts:] == [DailyQuotePublished(quote=quote) for quote in (venue, national)]


async def test_limits_follow_the_close_of_the_day_before(uow):
    await buy(uow, await offer(uow, 4692, 10), 10)
    uow.clock.set(business_time(MONDAY, 15))
    assert (await close(uow, MONDAY)).quotes[0].close_fen_per_tco2e == 4692
    uow.clock.set(business_time(TUESDAY, 10))
    assert await offer(uow, 5161, 10) == "O-CEA-2021-11-02-000001"
    assert await offer(uow, 5162, 10) == "PRICE_OUTSIDE_LIMIT"


async def test_a_day_without_a_session_is_refused_before_one_that_is_not_over(uow):
    with pytest.raises(MarketClosed):
        await close(uow, date(2021, 11, 6))
    with pytest.raises(TooEarly):
        await close(uow, TUESDAY)


async def test_a_day_may_be_closed_from_three_on(uow):
    uow.clock.set(business_time(MONDAY, 15) - timedelta(seconds=1))
    before = kept(uow)
    with pytest.raises(TooEarly) as refusal:
        await close(uow, MONDAY)
    assert refusal.value.metadata["earliest_time"] == business_time(MONDAY, 15).isoformat()
    assert kept(uow) == before
    uow.clock.set(business_time(MONDAY, 15))
    await close(uow, MONDAY)
    assert list(uow.state["closed"]) == [MONDAY]


async def test_missed_days_are_closed_first_in_their_order(uow):
    await buy(uow, await offer(uow, 4500, 10), 10)
    uow.clock.set(business_time(TUESDAY, 10))
    await buy(uow, await offer(uow, 4000, 10), 10)
    uow.clock.set(business_time(WEDNESDAY, 16))
    last = await close(uow, WEDNESDAY)
    assert [day for _, _, day in sorted(uow.state["quotes"])] == [MONDAY, TUESDAY, WEDNESDAY]
    closes = [uow.state["quotes"]["CEA", CEA, day].close_fen_per_tco2e for day in (MONDAY, TUESDAY)]
    assert closes == [4500, 4000]
    assert last.quotes[0].close_fen_per_tco2e == 4000


async def test_units_bought_the_day_before_are_shown_free_by_the_next_close(uow):
    bought = Position(account_no=BUYER, product=CEA, bought_tco2e=7, bought_date=MONDAY)
    uow.state["positions"][BUYER, CEA] = bought
    uow.clock.set(business_time(MONDAY, 15))
    await close(uow, MONDAY)
    assert uow.state["positions"][BUYER, CEA] == bought
    uow.clock.set(business_time(TUESDAY, 15))
    await close(uow, TUESDAY)
    assert units_of(uow, BUYER) == (7, 0, 0, 0, 0)


async def test_a_closed_day_gives_its_quotes_again_and_changes_nothing(uow):
    await offer(uow, PRICE, 10)
    uow.clock.set(business_time(MONDAY, 15))
    first = await close(uow, MONDAY)
    before = kept(uow)
    assert await close(uow, MONDAY) == first
    assert kept(uow) == before
