"""Every refusal of trading through gRPC: its reason, that nothing changes, and the same request again."""

from typing import Any

import pytest
from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_service_pb2_grpc
from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.domain.errors import (
    AsOfInFuture,
    MalformedRequest,
    RequestIdReused,
    RoleForbidden,
    ScopeForbidden,
    TooEarly,
)
from ets_kernel.runtime.grpc.messages import to_timestamp
from trading.domain.errors import MarketClosed, TradingAccountNotFound
from trading_market import ANN, BOB, CAT, CCER, CEA, MONDAY, SATURDAY, TUESDAY, Market
from trading_steps import account_opened, deal, open_account, opening, order, set_price

SELL, BUY = types.SIDE_SELL, types.SIDE_BUY


@pytest.fixture
async def traders(market: Market) -> Market:
    """Ann has 300,000 t, Bob and Cat have cash, on the national market; Monday 14:00."""
    market.at(MONDAY, 14)
    await open_account(market, ANN, units=300_000)
    await open_account(market, BOB, cash=10**12)
    await open_account(market, CAT, cash=1_000)
    await set_price(market)
    return market


async def refused(market: Market, rpc: str, reason: str, **fields: Any) -> None:
    """Check that a batch of one is refused, that nothing changed, and that it is refused again the same way."""
    before = await market.state()
    request = getattr(api, f"{rpc}Request")(request_id=market.request_id(), **fields)
    answer = await getattr(market.commands, rpc)(request)
    assert [item.error.reason for item in answer.results] == [reason]
    assert await market.state() == before
    assert await getattr(market.commands, rpc)(request) == answer


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"credit_code": ANN[:-1] + "0"}, "CREDIT_CODE_INVALID"),
        ({"market": "XX"}, "MARKET_UNKNOWN"),
        ({"credit_code": BOB, "holder_account_no": f"R-E-{BOB}"}, "TRADING_ACCOUNT_OPEN_ALREADY"),
        ({"holder_account_no": "R-E-UNKNOWN"}, "HOLDER_ACCOUNT_UNKNOWN"),
        ({"holder_account_no": f"R-E-{BOB}"}, "HOLDER_ACCOUNT_UNKNOWN"),
        ({"market": "BJ"}, "HOLDER_ACCOUNT_UNKNOWN"),
    ],
)
async def test_accounts_that_are_not_opened(market, changed, reason):
    await market.event(account_opened(ANN))
    await open_account(market, BOB)
    await refused(market, "OpenTradingAccounts", reason, accounts=[{**opening("CEA", ANN), **changed}])


async def test_a_deposit_goes_to_an_account_once(traders):
    deposit = {"account_no": f"T-CEA-{ANN}", "quantity_fen": 5, "bank_reference": "B1"}
    stranger = {**deposit, "account_no": "T-CEA-NOBODY"}
    await refused(traders, "RecordDeposits", "TRADING_ACCOUNT_NOT_FOUND", deposits=[stranger])
    answers = await traders.batch("RecordDeposits", deposits=[deposit, deposit])
    assert answers == ["B1", "BANK_REFERENCE_REUSED"]
    await refused(traders, "RecordDeposits", "BANK_REFERENCE_REUSED", deposits=[deposit])


async def test_cash_goes_out_up_to_what_is_available(traders):
    wanted = {"market": "CEA", "credit_code": CAT, "quantity_fen": 1_001}
    await refused(traders, "RequestCashWithdrawals", "INSUFFICIENT_CASH", withdrawals=[wanted])
    stranger = {**wanted, "market": "XX"}
    await refused(traders, "RequestCashWithdrawals", "TRADING_ACCOUNT_NOT_FOUND", withdrawals=[stranger])
    exact = {**wanted, "quantity_fen": 1_000}
    assert await traders.batch("RequestCashWithdrawals", withdrawals=[exact, exact]) == [
        "CW-CEA-000001",
        "INSUFFICIENT_CASH",
    ]


