"""Carry-over through gRPC for tests: declared sales, notices, applications, runs."""

from datetime import UTC, datetime

from ets.registry.v1 import registry_carry_over_service_pb2 as pb
from ets.registry.v1 import registry_carry_over_service_pb2_grpc as pb_grpc
from ets.registry.v1 import registry_service_pb2
from registry_messages import CEA, DEFICIT, SURPLUS
from registry_world import accepted, reasons

ACCOUNT = f"R-E-{DEFICIT}"
NEW = "CEA-2025"
SOLD_TCO2E = 40_000
ALLOWED_TCO2E = 70_000
JANUARY = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
SPRING = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
CLOSED = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)


def commands(world, role="ROLE_REGISTRY_COMPLIANCE", **scopes):
    return pb_grpc.RegistryCarryOverServiceStub(world.served.channel(role, **scopes))


def reads(world, role="ROLE_AUDITOR", **scopes):
    return pb_grpc.RegistryCarryOverQueryServiceStub(world.served.channel(role, **scopes))


def emitter(world, credit_code=DEFICIT):
    return commands(world, "ROLE_EMITTER", entities=[credit_code])


async def declare(world, *declarations):
    request = pb.DeclareNetSalesRequest(request_id=world.request_id())
    for who, sold, bought in declarations:
        request.declarations.add(credit_code=who, sold_tco2e=sold, bought_tco2e=bought)
    return reasons(await commands(world, "ROLE_EXCHANGE_OPERATOR").DeclareNetSales(request))


async def notices(world, day="2026-01-20"):
    request = pb.RunCarryOverNoticesRequest(request_id=world.request_id(), business_date=day)
    return await commands(world, "ROLE_SCHEDULER").RunCarryOverNotices(request)


def apply(world, *lines, credit_code=DEFICIT):
    request = pb.SubmitCarryOverApplicationsRequest(request_id=world.request_id())
    form = request.applications.add(credit_code=credit_code)
    for product, quantity in lines:
        form.lines.add(product=product, quantity_tco2e=quantity)
    return emitter(world).SubmitCarryOverApplications(request)


def withdraw(world, number):
    request = pb.WithdrawCarryOverApplicationsRequest(request_id=world.request_id())
    request.withdrawals.add(application_no=number, credit_code=DEFICIT)
    return emitter(world).WithdrawCarryOverApplications(request)


async def run_batch(world, day="2026-03-23"):
    request = pb.RunCarryOverBatchRequest(request_id=world.request_id(), business_date=day)
    return (await commands(world, subject="first").RunCarryOverBatch(request)).runs


def decide(world, run_no, *, is_confirmed=True, by="second"):
    request = pb.DecideCarryOverRunsRequest(request_id=world.request_id())
    request.decisions.add(run_no=run_no, is_confirmed=is_confirmed)
    return commands(world, subject=by).DecideCarryOverRuns(request)


async def notice(world, **moment):
    request = pb.GetCarryOverNoticeRequest(credit_code=DEFICIT, **moment)
    return (await reads(world).GetCarryOverNotice(request)).notice


async def findings(world, **filters):
    answer = await reads(world).ListCarryOverFindings(pb.ListCarryOverFindingsRequest(**filters))
    return {finding.credit_code: finding for finding in answer.findings}


async def at_year_end(world):
    """The first entity sold 40,000 t to the second on the last trading day of 2025."""
    await world.allocate()
    await world.send_to_trading(DEFICIT, 50_000)
    world.clock.set(datetime(2025, 12, 31, 8, 0, tzinfo=UTC))
    trade = registry_service_pb2.TradeSettlement(
        trade_no="X-CEA-2025-12-31-1",
        seller_account_no=ACCOUNT,
        buyer_account_no=f"R-E-{SURPLUS}",
        product=CEA,
        quantity_tco2e=SOLD_TCO2E,
    )
    await accepted(
        world.trading.SettleTrades(
            registry_service_pb2.SettleTradesRequest(
                request_id=world.request_id(), trading_date="2025-12-31", trades=[trade]
            )
        )
    )
    world.clock.set(JANUARY)
