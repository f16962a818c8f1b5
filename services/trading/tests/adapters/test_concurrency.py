"""Batches at the same time: nothing sold, spent or numbered twice."""

import asyncio

from ets.trading.v1 import trading_types_pb2 as types
from trading_market import ANN, BOB, CAT, MONDAY
from trading_steps import account_opened, cash_of, deal, open_account, opening, order, set_price, units_of


async def test_an_order_taken_by_many_at_once_is_filled_and_not_overfilled(market):
    await open_account(market, ANN, units=1_000)
    await open_account(market, BOB, cash=10_000_000)
    await open_account(market, CAT, cash=10_000_000)
    await set_price(market)
    (order_no,) = await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 50)])
    takes = [
        market.batch(
            "TakeListedOrders", takes=[{"credit_code": who, "order_no": order_no, "quantity_tco2e": 10}]
        )
        for who in (BOB, CAT) * 5
    ]
    outcomes = sorted(outcome for (outcome,) in await asyncio.gather(*takes))
    trades = [f"X-CEA-2021-11-01-{number:06d}" for number in range(1, 6)]
    assert outcomes == ["ORDER_NOT_OPEN"] * 5 + trades
    assert await units_of(market, f"T-CEA-{ANN}") == (950, 50, 0, 0, 0)


async def test_the_same_units_and_cash_are_promised_once(market):
    market.at(MONDAY, 14)
    ann = await open_account(market, ANN, units=100_000)
    bob = await open_account(market, BOB, cash=4265 * 100)
    await set_price(market)
    sells = [
        market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 60_000)]) for _ in range(3)
    ]
    blocks = [market.batch("ProposeBlockDeals", deals=[deal(ANN, BOB, 100_000)]) for _ in range(2)]
    buys = [market.batch("PlaceListedOrders", orders=[order(BOB, types.SIDE_BUY, 60)]) for _ in range(3)]
    outcomes = [outcome for (outcome,) in await asyncio.gather(*sells, *blocks, *buys)]
    assert outcomes[:5].count("INSUFFICIENT_POSITION") == 4
    assert outcomes[5:].count("INSUFFICIENT_CASH") == 2
    assert sum(await units_of(market, ann)) == 100_000
    assert sum(await cash_of(market, bob)) == 4265 * 100


async def test_a_bank_reference_is_booked_once_whoever_comes_first(market):
    accounts = [await open_account(market, who) for who in (ANN, BOB)]
    deposits = [
        market.batch(
            "RecordDeposits", deposits=[{"account_no": a, "quantity_fen": 5, "bank_reference": "B1"}]
        )
        for a in accounts * 3
    ]
    outcomes = [outcome for (outcome,) in await asyncio.gather(*deposits)]
    assert sorted(outcomes) == ["B1"] + ["BANK_REFERENCE_REUSED"] * 5


async def test_an_account_is_opened_once_whoever_comes_first(market):
    await market.event(account_opened(ANN))
    openings = [market.batch("OpenTradingAccounts", accounts=[opening("CEA", ANN)]) for _ in range(4)]
    outcomes = [outcome for (outcome,) in await asyncio.gather(*openings)]
    assert sorted(outcomes) == [f"T-CEA-{ANN}"] + ["TRADING_ACCOUNT_OPEN_ALREADY"] * 3


async def test_a_batch_that_comes_after_the_close_with_an_old_clock_is_refused(market):
    await open_account(market, ANN, units=1_000)
    await set_price(market)
    market.at(MONDAY, 15)
    await market.call("RunMarketClose", trading_date="2021-11-01")
    market.at(MONDAY, 14, 59)
    outcome = await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 1)])
    assert outcome == ["OUTSIDE_TRADING_HOURS"]
