"""What is deducted from allocations and what is earmarked, over gRPC: decode, use case or read, encode."""

from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_allocation_service_pb2 as pb
from ets.registry.v1.registry_allocation_service_pb2_grpc import (
    RegistryAllocationQueryServiceServicer,
    RegistryAllocationServiceServicer,
)
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import cut_page, item_results, page_as_of

from registry.adapters import encoding_allocation
from registry.adapters.db.allocation_queries import SqlAllocationReader
from registry.adapters.decoding import page_of, province_of
from registry.app.ports import UnitOfWork
from registry.app.record_allocation_adjustments import (
    DecisionForm,
    RecordAllocationAdjustments,
    record_allocation_adjustments,
)

Context = grpc.aio.ServicerContext[Any, Any]

_KIND_OF: Final = {value: kind for kind, value in encoding_allocation.ADJUSTMENT_KINDS.items()}


class RegistryAllocationGrpc(RegistryAllocationServiceServicer):
    """The commands of `RegistryAllocationService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def RecordAllocationAdjustments(
        self, request: pb.RecordAllocationAdjustmentsRequest, context: Context
    ) -> pb.RecordAllocationAdjustmentsResponse:
        command = RecordAllocationAdjustments(
            province_code=request.province_code,
            decisions=tuple(
                DecisionForm(
                    credit_code=decision.credit_code,
                    from_period=decision.from_period,
                    kind=_KIND_OF[decision.kind],
                    change_tco2e=decision.change_tco2e,
                    document_no=decision.document_no,
                )
                for decision in request.decisions
            ),
            recorded_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.RecordAllocationAdjustmentsResponse:
            outcomes = await record_allocation_adjustments(command, uow=uow, clock=self._clock)
            return pb.RecordAllocationAdjustmentsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)


class RegistryAllocationQueryGrpc(RegistryAllocationQueryServiceServicer):
    """The reads of `RegistryAllocationQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def ListAllocationAdjustments(
        self, request: pb.ListAllocationAdjustmentsRequest, context: Context
    ) -> pb.ListAllocationAdjustmentsResponse:
        page, at = page_as_of(request, self._clock, str, str, int)
        rows = await self._door.read(
            lambda connection: SqlAllocationReader(connection).adjustments(
                province_code=province_of(request.province_code),
                credit_code=request.credit_code,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.change.credit_code, row.change.from_period, row.change.ordinal)
        )
        return pb.ListAllocationAdjustmentsResponse(
            adjustments=[encoding_allocation.adjustment(row.change, row.recorded_time) for row in shown],
            page=next_page,
        )

    async def ListEarmarkedAllowances(
        self, request: pb.ListEarmarkedAllowancesRequest, context: Context
    ) -> pb.ListEarmarkedAllowancesResponse:
        page, at = page_as_of(request, self._clock, str, str, int)
        rows = await self._door.read(
            lambda connection: SqlAllocationReader(connection).earmarks(
                province_code=province_of(request.province_code),
                credit_code=request.credit_code,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.change.credit_code, row.change.product, row.change.ordinal)
        )
        return pb.ListEarmarkedAllowancesResponse(
            earmarks=[encoding_allocation.earmark(row.change, row.recorded_time) for row in shown],
            page=next_page,
        )
