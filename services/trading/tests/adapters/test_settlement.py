"""Settlement through gRPC: crashes at every step, refusals of the unit leg, repetition."""

import grpc
import pytest
from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.domain.errors import RequestIdReused
from trading.domain.errors import MarketNotYetClosed
from trading_market import ANN, BOB, MONDAY, TUESDAY, Market, insufficient_holding, unavailable
from trading_steps import cash_of, open_account, order, set_price, units_of

DATE = "2021-11-01"


class Crash(Exception):
    """The process is gone."""


async def traded(market: Market, *, quantities=(100, 40), is_closed: bool = True) -> list[str]:
    """Ann has sold Bob some tonnes on Monday."""
    await open_account(market, ANN, units=1_000)
    await open_account(market, BOB, cash=10_000_000)
    await set_price(market)
    (order_no,) = await market.batch(
        "PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, sum(quantities))]
    )
    takes = [
        {"credit_code": BOB, "order_no": order_no, "quantity_tco2e": quantity} for quantity in quantities
    ]
    trade_nos = await market.batch("TakeListedOrders", takes=takes)
    market.at(MONDAY, 15)
    if is_closed:
        await market.call("RunMarketClose", trading_date=DATE)
    return trade_nos


async def statuses(market: Market) -> list[str]:
    return [status for (status,) in await market.rows("SELECT status FROM trade ORDER BY trade_no")]


async def run(market: Market) -> tuple[int, int, int]:
    answer = await market.call("RunSettlement", trading_date=DATE)
    return answer.settled_count, answer.failed_count, answer.open_count


async def assert_settled(market: Market, quantity: int = 140) -> None:
    assert set(await statuses(market)) == {"SETTLED"}
    assert await units_of(market, f"T-CEA-{ANN}") == (1_000 - quantity, 0, 0, 0, 0)
    assert await units_of(market, f"T-CEA-{BOB}") == (0, 0, quantity, 0, 0)
    assert await cash_of(market, f"T-CEA-{ANN}") == (4265 * quantity, 0)
    assert await cash_of(market, f"T-CEA-{BOB}") == (10_000_000 - 4265 * quantity, 0)


async def test_settlement_waits_for_the_close(market):
    await traded(market, is_closed=False)
    with pytest.raises(MarketNotYetClosed):
        await run(market)
    assert await statuses(market) == ["AGREED", "AGREED"]


async def test_settlement_of_a_closed_day_without_trades_does_nothing(market):
    market.at(MONDAY, 15)
    await market.call("RunMarketClose", trading_date=DATE)
    assert await run(market) == (0, 0, 0)
    assert market.registry.calls == []


async def test_a_registry_that_is_away_leaves_trades_open_and_the_next_run_finishes(market):
    await traded(market)
    market.registry.fail_before = [unavailable()]
    assert await run(market) == (0, 0, 2)
    assert await statuses(market) == ["SETTLING", "SETTLING"]
    assert await run(market) == (2, 0, 0)
    await assert_settled(market)


async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_batch(market):
    await traded(market)
    market.registry.fail_after = [unavailable()]
    assert await run(market) == (0, 0, 2)
    assert len(market.registry.moved) == 1
    assert await run(market) == (2, 0, 0)
    assert len(set(market.registry.calls)) == 1
    await assert_settled(market)


@pytest.mark.parametrize("moment", ["fail_before", "fail_after"])
async def test_a_crash_around_the_call_loses_nothing(market, moment):
    await traded(market)
    setattr(market.registry, moment, [Crash()])
    with pytest.raises(grpc.aio.AioRpcError):
        await run(market)
    assert await statuses(market) == ["SETTLING", "SETTLING"]
    assert await run(market) == (2, 0, 0)
    assert len(market.registry.moved) == 1
    await assert_settled(market)


