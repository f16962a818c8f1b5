"""Proposing block deals: the seller's units are held, and the named buyer has nothing to do yet."""

from datetime import timedelta

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.domain.orders import Proposal
from trading_fakes import FakeUnitOfWork
from trading_floor import (
    MONDAY,
    NOBODY,
    PRICE,
    SATURDAY,
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

FIRST, SECOND = "B-CEA-2021-11-01-000001", "B-CEA-2021-11-01-000002"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, available_tco2e=200_000, bought_tco2e=100_000, bought_date=MONDAY)
    trader(made, BOB)
    return made


def deal(quantity: int = 100_000, **changed) -> BlockDeal:
    fields = {
        "market": "CEA", "credit_code": ANN, "buyer_credit_code": BOB, "product": CEA,
        "price_fen_per_tco2e": PRICE, "quantity_tco2e": quantity,
    }  # fmt: skip
    return BlockDeal(**{**fields, **changed})


async def propose(uow, *deals):
    return told(await propose_block_deals(deals, **session(uow)))


async def test_a_proposal_holds_the_sellers_units_and_none_of_the_buyers_cash(uow):
    assert await propose(uow, deal()) == [FIRST]
    assert units_of(uow, f"T-CEA-{ANN}") == (100_000, 100_000, 100_000, 0, 0)
    assert uow.state["proposals"] == {
        FIRST: Proposal(
            proposal_no=FIRST, market="CEA", trading_date=MONDAY, seller_account_no=f"T-CEA-{ANN}",
            buyer_account_no=f"T-CEA-{BOB}", product=CEA, price_fen_per_tco2e=PRICE, quantity_tco2e=100_000,
        )
    }  # fmt: skip
    assert (uow.state["cash_entries"], uow.state["facts"]) == ([], [])


async def test_proposals_of_one_batch_share_what_there_is_and_a_refused_one_takes_no_number(uow):
    deals = [deal(), deal(100_001), deal()]
    assert await propose(uow, *deals) == [FIRST, "BOUGHT_TODAY", SECOND]
    assert units_of(uow, f"T-CEA-{ANN}") == (0, 200_000, 100_000, 0, 0)


async def test_the_same_deal_again_is_another_proposal(uow):
    assert await propose(uow, deal()) == [FIRST]
    assert await propose(uow, deal()) == [SECOND]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (deal(price_fen_per_tco2e=2_985), "PRICE_OUTSIDE_LIMIT"),
        (deal(price_fen_per_tco2e=2_986), FIRST),
        (deal(price_fen_per_tco2e=5_545), FIRST),
        (deal(price_fen_per_tco2e=5_546), "PRICE_OUTSIDE_LIMIT"),
        (deal(99_999), "QUANTITY_OUTSIDE_LIMIT"),
        (deal(100_000), FIRST),
        (deal(200_000), FIRST),
        (deal(200_001), "BOUGHT_TODAY"),
        (deal(300_001), "INSUFFICIENT_POSITION"),
    ],
)
async def test_limits_of_price_quantity_and_units_are_inclusive(uow, item, expected):
    assert await judged(uow, propose_block_deals, item) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (business_time(MONDAY, 11), "OUTSIDE_TRADING_HOURS"),
        (business_time(MONDAY, 13) - timedelta(seconds=1), "OUTSIDE_TRADING_HOURS"),
        (business_time(MONDAY, 13), FIRST),
        (business_time(MONDAY, 15) - timedelta(seconds=1), FIRST),
        (business_time(MONDAY, 15), "OUTSIDE_TRADING_HOURS"),
    ],
)
async def test_allowances_have_block_deals_from_one_to_three_only(uow, moment, expected):
    uow.clock.set(moment)
    assert await propose(uow, deal()) == [expected]


async def test_nobody_proposes_a_deal_on_a_day_that_was_closed_whatever_the_clock_says(uow):
    closed(uow, MONDAY)
    assert await propose(uow, deal()) == ["OUTSIDE_TRADING_HOURS"]


async def test_a_proposal_is_judged_in_this_order(uow):
    del uow.state["references_fen"]["CEA", CEA]
    uow.clock.set(business_time(SATURDAY, 8))
    item = deal(1, credit_code=NOBODY, buyer_credit_code=CAT, product=CCER, price_fen_per_tco2e=9_999)
    unpriced = [
        ("MARKET_CLOSED", {}, business_time(MONDAY, 10)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": ANN}, None),
        ("TRADING_ACCOUNT_NOT_FOUND", {"buyer_credit_code": ANN}, None),
        ("OWN_ORDER", {"buyer_credit_code": BOB}, None),
        ("PRODUCT_INVALID", {"product": CEA}, None),
        ("REFERENCE_PRICE_MISSING", {}, None),
    ]
    item = await judged_in_order(uow, propose_block_deals, item, unpriced)
    uow.state["references_fen"]["CEA", CEA] = PRICE
    steps = [
        ("PRICE_OUTSIDE_LIMIT", {"price_fen_per_tco2e": PRICE}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 300_001}, None),
        ("INSUFFICIENT_POSITION", {"quantity_tco2e": 300_000}, None),
        ("BOUGHT_TODAY", {"quantity_tco2e": 200_000}, None),
    ]
    assert await propose(uow, await judged_in_order(uow, propose_block_deals, item, steps)) == [FIRST]


async def test_a_market_that_is_none_has_no_accounts(uow):
    assert await propose(uow, deal(market="XX")) == ["TRADING_ACCOUNT_NOT_FOUND"]