async def test_the_bank_confirms_once(traders):
    wanted = {"market": "CEA", "credit_code": CAT, "quantity_fen": 400}
    paid, returned = await traders.batch("RequestCashWithdrawals", withdrawals=[wanted, wanted])
    unknown = [{"cash_withdrawal_no": "CW-CEA-000009", "is_paid": True}]
    await refused(traders, "ConfirmCashWithdrawals", "CASH_WITHDRAWAL_NOT_FOUND", confirmations=unknown)
    answers = await traders.batch(
        "ConfirmCashWithdrawals",
        confirmations=[
            {"cash_withdrawal_no": paid, "is_paid": True},
            {"cash_withdrawal_no": returned, "is_paid": False},
            {"cash_withdrawal_no": paid, "is_paid": False},
        ],
    )
    assert answers == [paid, returned, "CASH_WITHDRAWAL_ALREADY_CONFIRMED"]
    again = [{"cash_withdrawal_no": returned, "is_paid": True}]
    await refused(traders, "ConfirmCashWithdrawals", "CASH_WITHDRAWAL_ALREADY_CONFIRMED", confirmations=again)
    rows = await traders.rows(
        f"SELECT available_fen, frozen_fen FROM trading_account WHERE credit_code = '{CAT}'"
    )
    assert rows == [(600, 0)]


async def test_units_go_out_up_to_what_is_available(traders):
    wanted = {"market": "CEA", "credit_code": ANN, "product": CEA, "quantity_tco2e": 300_001}
    await refused(traders, "WithdrawUnits", "INSUFFICIENT_POSITION", withdrawals=[wanted])
    stranger = {**wanted, "market": "BJ"}
    await refused(traders, "WithdrawUnits", "TRADING_ACCOUNT_NOT_FOUND", withdrawals=[stranger])
    exact = {**wanted, "quantity_tco2e": 300_000}
    assert await traders.batch("WithdrawUnits", withdrawals=[exact]) == ["W-CEA-000001"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"market": "XX"}, "MARKET_UNKNOWN"),
        ({"product": "GOLD"}, "PRODUCT_INVALID"),
        ({"product": CCER}, "PRODUCT_INVALID"),
        ({"market": "BJ"}, "PRODUCT_INVALID"),
        ({"market": "BJ", "product": "OFFSET-WIND01-2016"}, "PRODUCT_INVALID"),
    ],
)
async def test_reference_prices_that_are_not_set(market, changed, reason):
    price = {"market": "CEA", "product": CEA, "price_fen_per_tco2e": 4265, **changed}
    await refused(market, "SetReferencePrices", reason, prices=[price])


async def test_a_reference_price_is_fixed_with_the_first_close(traders):
    traders.at(MONDAY, 15)
    await traders.call("RunMarketClose", trading_date="2021-11-01")
    price = {"market": "CEA", "product": CEA, "price_fen_per_tco2e": 1}
    await refused(traders, "SetReferencePrices", "REFERENCE_PRICE_FIXED", prices=[price])


# 42.65 CNY ± 10 % is 38.385 to 46.915; both bounds are rounded half-up: 38.39 and 46.92.
@pytest.mark.parametrize(
    ("placed", "reason"),
    [
        (order(CAT, BUY, 1, 4692), "INSUFFICIENT_CASH"),
        (order(BOB, BUY, 1, 4693), "PRICE_OUTSIDE_LIMIT"),
        (order(ANN, SELL, 1, 3838), "PRICE_OUTSIDE_LIMIT"),
        (order(ANN, SELL, 100_000), "QUANTITY_OUTSIDE_LIMIT"),
        (order(BOB, SELL, 1), "INSUFFICIENT_POSITION"),
        (order(ANN, BUY, 1), "INSUFFICIENT_CASH"),
        (order(ANN, SELL, 1, market="BJ"), "TRADING_ACCOUNT_NOT_FOUND"),
        (order(ANN, SELL, 1, market="XX"), "TRADING_ACCOUNT_NOT_FOUND"),
        (order(ANN, SELL, 1, product="GOLD"), "PRODUCT_INVALID"),
        (order(ANN, SELL, 1, product=CCER), "PRODUCT_INVALID"),
        (order(ANN, SELL, 1, product="CEA-2021"), "REFERENCE_PRICE_MISSING"),
    ],
)
async def test_orders_that_are_not_placed(traders, placed, reason):
    await refused(traders, "PlaceListedOrders", reason, orders=[placed])


