"""Reading the outcome of a window back from the platforms: nothing in the report comes from the plan."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypeVar

from ets.ccer.v1.ccer_service_pb2 import ListCancellationsRequest, ListHandoversRequest
from ets.ccer.v1.ccer_types_pb2 import HandoverStatus
from ets.checker.v1.checker_service_pb2 import RunReconciliationRequest
from ets.checker.v1.checker_types_pb2 import Reconciliation
from ets.common.v1.page_pb2 import PageRequest, PageResponse
from ets.mrv.v1.mrv_service_pb2 import GetAllocationTableRequest, ListAllocationRowsRequest
from ets.mrv.v1.mrv_types_pb2 import AllocationEntityRow
from ets.registry.v1.registry_service_pb2 import ListComplianceStatusesRequest, ListIssuancesRequest
from ets.registry.v1.registry_types_pb2 import ComplianceState, ComplianceStatus
from ets.trading.v1.trading_service_pb2 import ListTradesRequest
from ets.trading.v1.trading_types_pb2 import Trade, TradeMode, TradeStatus

from simulation.population.expected import Deal, market_figures
from simulation.population.plan import CEA_MARKET
from simulation.population.roster import SHANDONG
from simulation.population.shares import rounded
from simulation.window.barrier import MARKET_SERVICES, list_streams
from simulation.window.world import World

PAGE_SIZE: Final = 10_000
MILLION: Final = 1_000_000
PERMILLE: Final = 1_000

Row = TypeVar("Row")


class Page(Protocol):
    """A page of a list."""

    @property
    def page(self) -> PageResponse:
        """Where the list goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the platforms say after a window."""

    allocations: Sequence[AllocationEntityRow]
    statuses: Sequence[ComplianceStatus]
    trades: Sequence[Trade]
    handovers: Sequence[HandoverStatus]
    cancelled_tco2e: int
    reconciliation: Reconciliation
    events: Mapping[str, int]

    def figures(self) -> dict[str, int]:
        """Compute the simulated figures under the keys of the scenario."""
        obligation = sum(status.obligation_tco2e for status in self.statuses)
        inside = [status for status in self.statuses if status.province_code == SHANDONG]
        gaps = [row.obligation_tco2e - row.verified_tco2e for row in self.allocations]
        deals = tuple(_deal(trade) for trade in self.trades if trade.market == CEA_MARKET)
        return {
            "entities": len(self.statuses),
            "deficit_entities": sum(gap > 0 for gap in gaps),
            "deficit_t": sum(gap for gap in gaps if gap > 0),
            "offset_t": sum(status.offset_tco2e for status in self.statuses),
            "completion_permille": rounded(sum(map(_met, self.statuses)) * PERMILLE, obligation),
            "entities_in_full_on_time": sum(map(_is_on_time, self.statuses)),
            "capped_entities": sum(row.is_capped for row in self.allocations),
            "sessions": len({deal.session for deal in deals}),
            "shandong_entities": len(inside),
            "shandong_obligation_mt": rounded(sum(s.obligation_tco2e for s in inside), MILLION),
            "shandong_surrendered_mt": rounded(sum(map(_met, inside)), MILLION),
            "shandong_unfinished": sum(_met(status) == 0 for status in inside),
        } | (market_figures(deals) if deals else {})


async def gather(world: World, cycle: str, request_id: str) -> Outcome:
    """Read everything that the report needs, and let the checker compare all books."""
    reconciliation = await world.checker().RunReconciliation(RunReconciliationRequest(request_id=request_id))
    cancellations = pages(
        lambda page: world.ccer_query().ListCancellations(ListCancellationsRequest(page=page)),
        lambda answer: answer.cancellations,
    )
    return Outcome(
        allocations=await _allocations(world, cycle),
        statuses=[
            status
            async for status in pages(
                lambda page: world.registry_query().ListComplianceStatuses(
                    ListComplianceStatusesRequest(period=cycle, page=page)
                ),
                lambda answer: answer.statuses,
            )
        ],
        trades=[
            trade
            async for trade in pages(
                lambda page: world.trading_query().ListTrades(ListTradesRequest(page=page)),
                lambda answer: answer.trades,
            )
            if trade.status == TradeStatus.TRADE_STATUS_SETTLED
        ],
        handovers=[
            handover
            async for handover in pages(
                lambda page: world.ccer_query().ListHandovers(ListHandoversRequest(page=page)),
                lambda answer: answer.handovers,
            )
        ],
        cancelled_tco2e=sum([cancellation.quantity_tco2e async for cancellation in cancellations]),
        reconciliation=reconciliation.reconciliation,
        events=await _events(world),
    )


async def pages(
    call: Callable[[PageRequest], Awaitable[Any]], rows: Callable[[Any], Sequence[Row]]
) -> AsyncIterator[Row]:
    """Iterate over all rows of a list, page by page."""
    token = ""
    while True:
        answer: Page = await call(PageRequest(page_size=PAGE_SIZE, page_token=token))
        for row in rows(answer):
            yield row
        token = answer.page.next_page_token
        if not token:
            return


async def _allocations(world: World, cycle: str) -> list[AllocationEntityRow]:
    issuances = await world.registry_query().ListIssuances(
        ListIssuancesRequest(period=cycle, page=PageRequest(page_size=PAGE_SIZE))
    )
    found: list[AllocationEntityRow] = []
    for issuance in issuances.issuances:
        table = await world.mrv_query().GetAllocationTable(
            GetAllocationTableRequest(province_code=issuance.province_code, table_no=issuance.table_no)
        )
        if table.table.obligation_tco2e == 0:
            continue
        found.extend([row async for row in _rows(world, issuance.province_code, issuance.table_no)])
    return found


def _rows(world: World, code: str, table_no: str) -> AsyncIterator[AllocationEntityRow]:
    return pages(
        lambda page: world.mrv_query().ListAllocationRows(
            ListAllocationRowsRequest(province_code=code, table_no=table_no, page=page)
        ),
        lambda answer: answer.rows,
    )


async def _events(world: World) -> dict[str, int]:
    counters = [answer.counters for answer in await list_streams(world)]
    if len(counters) != len(MARKET_SERVICES):
        raise RuntimeError("every market service tells its counters")
    return {
        "published": sum(counter.published_count for counter in counters),
        "consumed": sum(counter.consumed_count for counter in counters),
        "duplicates_ignored": sum(counter.duplicate_count for counter in counters),
        "gaps_repaired": sum(counter.repaired_count for counter in counters),
        "dead_letters": sum(counter.dead_letter_count for counter in counters),
    }


def _deal(trade: Trade) -> Deal:
    return Deal(
        session=date.fromisoformat(trade.trading_date),
        is_block=trade.mode == TradeMode.TRADE_MODE_BLOCK,
        quantity_tco2e=trade.quantity_tco2e,
        price_fen_per_tco2e=trade.price_fen_per_tco2e,
    )


def _met(status: ComplianceStatus) -> int:
    return status.surrendered_tco2e + status.offset_tco2e


def _is_on_time(status: ComplianceStatus) -> bool:
    return status.state == ComplianceState.COMPLIANCE_STATE_COMPLETED_ON_TIME
