"""The whole of trading through gRPC: a listed trade, a block deal, settlement, T+1, withdrawal, reads."""

from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.runtime.grpc.messages import to_timestamp
from trading_market import ANN, BOB, CAT, CCER, CEA, MONDAY, TUESDAY, Market
from trading_steps import cash_of, deal, open_account, order, set_price, units_of


async def listed_trade(market: Market) -> str:
    """Ann sells Bob 100 of the 150 tonnes that she listed on Monday at 10:00."""
    await open_account(market, ANN, units=1_000)
    await open_account(market, BOB, cash=10_000_000)
    await set_price(market)
    (order_no,) = await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 150)])
    take = {"credit_code": BOB, "order_no": order_no, "quantity_tco2e": 100}
    (trade_no,) = await market.batch("TakeListedOrders", takes=[take])
    return trade_no


async def test_a_listed_order_is_taken_settled_and_its_units_are_free_the_next_session(market):
    ann, bob = f"T-CEA-{ANN}", f"T-CEA-{BOB}"
    assert await listed_trade(market) == "X-CEA-2021-11-01-000001"
    assert await units_of(market, ann) == (850, 150, 0, 0, 0)
    assert await units_of(market, bob) == (0, 0, 0, 0, 100)
    assert await cash_of(market, bob) == (10_000_000 - 426_500, 426_500)

    market.at(MONDAY, 15)
    closed = await market.call("RunMarketClose", trading_date="2021-11-01")
    assert (closed.expired_count, closed.quotes[0].close_fen_per_tco2e) == (1, 4265)
    settled = await market.call("RunSettlement", trading_date="2021-11-01")
    assert (settled.settled_count, settled.failed_count, settled.open_count) == (1, 0, 0)
    assert await units_of(market, ann) == (900, 0, 0, 0, 0)
    assert await units_of(market, bob) == (0, 0, 100, 0, 0)
    assert await cash_of(market, ann) == (426_500, 0)
    assert await cash_of(market, bob) == (10_000_000 - 426_500, 0)

    wanted = [{"market": "CEA", "credit_code": BOB, "product": CEA, "quantity_tco2e": 60}]
    assert await market.batch("WithdrawUnits", withdrawals=wanted) == ["BOUGHT_TODAY"]
    market.at(TUESDAY, 9)
    assert await market.batch("WithdrawUnits", withdrawals=wanted) == ["W-CEA-000001"]
    assert await units_of(market, bob) == (40, 0, 0, 60, 0)
    returned = registry_events_pb2.UnitsReturnedFromTrading(
        withdrawal_no="W-CEA-000001", account_no=f"R-E-{BOB}", product=CEA, quantity_tco2e=60
    )
    await market.event(returned)
    assert await units_of(market, bob) == (40, 0, 0, 0, 0)


async def test_a_block_deal_at_a_venue_settles_in_the_voluntary_registry(market):
    seller = await open_account(market, ANN, on="BJ", units=500)
    buyer = await open_account(market, CAT, on="BJ", cash=2_000_000)
    await set_price(market, 3_000, CCER, "BJ")
    proposed = deal(ANN, CAT, 500, 3_900, market="BJ", product=CCER)
    (proposal_no,) = await market.batch("ProposeBlockDeals", deals=[proposed])
    assert proposal_no == "B-BJ-2021-11-01-000001"
    acceptance = {"credit_code": CAT, "proposal_no": proposal_no}
    (trade_no,) = await market.batch("AcceptBlockDeals", acceptances=[acceptance])
    assert await units_of(market, seller, CCER) == (0, 500, 0, 0, 0)
    market.at(MONDAY, 16)
    closed = await market.call("RunMarketClose", trading_date="2021-11-01")
    assert (closed.quotes[0].close_fen_per_tco2e, closed.quotes[0].block_tco2e) == (3_000, 500)
    await market.call("RunSettlement", trading_date="2021-11-01")
    assert market.ccer.calls == [
        call for call in market.ccer.calls if call.startswith("settle-BJ-2021-11-01-")
    ]
    assert market.registry.calls == []
    assert await units_of(market, buyer, CCER) == (0, 0, 500, 0, 0)
    assert await cash_of(market, seller) == (1_950_000, 0)
    listed = await market.queries.ListTrades(api.ListTradesRequest(market="BJ"))
    assert [(trade.trade_no, trade.status) for trade in listed.trades] == [
        (trade_no, types.TRADE_STATUS_SETTLED)
    ]


async def test_reads_give_the_state_as_recorded_at_a_moment(market):
    trade_no = await listed_trade(market)
    ten = to_timestamp(market.clock.now())
    market.at(MONDAY, 15)
    await market.call("RunMarketClose", trading_date="2021-11-01")
    await market.call("RunSettlement", trading_date="2021-11-01")
    market.at(TUESDAY, 10)
    asked = {"account_no": f"T-CEA-{BOB}", "credit_code": BOB}
    before = await market.queries.GetTradingAccount(api.GetTradingAccountRequest(**asked, as_of=ten))
    now = await market.queries.GetTradingAccount(api.GetTradingAccountRequest(**asked))
    assert (before.account.frozen_fen, now.account.frozen_fen) == (426_500, 0)
    assert (before.positions[0].bought_today_tco2e, before.positions[0].available_tco2e) == (100, 0)
    assert (now.positions[0].bought_today_tco2e, now.positions[0].available_tco2e) == (0, 100)
    trades = await market.queries.ListTrades(api.ListTradesRequest(as_of=ten))
    assert [(t.trade_no, t.status) for t in trades.trades] == [(trade_no, types.TRADE_STATUS_AGREED)]
    orders = api.ListOpenOrdersRequest(market="CEA", product=CEA)
    assert (await market.queries.ListOpenOrders(orders)).orders == []
    orders.as_of.CopyFrom(ten)
    (left,) = (await market.queries.ListOpenOrders(orders)).orders
    assert (left.filled_tco2e, left.status) == (100, types.ORDER_STATUS_PARTLY_FILLED)
    quotes = await market.queries.ListDailyQuotes(api.ListDailyQuotesRequest(from_date="2021-11-01"))
    assert [quote.listed_turnover_fen for quote in quotes.quotes] == [426_500]
    assert (await market.queries.ListDailyQuotes(api.ListDailyQuotesRequest(as_of=ten))).quotes == []