async def test_orders_at_the_bounds_are_placed(traders):
    bounds = [order(ANN, SELL, 99_999, 3839), order(ANN, SELL, 1, 4692), order(BOB, BUY, 99_999, 3839)]
    assert await traders.batch("PlaceListedOrders", orders=bounds) == [
        f"O-CEA-2021-11-01-{number:06d}" for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("day", "hour", "minute", "reason"),
    [
        (SATURDAY, 10, 0, "MARKET_CLOSED"),
        (MONDAY, 9, 29, "OUTSIDE_TRADING_HOURS"),
        (MONDAY, 11, 30, "OUTSIDE_TRADING_HOURS"),
        (MONDAY, 12, 59, "OUTSIDE_TRADING_HOURS"),
        (MONDAY, 15, 0, "OUTSIDE_TRADING_HOURS"),
    ],
)
async def test_nobody_trades_outside_the_hours(traders, day, hour, minute, reason):
    placed = order(ANN, SELL, 10)
    (order_no,) = await traders.batch("PlaceListedOrders", orders=[placed])
    (proposal_no,) = await traders.batch("ProposeBlockDeals", deals=[deal(ANN, BOB, 100_000)])
    traders.at(day, hour, minute)
    await refused(traders, "PlaceListedOrders", reason, orders=[placed])
    take = {"credit_code": BOB, "order_no": order_no, "quantity_tco2e": 1}
    await refused(traders, "TakeListedOrders", reason, takes=[take])
    await refused(traders, "ProposeBlockDeals", reason, deals=[deal(ANN, BOB, 100_000)])
    acceptance = {"credit_code": BOB, "proposal_no": proposal_no}
    await refused(traders, "AcceptBlockDeals", reason, acceptances=[acceptance])


async def test_allowances_have_block_deals_in_the_afternoon_only_and_venues_all_day(traders):
    await open_account(traders, ANN, on="BJ", units=10)
    await open_account(traders, BOB, on="BJ", cash=100_000)
    await set_price(traders, 3_000, CCER, "BJ")
    traders.at(MONDAY, 10)
    await refused(traders, "ProposeBlockDeals", "OUTSIDE_TRADING_HOURS", deals=[deal(ANN, BOB, 100_000)])
    at_venue = deal(ANN, BOB, 1, 3_000, market="BJ", product=CCER)
    assert await traders.batch("ProposeBlockDeals", deals=[at_venue]) == ["B-BJ-2021-11-01-000001"]


async def test_takes_that_make_no_trade(traders):
    listed = [order(ANN, SELL, 10, 4265 + step) for step in range(6)]
    numbers = await traders.batch("PlaceListedOrders", orders=listed)
    take = {"credit_code": BOB, "order_no": numbers[0], "quantity_tco2e": 1}

    async def not_taken(reason: str, **changed: Any) -> None:
        await refused(traders, "TakeListedOrders", reason, takes=[{**take, **changed}])

    await not_taken("ORDER_NOT_FOUND", order_no="O-CEA-2021-11-01-999999")
    await not_taken("ORDER_NOT_FOUND", order_no="nonsense")
    await not_taken("TRADING_ACCOUNT_NOT_FOUND", credit_code="91370100000000009X")
    await not_taken("OWN_ORDER", credit_code=ANN)
    await not_taken("ORDER_QUANTITY_EXCEEDED", quantity_tco2e=11)
    await not_taken("QUANTITY_OUTSIDE_LIMIT", quantity_tco2e=100_000)
    await not_taken("NOT_AMONG_BEST_PRICES", order_no=numbers[5])
    await not_taken("INSUFFICIENT_CASH", credit_code=CAT)
    # The fifth level may be taken; when the first is gone, the sixth may.
    both = [
        {**take, "order_no": numbers[4]},
        {**take, "quantity_tco2e": 10},
        {**take, "order_no": numbers[5]},
    ]
    assert await traders.batch("TakeListedOrders", takes=both) == [
        f"X-CEA-2021-11-01-{number:06d}" for number in (1, 2, 3)
    ]
    await not_taken("ORDER_NOT_OPEN")
    traders.at(TUESDAY, 10)
    await not_taken("ORDER_NOT_OPEN", order_no=numbers[1])


