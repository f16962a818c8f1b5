"""Commands over gRPC: decode, use case behind the door, encode."""

from typing import Any

import grpc.aio
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1.mrv_service_pb2_grpc import MrvServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Verifier
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import item_results

from mrv.adapters import decoding, encoding
from mrv.app.compute_allocation_table import ComputeAllocationTable, compute_allocation_table
from mrv.app.decide_offset_applications import (
    DecideOffsetApplications,
    OffsetDecision,
    decide_offset_applications,
)
from mrv.app.ports import UnitOfWork
from mrv.app.record_verified_years import RecordVerifiedYears, record_verified_years
from mrv.app.register_entities import EntityForm, RegisterEntities, register_entities
from mrv.app.register_units import RegisterUnits, register_units
from mrv.app.run_weekly_summary import run_weekly_summary
from mrv.app.seal_allocation_table import SealAllocationTable, seal_allocation_table
from mrv.app.submit_offset_applications import SubmitOffsetApplications, submit_offset_applications
from mrv.app.transmit_allocation_table import TransmitAllocationTable, transmit_allocation_table

Context = grpc.aio.ServicerContext[Any, Any]


class MrvGrpc(MrvServiceServicer):
    """The commands of `MrvService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, verifier: Verifier) -> None:
        self._door = door
        self._clock = clock
        self._verifier = verifier

    async def RegisterEntities(
        self, request: pb.RegisterEntitiesRequest, context: Context
    ) -> pb.RegisterEntitiesResponse:
        command = RegisterEntities(
            forms=tuple(
                EntityForm(
                    credit_code=entity.credit_code,
                    name=entity.name,
                    province_code=entity.province_code,
                    period=entity.period,
                )
                for entity in request.entities
            )
        )

        async def carry_out(uow: UnitOfWork) -> pb.RegisterEntitiesResponse:
            outcomes = await register_entities(command, uow=uow, clock=self._clock)
            return pb.RegisterEntitiesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RegisterUnits(
        self, request: pb.RegisterUnitsRequest, context: Context
    ) -> pb.RegisterUnitsResponse:
        command = RegisterUnits(
            province_code=request.province_code, units=tuple(map(decoding.unit, request.units))
        )

        async def carry_out(uow: UnitOfWork) -> pb.RegisterUnitsResponse:
            outcomes = await register_units(command, uow=uow, clock=self._clock)
            return pb.RegisterUnitsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RecordVerifiedYears(
        self, request: pb.RecordVerifiedYearsRequest, context: Context
    ) -> pb.RecordVerifiedYearsResponse:
        command = RecordVerifiedYears(
            province_code=request.province_code, years=tuple(map(decoding.verified_year, request.rows))
        )

        async def carry_out(uow: UnitOfWork) -> pb.RecordVerifiedYearsResponse:
            outcomes = await record_verified_years(command, uow=uow, clock=self._clock)
            return pb.RecordVerifiedYearsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ComputeAllocationTable(
        self, request: pb.ComputeAllocationTableRequest, context: Context
    ) -> pb.ComputeAllocationTableResponse:
        command = ComputeAllocationTable(
            province_code=request.province_code,
            period=request.period,
            kind=decoding.KINDS[request.kind],
        )

        async def carry_out(uow: UnitOfWork) -> pb.ComputeAllocationTableResponse:
            table = await compute_allocation_table(command, uow=uow, clock=self._clock)
            return pb.ComputeAllocationTableResponse(table=encoding.allocation_table(table))

        return await self._door.execute(request, carry_out)

    async def TransmitAllocationTable(
        self, request: pb.TransmitAllocationTableRequest, context: Context
    ) -> pb.TransmitAllocationTableResponse:
        command = TransmitAllocationTable(province_code=request.province_code, table_no=request.table_no)

        async def carry_out(uow: UnitOfWork) -> pb.TransmitAllocationTableResponse:
            table = await transmit_allocation_table(command, uow=uow, clock=self._clock)
            return pb.TransmitAllocationTableResponse(
                table=encoding.allocation_table(table), revision=table.revision
            )

        return await self._door.execute(request, carry_out)

    async def SealAllocationTable(
        self, request: pb.SealAllocationTableRequest, context: Context
    ) -> pb.SealAllocationTableResponse:
        command = SealAllocationTable(
            province_code=request.province_code,
            table_no=request.table_no,
            seal=decoding.seal(request.seal),
            sealed_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.SealAllocationTableResponse:
            table = await seal_allocation_table(command, uow=uow, clock=self._clock, verifier=self._verifier)
            return pb.SealAllocationTableResponse(table=encoding.allocation_table(table))

        return await self._door.execute(request, carry_out)

    async def SubmitOffsetApplications(
        self, request: pb.SubmitOffsetApplicationsRequest, context: Context
    ) -> pb.SubmitOffsetApplicationsResponse:
        command = SubmitOffsetApplications(forms=tuple(map(decoding.offset_form, request.applications)))

        async def carry_out(uow: UnitOfWork) -> pb.SubmitOffsetApplicationsResponse:
            outcomes = await submit_offset_applications(command, uow=uow, clock=self._clock)
            return pb.SubmitOffsetApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def DecideOffsetApplications(
        self, request: pb.DecideOffsetApplicationsRequest, context: Context
    ) -> pb.DecideOffsetApplicationsResponse:
        command = DecideOffsetApplications(
            province_code=request.province_code,
            decided_by=current_principal().subject,
            decisions=tuple(
                OffsetDecision(
                    application_no=decision.application_no,
                    is_confirmed=decision.is_confirmed,
                    refusal_text=decision.refusal_text,
                )
                for decision in request.decisions
            ),
        )

        async def carry_out(uow: UnitOfWork) -> pb.DecideOffsetApplicationsResponse:
            outcomes = await decide_offset_applications(command, uow=uow, clock=self._clock)
            return pb.DecideOffsetApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunWeeklySummary(
        self, request: pb.RunWeeklySummaryRequest, context: Context
    ) -> pb.RunWeeklySummaryResponse:
        business_date = decoding.business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunWeeklySummaryResponse:
            counts = await run_weekly_summary(business_date, uow=uow, clock=self._clock)
            return pb.RunWeeklySummaryResponse(summary_count=counts.summary_count, row_count=counts.row_count)

        return await self._door.execute(request, carry_out)
