"""Cancellation, carry-over and their corrections on the whole platform: a trade of 2025 counts, and all books agree."""

from datetime import date, datetime

import pytest
import pytest_asyncio
from attempts import ALLOWANCE, Bench, accepted, entity_of, reason_of, surrender
from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1.registry_service_pb2 import (
    DecideSurrenderApplicationsRequest,
    GetAccountRequest,
    RunSurrenderRegistrationRequest,
    SurrenderDecision,
    TradingTransfer,
    TransferToTradingRequest,
)
from ets.registry.v1.registry_types_pb2 import CHANGE_DOCUMENT_KIND_MISTAKE_REPORT, ChangeDocument
from ets.trading.v1.trading_service_pb2 import (
    Deposit,
    ListedOrderPlacement,
    ListedOrderTake,
    PlaceListedOrdersRequest,
    RecordDepositsRequest,
    RunMarketCloseRequest,
    RunSettlementRequest,
    TakeListedOrdersRequest,
)
from ets.trading.v1.trading_types_pb2 import Side
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.ids import CreditCode, MarketCode, emitter_account, trading_account
from simulation.window import world as actors
from system import assert_all_kept, reconcile, running
from trading_attempts import CLOSE_FEN

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]

SELLER, BUYER = entity_of("RESERVE"), entity_of("BUYER")
ACCOUNT = emitter_account(CreditCode(SELLER.credit_code))
SOLD_TCO2E, CANCELLED_TCO2E, CARRIED_TCO2E = 200, 30, 100
NEW = "CEA-2025"