@pytest.mark.parametrize("begun", [0, 1, 2])
async def test_a_crash_before_any_commit_is_made_good_by_running_again(market, begun):
    """Transactions of a run: 0 puts trades into batches, 1 reads the batches, 2 applies the answer."""
    await traded(market)
    begin = market.desk.settlement.begin
    count = 0

    class CrashingBegin:
        def __call__(self):
            nonlocal count
            count += 1
            return _crashing(begin) if count == begun + 1 else begin()

    object.__setattr__(market.desk.settlement, "begin", CrashingBegin())
    with pytest.raises(grpc.aio.AioRpcError):
        await run(market)
    assert await statuses(market) == ["AGREED" if begun == 0 else "SETTLING"] * 2
    assert await cash_of(market, f"T-CEA-{BOB}") == (10_000_000 - 4265 * 140, 4265 * 140)
    assert await run(market) == (2, 0, 0)
    await assert_settled(market)


class _crashing:  # noqa: N801 - a context manager that is used like a function
    """A transaction that does everything and dies before its commit."""

    def __init__(self, begin):
        self._inner = begin()

    async def __aenter__(self):
        return await self._inner.__aenter__()

    async def __aexit__(self, *_):
        crash = Crash()
        await self._inner.__aexit__(Crash, crash, None)
        raise crash


async def test_a_refused_unit_leg_frees_both_sides_and_leaves_the_others(market):
    first, _second = await traded(market)
    market.registry.refuse = lambda trade_no: insufficient_holding() if trade_no == first else None
    assert await run(market) == (1, 1, 0)
    assert await statuses(market) == ["FAILED", "SETTLED"]
    assert await market.rows("SELECT reason FROM trade ORDER BY trade_no") == [
        ("INSUFFICIENT_HOLDING",),
        ("",),
    ]
    assert await units_of(market, f"T-CEA-{ANN}") == (960, 0, 0, 0, 0)
    assert await units_of(market, f"T-CEA-{BOB}") == (0, 0, 40, 0, 0)
    assert await cash_of(market, f"T-CEA-{BOB}") == (10_000_000 - 4265 * 40, 0)
    assert await cash_of(market, f"T-CEA-{ANN}") == (4265 * 40, 0)
    assert (await market.published("TradeFailed"), await market.published("TradeSettled")) == (1, 1)
    # It does not come back.
    assert await run(market) == (0, 0, 0)


async def test_running_again_settles_nothing_twice(market):
    await traded(market)
    assert await run(market) == (2, 0, 0)
    before = await market.state()
    assert await run(market) == (0, 0, 0)
    assert await market.state() == before


async def test_the_same_request_gives_the_first_answer(market):
    await traded(market)
    request = api.RunSettlementRequest(request_id="same", trading_date=DATE)
    first = await market.commands.RunSettlement(request)
    assert first.settled_count == 2
    assert await market.commands.RunSettlement(request) == first
    other = api.RunSettlementRequest(request_id="same", trading_date="2021-10-29")
    with pytest.raises(RequestIdReused):
        await market.commands.RunSettlement(other)


async def test_a_request_that_was_left_open_goes_on_under_the_same_id(market):
    await traded(market)
    market.registry.fail_before = [unavailable()]
    request = api.RunSettlementRequest(request_id="same", trading_date=DATE)
    assert (await market.commands.RunSettlement(request)).open_count == 2
    assert (await market.commands.RunSettlement(request)).settled_count == 2


async def test_two_runs_at_once_settle_every_trade_once(market):
    import asyncio  # noqa: PLC0415

    await traded(market)
    answers = await asyncio.gather(run(market), run(market))
    assert sum(settled for settled, _, _ in answers) == 2
    await assert_settled(market)
    assert await market.published("TradeSettled") == 2


async def test_batches_keep_to_their_size(market):
    await traded(market, quantities=(1, 2, 3, 4, 5))
    object.__setattr__(market.desk.settlement, "batch_size_max", 2)
    assert await run(market) == (5, 0, 0)
    assert sorted(len(batch.trades) for batch in market.registry.moved.values()) == [1, 2, 2]
    await assert_settled(market, 15)


async def test_units_of_a_late_settlement_are_free_at_once(market):
    await traded(market)
    market.at(TUESDAY, 10)
    assert await run(market) == (2, 0, 0)
    assert await units_of(market, f"T-CEA-{BOB}") == (140, 0, 0, 0, 0)
    sold = await market.batch("PlaceListedOrders", orders=[order(BOB, types.SIDE_SELL, 140)])
    assert sold == ["O-CEA-2021-11-02-000001"]
