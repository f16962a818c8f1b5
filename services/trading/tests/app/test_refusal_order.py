"""Where several refusals apply, the documented one comes first: each table mends one fault after the other."""

from dataclasses import replace
from datetime import date

import pytest
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import trading_account
from trading.app.accept_block_deals import DealAcceptance, accept_block_deals
from trading.app.cancel_orders import OrderCancel, cancel_orders
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.accounts import Position, TradingAccount
from trading.domain.orders import Order, OrderStatus, Proposal, ProposalStatus, Side
from trading.domain.venue_rules import make_markets
from trading_fakes import CALENDAR, FakeUnitOfWork, at
from trading_market import ANN, BOB, CAT, CCER, CEA

SATURDAY, MONDAY = date(2021, 10, 30), date(2021, 11, 1)
MARKETS = make_markets()
NOBODY = "91370100000000009X"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = at(business_time(SATURDAY, 8))
    for who, cash in ((ANN, 0), (BOB, 10**12), (CAT, 0)):
        number = trading_account("CEA", who)
        made.state["accounts"][number] = TradingAccount(
            account_no=number, market="CEA", credit_code=who, name="n", holder_account_no=f"R-E-{who}",
            available_fen=cash,
        )  # fmt: skip
    seller = trading_account("CEA", ANN)
    made.state["positions"][seller, CEA] = Position(
        account_no=seller, product=CEA, available_tco2e=200_000, bought_tco2e=100_000, bought_date=MONDAY
    )
    return made


def common(uow: FakeUnitOfWork):
    return {"uow": uow, "clock": uow.clock, "calendar": CALENDAR, "markets": MARKETS}


def reason(outcomes) -> str:
    (outcome,) = outcomes
    return outcome.reason if isinstance(outcome, EtsError) else "accepted"


async def test_a_placement_is_judged_in_this_order(uow):
    item = OrderPlacement(
        market="CEA", credit_code=NOBODY, product=CCER, side=Side.SELL, price_fen_per_tco2e=9999,
        quantity_tco2e=400_000,
    )  # fmt: skip
    steps = [
        ("MARKET_CLOSED", {}, business_time(MONDAY, 12)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": CAT}, None),
        ("PRODUCT_INVALID", {"product": CEA}, None),
        ("REFERENCE_PRICE_MISSING", "price", None),
        ("PRICE_OUTSIDE_LIMIT", {"price_fen_per_tco2e": 4265}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 99_999}, None),
        ("INSUFFICIENT_POSITION", {"credit_code": ANN}, None),
    ]
    for expected, mended, moment in steps:
        assert reason(await place_listed_orders([item], **common(uow))) == expected
        item = _mend(uow, item, mended, moment)
    assert reason(await place_listed_orders([item], **common(uow))) == "accepted"


async def test_a_proposal_is_judged_in_this_order(uow):
    item = BlockDeal(
        market="CEA", credit_code=NOBODY, buyer_credit_code=NOBODY, product=CCER, price_fen_per_tco2e=9999,
        quantity_tco2e=1,
    )  # fmt: skip
    steps = [
        ("MARKET_CLOSED", {}, business_time(MONDAY, 10)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": ANN}, None),
        ("TRADING_ACCOUNT_NOT_FOUND", {"buyer_credit_code": ANN}, None),
        ("OWN_ORDER", {"buyer_credit_code": BOB}, None),
        ("PRODUCT_INVALID", {"product": CEA}, None),
        ("REFERENCE_PRICE_MISSING", "price", None),
        ("PRICE_OUTSIDE_LIMIT", {"price_fen_per_tco2e": 4265}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 300_001}, None),
        ("INSUFFICIENT_POSITION", {"quantity_tco2e": 300_000}, None),
        ("BOUGHT_TODAY", {"quantity_tco2e": 200_000}, None),
    ]
    for expected, mended, moment in steps:
        assert reason(await propose_block_deals([item], **common(uow))) == expected
        item = _mend(uow, item, mended, moment)
    assert reason(await propose_block_deals([item], **common(uow))) == "accepted"