def beijing(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(postgres_server, tmp_path_factory):
    async with running(postgres_server, tmp_path_factory.mktemp("retirement")) as system:
        yield await Bench.ready(system)


async def test_units_are_cancelled_and_carried_over_and_every_invariant_is_kept(bench):
    await sell(bench)
    await cancel(bench)
    await bench.at(beijing(2026, 1, 20, 10))
    assert await declare(bench, SOLD_TCO2E + 1) == ""
    assert (await notices(bench)).notice_count == 0
    assert await declare(bench, SOLD_TCO2E) == ""
    assert (await notices(bench)).notice_count == 1
    await carry_over(bench)
    await bench.barrier.quiesce()
    answer = await bench.world.registry_query().GetAccount(
        GetAccountRequest(account_no=ACCOUNT, credit_code=SELLER.credit_code)
    )
    assert sum(one.quantity_tco2e for one in answer.holdings if one.product == NEW) == CARRIED_TCO2E
    assert_all_kept(await reconcile(bench.world, "retired"))
    surrendered = await surrender_units(bench)
    corrections = [
        await correct(bench, f"VC-{ACCOUNT}-1/registered"),
        await correct(bench, f"COA-{SELLER.credit_code}-1/1/recovered", f"COA-{SELLER.credit_code}-1/issued"),
        await correct(bench, f"{surrendered}/1/registered"),
    ]
    await bench.barrier.quiesce()
    assert_all_kept(await reconcile(bench.world, "corrected"))
    await correct(bench, f"{corrections[-1]}/1")
    await bench.barrier.quiesce()
    assert_all_kept(await reconcile(bench.world, "registered again"))


async def sell(bench: Bench) -> None:
    """Let the seller's units go to trading and be bought on the last session but one of 2025."""
    agents = bench.world.trading(actors.AGENTS)
    await bench.at(beijing(2025, 12, 30, 9, 30))
    transfer = TradingTransfer(credit_code=SELLER.credit_code, product=ALLOWANCE, quantity_tco2e=SOLD_TCO2E)
    accepted(
        await bench.world.registry(actors.AGENTS).TransferToTrading(
            TransferToTradingRequest(request_id=bench.request_id(), transfers=[transfer])
        )
    )
    await bench.barrier.quiesce()
    deposit = Deposit(
        account_no=trading_account(MarketCode("CEA"), CreditCode(BUYER.credit_code)),
        quantity_fen=SOLD_TCO2E * CLOSE_FEN,
        bank_reference="carry-over",
    )
    accepted(
        await bench.world.trading(actors.BANK).RecordDeposits(
            RecordDepositsRequest(request_id=bench.request_id(), deposits=[deposit])
        )
    )
    await bench.at(beijing(2025, 12, 30, 10))
    order = ListedOrderPlacement(
        market="CEA",
        credit_code=SELLER.credit_code,
        product=ALLOWANCE,
        side=Side.SIDE_SELL,
        price_fen_per_tco2e=CLOSE_FEN,
        quantity_tco2e=SOLD_TCO2E,
    )
    placed = PlaceListedOrdersRequest(request_id=bench.request_id(), orders=[order])
    order_no = accepted(await agents.PlaceListedOrders(placed))
    take = ListedOrderTake(credit_code=BUYER.credit_code, order_no=order_no, quantity_tco2e=SOLD_TCO2E)
    taken = TakeListedOrdersRequest(request_id=bench.request_id(), takes=[take])
    accepted(await agents.TakeListedOrders(taken))
    await bench.at(beijing(2025, 12, 30, 15, 30))
    scheduled = bench.world.trading(actors.SCHEDULER)
    day = date(2025, 12, 30).isoformat()
    await scheduled.RunMarketClose(RunMarketCloseRequest(request_id=bench.request_id(), trading_date=day))
    answer = await scheduled.RunSettlement(
        RunSettlementRequest(request_id=bench.request_id(), trading_date=day)
    )
    assert (answer.settled_count, answer.failed_count) == (1, 0)


async def cancel(bench: Bench) -> None:
    """Let the seller cancel units for the public good, checked and registered by two people."""
    form = cancellation_pb.CancellationForm(
        account_no=ACCOUNT,
        credit_code=SELLER.credit_code,
        product=ALLOWANCE,
        quantity_tco2e=CANCELLED_TCO2E,
        purpose=cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
    )
    number = accepted(
        await bench.world.registry_cancellation(actors.AGENTS).SubmitCancellationApplications(
            cancellation_pb.SubmitCancellationApplicationsRequest(
                request_id=bench.request_id(), applications=[form]
            )
        )
    )
    decisions = [cancellation_pb.CancellationDecision(application_no=number, is_passed=True)]
    accepted(
        await bench.world.registry_cancellation(actors.REGISTRY_FIRST).CheckCancellationApplications(
            cancellation_pb.CheckCancellationApplicationsRequest(
                request_id=bench.request_id(), decisions=decisions
            )
        )
    )
    accepted(
        await bench.world.registry_cancellation(actors.REGISTRY_SECOND).RegisterCancellations(
            cancellation_pb.RegisterCancellationsRequest(request_id=bench.request_id(), decisions=decisions)
        )
    )


async def surrender_units(bench: Bench) -> str:
    """Let the seller surrender units, its province confirm it, and the clock register it."""
    number = accepted(await surrender(bench, SELLER, (ALLOWANCE, 7)))
    decision = SurrenderDecision(application_no=number, is_confirmed=True)
    accepted(
        await bench.world.registry(actors.province(SELLER.province_code)).DecideSurrenderApplications(
            DecideSurrenderApplicationsRequest(
                request_id=bench.request_id(), province_code=SELLER.province_code, decisions=[decision]
            )
        )
    )
    await bench.world.registry(actors.SCHEDULER).RunSurrenderRegistration(
        RunSurrenderRegistrationRequest(request_id=bench.request_id(), business_date="2026-03-23")
    )
    return number


async def correct(bench: Bench, *transfer_nos: str) -> str:
    """Let two people of the registration body correct entries together; give the number of the registration."""
    document = ChangeDocument(
        kind=CHANGE_DOCUMENT_KIND_MISTAKE_REPORT,
        document_no="更正1号",
        issued_date="2026-03-23",
        authority="注登机构",
        digest=bytes(32),
    )
    entries = [change_pb.CorrectedEntry(transfer_no=number) for number in transfer_nos]
    number = accepted(
        await bench.world.registry_changes(actors.REGISTRY_FIRST).InitiateCorrections(
            change_pb.InitiateCorrectionsRequest(
                request_id=bench.request_id(),
                corrections=[change_pb.CorrectionForm(document=document, entries=entries)],
            )
        )
    )
    confirmation = change_pb.ConfirmChangesRequest(request_id=bench.request_id(), registration_nos=[number])
    accepted(await bench.world.registry_changes(actors.REGISTRY_SECOND).ConfirmChanges(confirmation))
    return number


async def declare(bench: Bench, sold_tco2e: int) -> str:
    """Let the exchange declare what the seller sold; give the reason of a refusal."""
    declaration = carry_over_pb.NetSalesDeclaration(credit_code=SELLER.credit_code, sold_tco2e=sold_tco2e)
    request = carry_over_pb.DeclareNetSalesRequest(request_id=bench.request_id(), declarations=[declaration])
    return reason_of(await bench.world.registry_carry_over(actors.EXCHANGE).DeclareNetSales(request))


async def notices(bench: Bench) -> carry_over_pb.RunCarryOverNoticesResponse:
    request = carry_over_pb.RunCarryOverNoticesRequest(
        request_id=bench.request_id(), business_date="2026-01-20"
    )
    return await bench.world.registry_carry_over(actors.SCHEDULER).RunCarryOverNotices(request)


async def carry_over(bench: Bench) -> None:
    """Let the seller apply, the clock start the first batch, and a person confirm it; some more still waits."""
    agents = bench.world.registry_carry_over(actors.AGENTS)
    for quantity in (CARRIED_TCO2E, 1):
        line = carry_over_pb.CarryOverLine(product=ALLOWANCE, quantity_tco2e=quantity)
        form = carry_over_pb.CarryOverForm(credit_code=SELLER.credit_code, lines=[line])
        request = carry_over_pb.SubmitCarryOverApplicationsRequest(
            request_id=bench.request_id(), applications=[form]
        )
        accepted(await agents.SubmitCarryOverApplications(request))
        # The second one is of the second batch.
        await bench.at(beijing(2026, 3, 23, 10))
    batch = carry_over_pb.RunCarryOverBatchRequest(request_id=bench.request_id(), business_date="2026-03-23")
    (run,) = (await bench.world.registry_carry_over(actors.SCHEDULER).RunCarryOverBatch(batch)).runs
    decisions = [carry_over_pb.CarryOverRunDecision(run_no=run.run_no, is_confirmed=True)]
    decided = carry_over_pb.DecideCarryOverRunsRequest(request_id=bench.request_id(), decisions=decisions)
    accepted(await bench.world.registry_carry_over(actors.REGISTRY_SECOND).DecideCarryOverRuns(decided))
