"""Reads over gRPC: decode, one snapshot, encode. Every read is as recorded at a moment, by default the present."""

from typing import Any

import grpc.aio
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1.mrv_service_pb2_grpc import MrvQueryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import Page, as_of, cut_page, page_bounds

from mrv.adapters import decoding, encoding
from mrv.adapters.db.queries import SqlReader
from mrv.app import queries
from mrv.app.ports import UnitOfWork
from mrv.app.queries import Slice

Context = grpc.aio.ServicerContext[Any, Any]
AS_OF = "as_of"


class MrvQueryGrpc(MrvQueryServiceServicer):
    """The reads of `MrvQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetEntity(self, request: pb.GetEntityRequest, context: Context) -> pb.GetEntityResponse:
        at = as_of(request, self._clock, AS_OF)
        entity, row = await self._door.read(
            lambda connection: queries.get_entity(request.credit_code, at, reader=SqlReader(connection))
        )
        return pb.GetEntityResponse(
            entity=encoding.entity(entity),
            allocation=encoding.entity_row(row) if row is not None else None,
        )

    async def ListEntities(
        self, request: pb.ListEntitiesRequest, context: Context
    ) -> pb.ListEntitiesResponse:
        at = as_of(request, self._clock, AS_OF)
        page = page_bounds(request, str)
        rows = await self._door.read(
            lambda connection: queries.list_entities(
                province_code=request.province_code,
                period=request.period,
                at=at,
                part=_slice(page),
                reader=SqlReader(connection),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.credit_code,))
        return pb.ListEntitiesResponse(entities=map(encoding.entity, shown), page=next_page)

    async def GetAllocationTable(
        self, request: pb.GetAllocationTableRequest, context: Context
    ) -> pb.GetAllocationTableResponse:
        at = as_of(request, self._clock, AS_OF)
        found = await self._door.read(
            lambda connection: queries.get_allocation_table(
                request.table_no,
                province_code=request.province_code,
                at=at,
                reader=SqlReader(connection),
            )
        )
        return pb.GetAllocationTableResponse(table=encoding.allocation_table(found.table, found.differences))

    async def ListAllocationRows(
        self, request: pb.ListAllocationRowsRequest, context: Context
    ) -> pb.ListAllocationRowsResponse:
        at = as_of(request, self._clock, AS_OF)
        page = page_bounds(request, str)
        rows = await self._door.read(
            lambda connection: queries.list_allocation_rows(
                request.table_no,
                province_code=request.province_code,
                at=at,
                part=_slice(page),
                reader=SqlReader(connection),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.credit_code,))
        return pb.ListAllocationRowsResponse(rows=map(encoding.entity_row, shown), page=next_page)

    async def GetOffsetApplication(
        self, request: pb.GetOffsetApplicationRequest, context: Context
    ) -> pb.GetOffsetApplicationResponse:
        at = as_of(request, self._clock, AS_OF)
        found = await self._door.read(
            lambda connection: queries.get_offset_application(
                request.application_no,
                credit_code=request.credit_code,
                at=at,
                reader=SqlReader(connection),
            )
        )
        return pb.GetOffsetApplicationResponse(application=encoding.offset_application(found))

    async def ListOffsetApplications(
        self, request: pb.ListOffsetApplicationsRequest, context: Context
    ) -> pb.ListOffsetApplicationsResponse:
        at = as_of(request, self._clock, AS_OF)
        page = page_bounds(request, str)
        rows = await self._door.read(
            lambda connection: queries.list_offset_applications(
                province_code=request.province_code,
                period=request.period,
                status=decoding.APPLICATION_STATUSES.get(request.status),
                at=at,
                part=_slice(page),
                reader=SqlReader(connection),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application_no,))
        return pb.ListOffsetApplicationsResponse(
            applications=map(encoding.offset_application, shown), page=next_page
        )

    async def ListComplianceOverviews(
        self, request: pb.ListComplianceOverviewsRequest, context: Context
    ) -> pb.ListComplianceOverviewsResponse:
        at = as_of(request, self._clock, AS_OF)
        rows = await self._door.read(
            lambda connection: queries.list_compliance_overviews(
                province_code=request.province_code,
                period=request.period,
                at=at,
                reader=SqlReader(connection),
            )
        )
        return pb.ListComplianceOverviewsResponse(overviews=map(encoding.compliance_overview, rows))


def _slice(page: Page) -> Slice:
    # One row more than the page tells whether there is another page.
    return Slice(after=str(page.after[0]) if page.after else "", limit=page.size + 1)
