"""The checker's two gRPC services: decode, carry out, encode."""

from typing import Any

import grpc.aio
from ets.checker.v1 import checker_service_pb2 as pb
from ets.checker.v1.checker_service_pb2_grpc import CheckerQueryServiceServicer, CheckerServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import cut_page, page_bounds

from consistency_checker.adapters import encoding
from consistency_checker.adapters.db.repositories import SqlReconciliationReads
from consistency_checker.adapters.examinations import Examinations
from consistency_checker.app.ports import UnitOfWork
from consistency_checker.app.queries import get_reconciliation
from consistency_checker.app.run_reconciliation import store_reconciliation

Context = grpc.aio.ServicerContext[Any, Any]


class CheckerGrpc(CheckerServiceServicer):
    """Commands."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, examinations: Examinations) -> None:
        self._door = door
        self._clock = clock
        self._examinations = examinations

    async def RunReconciliation(
        self, request: pb.RunReconciliationRequest, context: Context
    ) -> pb.RunReconciliationResponse:
        stored = await self._door.read(
            lambda connection: SqlReconciliationReads(connection).of_request(request.request_id)
        )
        if stored is not None:
            return pb.RunReconciliationResponse(reconciliation=encoding.reconciliation(stored))
        # Other services are called here, so it is done before the transaction begins.
        examination = await self._examinations.of(request.request_id)

        async def store(uow: UnitOfWork) -> pb.RunReconciliationResponse:
            run = await store_reconciliation(
                examination, request_id=request.request_id, uow=uow, clock=self._clock
            )
            return pb.RunReconciliationResponse(reconciliation=encoding.reconciliation(run))

        return await self._door.execute(request, store)


class CheckerQueryGrpc(CheckerQueryServiceServicer):
    """Reads."""

    def __init__(self, *, door: Door[UnitOfWork]) -> None:
        self._door = door

    async def GetReconciliation(
        self, request: pb.GetReconciliationRequest, context: Context
    ) -> pb.GetReconciliationResponse:
        run = await self._door.read(
            lambda connection: get_reconciliation(
                request.reconciliation_no, SqlReconciliationReads(connection)
            )
        )
        return pb.GetReconciliationResponse(reconciliation=encoding.reconciliation(run))

    async def ListReconciliations(
        self, request: pb.ListReconciliationsRequest, context: Context
    ) -> pb.ListReconciliationsResponse:
        page = page_bounds(request, int)
        below = int(page.after[0]) if page.after else None
        rows = await self._door.read(
            lambda connection: SqlReconciliationReads(connection).page(
                below_ordinal=below, limit=page.size + 1
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.ordinal,))
        return pb.ListReconciliationsResponse(
            reconciliations=[encoding.summary(row) for row in shown], page=next_page
        )
