"""The scheduled RPCs by the names that CronJobs and people use. Each is idempotent by business date."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Final

from ets.ccer.v1.ccer_service_pb2 import RunAcknowledgementCheckRequest, RunDailyHandoverRequest
from ets.checker.v1.checker_service_pb2 import RunReconciliationRequest
from ets.mrv.v1.mrv_service_pb2 import RunWeeklySummaryRequest
from ets.registry.v1.registry_carry_over_service_pb2 import (
    RunCarryOverBatchRequest,
    RunCarryOverNoticesRequest,
)
from ets.registry.v1.registry_service_pb2 import (
    RunOffsetCreditCreationRequest,
    RunSurrenderRegistrationRequest,
    RunTreeHeadRequest,
)
from ets.trading.v1.trading_service_pb2 import RunMarketCloseRequest, RunSettlementRequest
from ets_kernel.domain.errors import EtsError
from google.protobuf.message import Message
from rich.console import Console

from simulation.window.world import SCHEDULER, World

MARKET_CLOSED: Final = "MARKET_CLOSED"

Job = Callable[[World, str, str], Awaitable[Message]]

JOBS: Final[Mapping[str, Job]] = {
    "close": lambda world, request_id, day: world.trading(SCHEDULER).RunMarketClose(
        RunMarketCloseRequest(request_id=request_id, trading_date=day)
    ),
    "settlement": lambda world, request_id, day: world.trading(SCHEDULER).RunSettlement(
        RunSettlementRequest(request_id=request_id, trading_date=day)
    ),
    "weekly-summary": lambda world, request_id, day: world.mrv(SCHEDULER).RunWeeklySummary(
        RunWeeklySummaryRequest(request_id=request_id, business_date=day)
    ),
    "handover": lambda world, request_id, day: world.ccer(SCHEDULER).RunDailyHandover(
        RunDailyHandoverRequest(request_id=request_id, business_date=day)
    ),
    "acknowledgements": lambda world, request_id, _day: world.ccer(SCHEDULER).RunAcknowledgementCheck(
        RunAcknowledgementCheckRequest(request_id=request_id)
    ),
    "credits": lambda world, request_id, day: world.registry(SCHEDULER).RunOffsetCreditCreation(
        RunOffsetCreditCreationRequest(request_id=request_id, business_date=day)
    ),
    "registration": lambda world, request_id, day: world.registry(SCHEDULER).RunSurrenderRegistration(
        RunSurrenderRegistrationRequest(request_id=request_id, business_date=day)
    ),
    "carry-over-notices": lambda world, request_id, day: world.registry_carry_over(
        SCHEDULER
    ).RunCarryOverNotices(RunCarryOverNoticesRequest(request_id=request_id, business_date=day)),
    "carry-over-batch": lambda world, request_id, day: world.registry_carry_over(SCHEDULER).RunCarryOverBatch(
        RunCarryOverBatchRequest(request_id=request_id, business_date=day)
    ),
    "tree-head": lambda world, request_id, day: world.registry(SCHEDULER).RunTreeHead(
        RunTreeHeadRequest(request_id=request_id, business_date=day)
    ),
    "reconcile": lambda world, request_id, _day: world.checker(SCHEDULER).RunReconciliation(
        RunReconciliationRequest(request_id=request_id)
    ),
}


async def run_job(world: World, job: str, day: date, console: Console) -> None:
    """Call a job for a date and print its answer; a day without a session is no failure."""
    try:
        answer = await JOBS[job](world, f"job-{job}-{day.isoformat()}", day.isoformat())
    except EtsError as error:
        if error.reason != MARKET_CLOSED:
            raise
        console.print(f"{job}: no session on {day.isoformat()}")
        return
    console.print(str(answer) or f"{job}: done")