async def test_a_buy_order_is_taken_by_who_has_the_units(traders):
    (order_no,) = await traders.batch("PlaceListedOrders", orders=[order(BOB, BUY, 10)])
    take = {"credit_code": CAT, "order_no": order_no, "quantity_tco2e": 1}
    await refused(traders, "TakeListedOrders", "INSUFFICIENT_POSITION", takes=[take])
    (trade_no,) = await traders.batch("TakeListedOrders", takes=[{**take, "credit_code": ANN}])
    assert trade_no == "X-CEA-2021-11-01-000001"
    # What Bob bought a moment ago he cannot sell in this session.
    await refused(traders, "PlaceListedOrders", "BOUGHT_TODAY", orders=[order(BOB, SELL, 1)])


async def test_cancels_that_cancel_nothing(traders):
    (order_no,) = await traders.batch("PlaceListedOrders", orders=[order(ANN, SELL, 10)])
    cancel = {"credit_code": ANN, "order_no": order_no}
    await refused(traders, "CancelOrders", "ORDER_NOT_FOUND", cancels=[{**cancel, "order_no": "O-1"}])
    await refused(traders, "CancelOrders", "ENTITY_MISMATCH", cancels=[{**cancel, "credit_code": BOB}])
    assert await traders.batch("CancelOrders", cancels=[cancel, cancel]) == [order_no, "ORDER_NOT_OPEN"]
    await refused(traders, "CancelOrders", "ORDER_NOT_OPEN", cancels=[cancel])


# 42.65 CNY ± 30 % is 29.855 to 55.445; rounded half-up: 29.86 and 55.45.
@pytest.mark.parametrize(
    ("proposed", "reason"),
    [
        (deal(ANN, BOB, 99_999), "QUANTITY_OUTSIDE_LIMIT"),
        (deal(ANN, BOB, 100_000, 2985), "PRICE_OUTSIDE_LIMIT"),
        (deal(ANN, BOB, 100_000, 5546), "PRICE_OUTSIDE_LIMIT"),
        (deal(ANN, ANN, 100_000), "OWN_ORDER"),
        (deal(ANN, "91370100000000009X", 100_000), "TRADING_ACCOUNT_NOT_FOUND"),
        (deal(ANN, BOB, 100_000, product=CCER), "PRODUCT_INVALID"),
        (deal(ANN, BOB, 100_000, product="CEA-2021"), "REFERENCE_PRICE_MISSING"),
        (deal(ANN, BOB, 300_001), "INSUFFICIENT_POSITION"),
        (deal(ANN, BOB, 100_000, market="XX"), "TRADING_ACCOUNT_NOT_FOUND"),
    ],
)
async def test_deals_that_are_not_proposed(traders, proposed, reason):
    await refused(traders, "ProposeBlockDeals", reason, deals=[proposed])


