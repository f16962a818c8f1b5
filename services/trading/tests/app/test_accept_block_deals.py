"""Accepting block deals: the trade is agreed, told, and both its sides are held."""

from datetime import timedelta

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.accept_block_deals import DealAcceptance, accept_block_deals
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.domain.events import TradeAgreed
from trading.domain.orders import ProposalStatus
from trading.domain.trades import Trade, TradeMode
from trading_fakes import FakeUnitOfWork
from trading_floor import (
    MONDAY,
    PRICE,
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

FIRST, SECOND = "B-CEA-2021-11-01-000001", "B-CEA-2021-11-01-000002"
TRADE, NEXT_TRADE = "X-CEA-2021-11-01-000001", "X-CEA-2021-11-01-000002"
COST = PRICE * 100_000
SELLER, BUYER = f"T-CEA-{ANN}", f"T-CEA-{BOB}"


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann has proposed two deals to Bob, who has the cash for one of them, and one to Cat, who has none."""
    made = floor()
    trader(made, ANN, available_tco2e=400_000)
    trader(made, BOB, cash=COST)
    trader(made, CAT, cash=COST - 1)
    fields = {
        "market": "CEA", "credit_code": ANN, "product": CEA, "price_fen_per_tco2e": PRICE,
        "quantity_tco2e": 100_000,
    }  # fmt: skip
    deals = [BlockDeal(**fields, buyer_credit_code=who) for who in (BOB, BOB, CAT)]
    assert told(await propose_block_deals(deals, **session(made)))[:2] == [FIRST, SECOND]
    return made


def acceptance(proposal_no: str = FIRST, who: str = BOB) -> DealAcceptance:
    return DealAcceptance(credit_code=who, proposal_no=proposal_no)


async def accept(uow, *items):
    return told(await accept_block_deals(items, **session(uow)))


async def test_an_accepted_deal_is_a_trade_that_holds_the_buyers_cash(uow):
    assert await accept(uow, acceptance()) == [TRADE]
    agreed = Trade(
        trade_no=TRADE, market="CEA", trading_date=MONDAY, mode=TradeMode.BLOCK, seller_account_no=SELLER,
        buyer_account_no=BUYER, seller_holder_account_no=f"R-E-{ANN}", buyer_holder_account_no=f"R-E-{BOB}",
        product=CEA, price_fen_per_tco2e=PRICE, quantity_tco2e=100_000, agreed_time=uow.clock.now(),
    )  # fmt: skip
    assert uow.state["trades"] == {TRADE: agreed}
    assert uow.state["proposals"][FIRST].status is ProposalStatus.ACCEPTED
    assert cash_of(uow, BUYER) == (0, COST)
    assert (units_of(uow, SELLER), units_of(uow, BUYER)) == (
        (100_000, 300_000, 0, 0, 0),
        (0, 0, 0, 0, 100_000),
    )
    assert uow.state["facts"] == [TradeAgreed(trade=agreed)]


async def test_acceptances_of_one_batch_share_the_cash_and_a_refused_one_takes_no_number(uow):
    trader(uow, CAT, cash=COST)
    items = [acceptance(), acceptance(SECOND), acceptance("B-CEA-2021-11-01-000003", CAT)]
    assert await accept(uow, *items) == [TRADE, "INSUFFICIENT_CASH", NEXT_TRADE]
    assert uow.state["proposals"][SECOND].status is ProposalStatus.OPEN
    assert uow.state["ordinals"]["X-CEA-2021-11-01"] == 2
    assert len(uow.state["facts"]) == 2


async def test_a_deal_is_accepted_once(uow):
    assert await accept(uow, acceptance(), acceptance()) == [TRADE, "PROPOSAL_NOT_OPEN"]
    assert await accept(uow, acceptance()) == ["PROPOSAL_NOT_OPEN"]
    assert list(uow.state["trades"]) == [TRADE]


async def test_one_fen_too_little_is_too_little(uow):
    item = acceptance("B-CEA-2021-11-01-000003", CAT)
    assert await judged(uow, accept_block_deals, item) == "INSUFFICIENT_CASH"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (business_time(MONDAY, 15) - timedelta(seconds=1), TRADE),
        (business_time(MONDAY, 15), "OUTSIDE_TRADING_HOURS"),
        (business_time(TUESDAY, 13), "PROPOSAL_NOT_OPEN"),
    ],
)
async def test_a_proposal_is_accepted_on_its_own_day_before_three(uow, moment, expected):
    uow.clock.set(moment)
    assert await accept(uow, acceptance()) == [expected]


async def test_nobody_accepts_a_deal_on_a_day_that_was_closed_whatever_the_clock_says(uow):
    closed(uow, MONDAY)
    assert await accept(uow, acceptance()) == ["OUTSIDE_TRADING_HOURS"]


async def test_an_acceptance_is_judged_in_this_order(uow):
    await accept(uow, acceptance())
    item = acceptance("B-CEA-2021-11-01-000009", CAT)
    uow.clock.set(business_time(MONDAY, 0) - timedelta(hours=1))
    steps = [
        ("PROPOSAL_NOT_FOUND", {"proposal_no": FIRST}, None),
        ("ENTITY_MISMATCH", {"credit_code": BOB}, None),
        ("MARKET_CLOSED", {}, business_time(MONDAY, 10)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("PROPOSAL_NOT_OPEN", {"proposal_no": SECOND}, None),
        ("INSUFFICIENT_CASH", {}, None),
    ]
    await judged_in_order(uow, accept_block_deals, item, steps)