def listed(number: int, **changed) -> Order:
    fields = {
        "order_no": f"O-CEA-2021-11-01-{number:06d}", "market": "CEA", "trading_date": MONDAY,
        "account_no": trading_account("CEA", ANN), "product": CEA, "side": Side.SELL,
        "price_fen_per_tco2e": 4265 + number, "quantity_tco2e": 50_000, "placed_time": business_time(MONDAY, 10),
    }  # fmt: skip
    return Order(**{**fields, **changed})


async def test_a_take_is_judged_in_this_order(uow):
    orders = [listed(number) for number in range(7)]
    orders[0] = replace(orders[0], status=OrderStatus.CANCELLED)
    await uow.orders.save(orders)
    item = OrderTake(credit_code=NOBODY, order_no="O-CEA-2021-11-01-999999", quantity_tco2e=100_000)
    steps = [
        ("ORDER_NOT_FOUND", {"order_no": orders[0].order_no}, None),
        ("MARKET_CLOSED", {}, business_time(MONDAY, 12)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 10)),
        ("TRADING_ACCOUNT_NOT_FOUND", {"credit_code": ANN}, None),
        ("ORDER_NOT_OPEN", {"order_no": orders[6].order_no}, None),
        ("OWN_ORDER", {"credit_code": CAT}, None),
        ("QUANTITY_OUTSIDE_LIMIT", {"quantity_tco2e": 50_001}, None),
        ("ORDER_QUANTITY_EXCEEDED", {"quantity_tco2e": 10}, None),
        ("NOT_AMONG_BEST_PRICES", {"order_no": orders[5].order_no}, None),
        ("INSUFFICIENT_CASH", {"credit_code": BOB}, None),
    ]
    for expected, mended, moment in steps:
        assert reason(await take_listed_orders([item], **common(uow))) == expected
        item = _mend(uow, item, mended, moment)


async def test_a_cancel_is_judged_in_this_order(uow):
    ended = listed(1, status=OrderStatus.EXPIRED)
    await uow.orders.save([ended])
    item = OrderCancel(credit_code=BOB, order_no="O-1")
    steps = [
        ("ORDER_NOT_FOUND", {"order_no": ended.order_no}, None),
        ("ENTITY_MISMATCH", {"credit_code": ANN}, None),
        ("ORDER_NOT_OPEN", {}, None),
    ]
    for expected, mended, moment in steps:
        assert reason(await cancel_orders([item], uow=uow, clock=uow.clock)) == expected
        item = _mend(uow, item, mended, moment)


async def test_an_acceptance_is_judged_in_this_order(uow):
    offered = Proposal(
        proposal_no="B-CEA-2021-11-01-000001", market="CEA", trading_date=MONDAY,
        seller_account_no=trading_account("CEA", ANN), buyer_account_no=trading_account("CEA", CAT),
        product=CEA, price_fen_per_tco2e=4265, quantity_tco2e=100_000,
    )  # fmt: skip
    accepted = replace(offered, proposal_no="B-CEA-2021-11-01-000002", status=ProposalStatus.ACCEPTED)
    await uow.orders.save_proposals([offered, accepted])
    item = DealAcceptance(credit_code=BOB, proposal_no="B-CEA-2021-11-01-000009")
    steps = [
        ("PROPOSAL_NOT_FOUND", {"proposal_no": accepted.proposal_no}, None),
        ("ENTITY_MISMATCH", {"credit_code": CAT}, None),
        ("MARKET_CLOSED", {}, business_time(MONDAY, 10)),
        ("OUTSIDE_TRADING_HOURS", {}, business_time(MONDAY, 14)),
        ("PROPOSAL_NOT_OPEN", {"proposal_no": offered.proposal_no}, None),
        ("INSUFFICIENT_CASH", {}, None),
    ]
    for expected, mended, moment in steps:
        assert reason(await accept_block_deals([item], **common(uow))) == expected
        item = _mend(uow, item, mended, moment)


def _mend(uow: FakeUnitOfWork, item, mended, moment):
    if moment is not None:
        uow.clock.set(moment)
    if mended == "price":
        uow.state["references_fen"]["CEA", CEA] = 4265
        return item
    return replace(item, **mended)