async def test_acceptances_that_make_no_trade(traders):
    proposed = [deal(ANN, CAT, 100_000, 2986), deal(ANN, BOB, 100_000, 5545)]
    for_cat, for_bob = await traders.batch("ProposeBlockDeals", deals=proposed)
    accept = {"credit_code": BOB, "proposal_no": for_bob}

    async def not_accepted(reason: str, **changed: Any) -> None:
        await refused(traders, "AcceptBlockDeals", reason, acceptances=[{**accept, **changed}])

    await not_accepted("PROPOSAL_NOT_FOUND", proposal_no="B-CEA-2021-11-01-000009")
    await not_accepted("ENTITY_MISMATCH", credit_code=CAT)
    await not_accepted("INSUFFICIENT_CASH", credit_code=CAT, proposal_no=for_cat)
    assert await traders.batch("AcceptBlockDeals", acceptances=[accept, accept]) == [
        "X-CEA-2021-11-01-000001",
        "PROPOSAL_NOT_OPEN",
    ]
    traders.at(TUESDAY, 14)
    await not_accepted("PROPOSAL_NOT_OPEN", credit_code=CAT, proposal_no=for_cat)


async def test_a_close_that_does_not_happen(traders):
    before = await traders.state()
    traders.at(MONDAY, 14, 59)
    with pytest.raises(TooEarly):
        await traders.call("RunMarketClose", trading_date="2021-11-01")
    with pytest.raises(MarketClosed):
        await traders.call("RunMarketClose", trading_date="2021-10-31")
    with pytest.raises(MalformedRequest):
        await traders.call("RunMarketClose", trading_date="2021-02-30")
    assert await traders.state() == before


async def test_one_request_id_has_one_effect(traders):
    request = api.PlaceListedOrdersRequest(request_id="same", orders=[order(ANN, SELL, 10)])
    first = await traders.commands.PlaceListedOrders(request)
    state = await traders.state()
    assert await traders.commands.PlaceListedOrders(request) == first
    other = api.PlaceListedOrdersRequest(request_id="same", orders=[order(ANN, SELL, 11)])
    with pytest.raises(RequestIdReused):
        await traders.commands.PlaceListedOrders(other)
    assert await traders.state() == state


async def test_emitters_act_for_themselves(traders):
    channel = traders.serving.channel("ROLE_EMITTER", entities=[BOB])
    stub = trading_service_pb2_grpc.TradingServiceStub(channel)
    with pytest.raises(ScopeForbidden):
        await stub.PlaceListedOrders(
            api.PlaceListedOrdersRequest(request_id="r", orders=[order(BOB, BUY, 1), order(ANN, SELL, 1)])
        )
    with pytest.raises(RoleForbidden):
        await stub.RunMarketClose(api.RunMarketCloseRequest(request_id="r", trading_date="2021-11-01"))


async def test_nobody_opens_a_trading_account_for_himself(market):
    await market.event(account_opened(ANN))
    channel = market.serving.channel("ROLE_EMITTER", entities=[ANN])
    own = trading_service_pb2_grpc.TradingServiceStub(channel)
    request = api.OpenTradingAccountsRequest(request_id="r", accounts=[opening("CEA", ANN)])
    with pytest.raises(RoleForbidden):
        await own.OpenTradingAccounts(request)
    assert await market.rows("SELECT * FROM trading_account") == []


async def test_reads_that_are_refused(traders):
    get, trades = traders.queries.GetTradingAccount, traders.queries.ListTrades
    with pytest.raises(TradingAccountNotFound):
        await get(api.GetTradingAccountRequest(account_no=f"T-CEA-{ANN}", credit_code=BOB))
    early = to_timestamp(traders.clock.now().replace(year=2020))
    with pytest.raises(TradingAccountNotFound):
        await get(api.GetTradingAccountRequest(account_no=f"T-CEA-{ANN}", credit_code=ANN, as_of=early))
    late = to_timestamp(traders.clock.now().replace(year=2022))
    with pytest.raises(AsOfInFuture):
        await trades(api.ListTradesRequest(as_of=late))
    with pytest.raises(MalformedRequest):
        await trades(api.ListTradesRequest(from_date="20211101"))
