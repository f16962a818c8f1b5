"""Settlement trade by trade: units and cash together or not at all, once, however often it is run."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from attempts import ALLOWANCE, Bench, accepted, beijing, entity_of, reason_of
from ets.registry.v1.registry_events_pb2 import UnitsTransferredToTrading
from ets.registry.v1.registry_service_pb2 import SettleTradesRequest, TradeSettlement
from ets.trading.v1.trading_service_pb2 import (
    Deposit,
    GetTradingAccountRequest,
    ListedOrderPlacement,
    ListedOrderTake,
    ListTradesRequest,
    PlaceListedOrdersRequest,
    RecordDepositsRequest,
    RunMarketCloseRequest,
    RunSettlementRequest,
    TakeListedOrdersRequest,
)
from ets.trading.v1.trading_types_pb2 import Side, TradeStatus
from ets_kernel.domain.errors import Invalid
from ets_kernel.domain.ids import CreditCode, MarketCode, emitter_account, trading_account
from ets_kernel.runtime.db import OutgoingEvent
from simulation.population.plan import Entity
from simulation.window import world as actors
from system import digests, running
from trading_attempts import CLOSE_FEN

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]

SERVICE = actors.principal("settlement", "SERVICE")
SETTLED_DAY = date(2021, 11, 1)
QUANTITY_T = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(postgres_server, tmp_path_factory):
    async with running(postgres_server, tmp_path_factory.mktemp("settlement")) as system:
        yield await Bench.ready(system)


async def settle(bench: Bench, day: date) -> Any:
    return await bench.world.trading(actors.SCHEDULER).RunSettlement(
        RunSettlementRequest(request_id=bench.request_id(), trading_date=day.isoformat())
    )


async def settled_trade(bench: Bench) -> TradeSettlement:
    """Give the unit leg of a trade that was settled."""
    answer = await bench.world.trading_query().ListTrades(ListTradesRequest(market="CEA"))
    trade = answer.trades[0]
    assert trade.status == TradeStatus.TRADE_STATUS_SETTLED
    return TradeSettlement(
        trade_no=trade.trade_no,
        seller_account_no=f"R-E-{trade.seller_account_no.removeprefix('T-CEA-')}",
        buyer_account_no=f"R-E-{trade.buyer_account_no.removeprefix('T-CEA-')}",
        product=trade.product,
        quantity_tco2e=trade.quantity_tco2e,
    )


async def instruct(bench: Bench, trade: TradeSettlement) -> str:
    answer = await bench.world.registry(SERVICE).SettleTrades(
        SettleTradesRequest(
            request_id=bench.request_id(), trading_date=SETTLED_DAY.isoformat(), trades=[trade]
        )
    )
    return reason_of(answer)


async def test_a_settlement_that_is_run_again_settles_nothing(bench):
    before = await digests(bench.world)
    answer = await settle(bench, SETTLED_DAY)
    assert (answer.settled_count, answer.failed_count, answer.open_count) == (0, 0, 0)
    assert await digests(bench.world) == before


async def test_a_unit_leg_that_comes_again_is_accepted_and_moves_nothing(bench):
    trade = await settled_trade(bench)
    before = await digests(bench.world)
    assert await instruct(bench, trade) == ""
    assert await digests(bench.world) == before


async def test_a_unit_leg_with_other_content_is_refused(bench):
    trade = await settled_trade(bench)
    trade.quantity_tco2e += 1
    before = await digests(bench.world)
    assert await instruct(bench, trade) == "TRADE_SETTLED_DIFFERENTLY"
    assert await digests(bench.world) == before


async def test_a_trade_without_a_number_is_no_request(bench):
    trade = await settled_trade(bench)
    trade.trade_no = ""
    with pytest.raises(Invalid):
        await instruct(bench, trade)


async def test_a_refused_unit_leg_frees_both_sides(bench):
    """Trading believes in units that the registry does not hold: the trade fails, cash and units are free again."""
    seller, buyer = entity_of("RESERVE"), entity_of("RESERVE", 1)
    await units_that_do_not_exist(bench, seller)
    await bench.at(beijing(11, 4, 10))
    await deposit(bench, buyer)
    before = await state(bench, seller), await state(bench, buyer)
    registry_before = {
        book: one for book, one in (await digests(bench.world)).items() if book.startswith("registry/")
    }

    trade_no = await agree(bench, seller, buyer)
    assert (await state(bench, buyer))["frozen_fen"] == QUANTITY_T * CLOSE_FEN
    await bench.at(beijing(11, 4, 15, 15))
    await bench.world.trading(actors.SCHEDULER).RunMarketClose(
        RunMarketCloseRequest(request_id=bench.request_id(), trading_date="2021-11-04")
    )
    answer = await settle(bench, date(2021, 11, 4))

    assert (answer.settled_count, answer.failed_count, answer.open_count) == (0, 1, 0)
    assert (await state(bench, seller), await state(bench, buyer)) == before
    after = await digests(bench.world)
    assert {book: after[book] for book in registry_before} == registry_before
    trades = (await bench.world.trading_query().ListTrades(ListTradesRequest(from_date="2021-11-04"))).trades
    assert {trade.trade_no: trade.status for trade in trades} == {trade_no: TradeStatus.TRADE_STATUS_FAILED}


async def units_that_do_not_exist(bench: Bench, holder: Entity) -> None:
    """Let the registry tell of a transfer that it never made."""
    registry = bench.system.applications["registry"]
    account = emitter_account(CreditCode(holder.credit_code))
    transfer = UnitsTransferredToTrading(
        transfer_no="TT-forged-0", account_no=account, credit_code=holder.credit_code, product=ALLOWANCE,
        quantity_tco2e=QUANTITY_T,
    )  # fmt: skip
    async with registry.database.begin() as transaction:
        transaction.publish(
            OutgoingEvent(
                topic="ets.registry.transfers.v1", aggregate="account", aggregate_id=account, message=transfer,
                occurred_time=registry.clock.now(),
            )
        )  # fmt: skip
    await bench.barrier.quiesce()


async def deposit(bench: Bench, holder: Entity) -> None:
    account = trading_account(MarketCode("CEA"), CreditCode(holder.credit_code))
    answer = await bench.world.trading(actors.BANK).RecordDeposits(
        RecordDepositsRequest(
            request_id=bench.request_id(),
            deposits=[
                Deposit(account_no=account, quantity_fen=QUANTITY_T * CLOSE_FEN, bank_reference="forged")
            ],
        )
    )
    accepted(answer)


async def agree(bench: Bench, seller: Entity, buyer: Entity) -> str:
    """Place and take a listed order; give the number of the trade."""
    agents = bench.world.trading(actors.AGENTS)
    order = ListedOrderPlacement(
        market="CEA", credit_code=seller.credit_code, product=ALLOWANCE, side=Side.SIDE_SELL,
        price_fen_per_tco2e=CLOSE_FEN, quantity_tco2e=QUANTITY_T,
    )  # fmt: skip
    order_no = accepted(
        await agents.PlaceListedOrders(
            PlaceListedOrdersRequest(request_id=bench.request_id(), orders=[order])
        )
    )
    take = ListedOrderTake(credit_code=buyer.credit_code, order_no=order_no, quantity_tco2e=QUANTITY_T)
    return accepted(
        await agents.TakeListedOrders(TakeListedOrdersRequest(request_id=bench.request_id(), takes=[take]))
    )


async def state(bench: Bench, holder: Entity) -> dict[str, Any]:
    """Give the cash and the positions of a trader."""
    account = trading_account(MarketCode("CEA"), CreditCode(holder.credit_code))
    answer = await bench.world.trading_query().GetTradingAccount(
        GetTradingAccountRequest(account_no=account, credit_code=holder.credit_code)
    )
    return {
        "available_fen": answer.account.available_fen,
        "frozen_fen": answer.account.frozen_fen,
        "positions": sorted(
            (one.product, one.available_tco2e, one.frozen_tco2e)
            for one in answer.positions
            if one.available_tco2e
        ),
    }
