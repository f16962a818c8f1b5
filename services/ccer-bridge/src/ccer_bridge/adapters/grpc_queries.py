"""Reads over gRPC: decode, one snapshot, encode."""

from typing import Any

import grpc.aio
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.ccer.v1 import ccer_types_pb2 as types_pb
from ets.ccer.v1.ccer_service_pb2_grpc import CcerQueryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import Page, as_of, cut_page, page_bounds

from ccer_bridge.adapters import encoding
from ccer_bridge.adapters.db.queries import SqlReader
from ccer_bridge.adapters.decoding import business_day
from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.queries import HandoversWanted, HoldingView, PageOf

Context = grpc.aio.ServicerContext[Any, Any]


class CcerQueryGrpc(CcerQueryServiceServicer):
    """The reads of `CcerQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetCcerAccount(
        self, request: pb.GetCcerAccountRequest, context: Context
    ) -> pb.GetCcerAccountResponse:
        at = as_of(request, self._clock, "as_of")
        account, holdings = await self._door.read(
            lambda connection: SqlReader(connection).account_with_holdings(
                request.account_no,
                credit_code=request.credit_code,
                at=at,
                effective=at if request.HasField("as_of") else None,
            )
        )
        return pb.GetCcerAccountResponse(
            account=encoding.account(account), holdings=[_holding(holding) for holding in holdings]
        )

    async def ListProjects(
        self, request: pb.ListProjectsRequest, context: Context
    ) -> pb.ListProjectsResponse:
        page = page_bounds(request, str)
        at = as_of(request, self._clock, "as_of")
        rows = await self._door.read(
            lambda connection: SqlReader(connection).projects(at=at, page=_wanted(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.project_no,))
        return pb.ListProjectsResponse(projects=[encoding.project(row) for row in shown], page=next_page)

    async def ListCancellations(
        self, request: pb.ListCancellationsRequest, context: Context
    ) -> pb.ListCancellationsResponse:
        page = page_bounds(request, str)
        at = as_of(request, self._clock, "as_of")
        rows = await self._door.read(
            lambda connection: SqlReader(connection).cancellations(
                province_code=request.province_code, at=at, page=_wanted(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.cancellation_no,))
        return pb.ListCancellationsResponse(
            cancellations=[encoding.cancellation(row) for row in shown], page=next_page
        )

    async def ListHandovers(
        self, request: pb.ListHandoversRequest, context: Context
    ) -> pb.ListHandoversResponse:
        page = page_bounds(request, str, str)
        at = as_of(request, self._clock, "as_of")
        wanted = HandoversWanted(
            province_code=request.province_code,
            business_date=business_day(request.business_date) if request.business_date else None,
            is_unacknowledged_only=request.is_unacknowledged_only,
        )
        rows = await self._door.read(
            lambda connection: SqlReader(connection).handovers(wanted, at=at, page=_wanted(page))
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.manifest.business_date.isoformat(), row.manifest.province_code)
        )
        return pb.ListHandoversResponse(
            handovers=[encoding.handover_status(row) for row in shown], page=next_page
        )


def _wanted(page: Page) -> PageOf:
    return PageOf(size=page.size + 1, after=page.after)


def _holding(view: HoldingView) -> types_pb.CcerHolding:
    return types_pb.CcerHolding(
        account_no=view.account_no,
        product=view.product,
        bucket=encoding.BUCKETS[view.bucket],
        quantity_tco2e=view.quantity_tco2e,
    )
