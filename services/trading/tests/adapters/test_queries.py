"""Reads: order and paging."""

from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_types_pb2 as types
from trading_market import ANN, BOB, CCER, CEA, MONDAY
from trading_steps import open_account, order, set_price


async def test_open_orders_come_by_side_price_and_time_in_pages(market):
    await open_account(market, ANN, units=1_000)
    await open_account(market, BOB, cash=10_000_000)
    await set_price(market)
    placed = [
        order(ANN, types.SIDE_SELL, 1, 4270),
        order(ANN, types.SIDE_SELL, 2, 4265),
        order(BOB, types.SIDE_BUY, 3, 4266),
        order(ANN, types.SIDE_SELL, 4, 4270),
        order(BOB, types.SIDE_BUY, 5, 4260),
    ]
    await market.batch("PlaceListedOrders", orders=placed)
    request = api.ListOpenOrdersRequest(market="CEA", product=CEA, page={"page_size": 2})
    seen, sizes = [], []
    while True:
        answer = await market.queries.ListOpenOrders(request)
        seen += [listed.quantity_tco2e for listed in answer.orders]
        sizes.append(len(answer.orders))
        if not answer.page.next_page_token:
            break
        request.page.page_token = answer.page.next_page_token
    assert (seen, sizes) == ([5, 3, 2, 1, 4], [2, 2, 1])


async def test_trades_and_quotes_come_in_order_within_bounds_and_pages(market):
    await open_account(market, ANN, units=1_000)
    await open_account(market, BOB, cash=10_000_000)
    await set_price(market)
    await set_price(market, 3_000, CCER, "BJ")
    (order_no,) = await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 5)])
    takes = [{"credit_code": BOB, "order_no": order_no, "quantity_tco2e": 1} for _ in range(5)]
    trade_nos = await market.batch("TakeListedOrders", takes=takes)
    market.at(MONDAY, 15)
    await market.call("RunMarketClose", trading_date="2021-11-01")
    request = api.ListTradesRequest(market="CEA", from_date="2021-11-01", page={"page_size": 3})
    first = await market.queries.ListTrades(request)
    request.page.page_token = first.page.next_page_token
    second = await market.queries.ListTrades(request)
    assert [trade.trade_no for trade in [*first.trades, *second.trades]] == trade_nos
    assert second.page.next_page_token == ""
    assert not (await market.queries.ListTrades(api.ListTradesRequest(to_date="2021-10-31"))).trades
    assert not (await market.queries.ListTrades(api.ListTradesRequest(market="BJ"))).trades
    quotes = api.ListDailyQuotesRequest(page={"page_size": 1})
    one = await market.queries.ListDailyQuotes(quotes)
    quotes.page.page_token = one.page.next_page_token
    two = await market.queries.ListDailyQuotes(quotes)
    assert [quote.market for quote in [*one.quotes, *two.quotes]] == ["BJ", "CEA"]
