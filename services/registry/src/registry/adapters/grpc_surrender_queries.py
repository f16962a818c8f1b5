"""Reads of surrender over gRPC: decode, one snapshot, encode; documents are signed as they are read."""

from typing import Any

import grpc.aio
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets.registry.v1.registry_surrender_service_pb2_grpc import RegistrySurrenderQueryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, page_as_of, to_timestamp

from registry.adapters import encoding, encoding_surrender
from registry.adapters.db.surrender_queries import SqlSurrenderReader
from registry.adapters.decoding import business_day, page_of, period_of, province_of
from registry.adapters.encoding import moment
from registry.app.ports import UnitOfWork
from registry.app.surrender_queries import COMPLETION_DAYS_MAX
from registry.domain.certificates import proof_of
from registry.domain.compliance_rules import rules_of

Context = grpc.aio.ServicerContext[Any, Any]


class RegistrySurrenderQueryGrpc(RegistrySurrenderQueryServiceServicer):
    """The reads of `RegistrySurrenderQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, signer: Signer) -> None:
        self._door = door
        self._clock = clock
        self._signer = signer

    async def GetComplianceNotice(
        self, request: pb.GetComplianceNoticeRequest, context: Context
    ) -> pb.GetComplianceNoticeResponse:
        at = as_of(request, self._clock)
        notice = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).notice(
                request.credit_code,
                period_of(request.period),
                province_code=province_of(request.province_code),
                at=at,
            )
        )
        proof = proof_of(notice, self._signer)
        return pb.GetComplianceNoticeResponse(
            notice=encoding_surrender.notice(notice), seal=encoding_surrender.seal(proof)
        )

    async def GetComplianceCertificate(
        self, request: pb.GetComplianceCertificateRequest, context: Context
    ) -> pb.GetComplianceCertificateResponse:
        at = as_of(request, self._clock)
        certificate = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).certificate(
                request.credit_code,
                period_of(request.period),
                province_code=province_of(request.province_code),
                at=at,
            )
        )
        proof = proof_of(certificate, self._signer)
        return pb.GetComplianceCertificateResponse(
            certificate=encoding_surrender.certificate(certificate), seal=encoding_surrender.seal(proof)
        )

    async def ListEntitySurrenderApplications(
        self, request: pb.ListEntitySurrenderApplicationsRequest, context: Context
    ) -> pb.ListEntitySurrenderApplicationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).applications_of(
                request.credit_code, period=period_of(request.period), at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application_no,))
        return pb.ListEntitySurrenderApplicationsResponse(
            applications=[encoding.surrender_application(row) for row in shown], page=next_page
        )

    async def ListObligationsTakenOver(
        self, request: pb.ListObligationsTakenOverRequest, context: Context
    ) -> pb.ListObligationsTakenOverResponse:
        page, at = page_as_of(request, self._clock, str, str)
        rows = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).taken_over(
                request.credit_code, at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.obligation.credit_code, row.obligation.period)
        )
        return pb.ListObligationsTakenOverResponse(
            obligations=[encoding_surrender.taken_over(row, at) for row in shown], page=next_page
        )

    async def ListObligationChanges(
        self, request: pb.ListObligationChangesRequest, context: Context
    ) -> pb.ListObligationChangesResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).changes(
                province_code=province_of(request.province_code),
                period=period_of(request.period),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.change_no,))
        return pb.ListObligationChangesResponse(
            changes=[encoding_surrender.obligation_change(row) for row in shown], page=next_page
        )

    async def ListForcedSurrenders(
        self, request: pb.ListForcedSurrendersRequest, context: Context
    ) -> pb.ListForcedSurrendersResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).forced_surrenders(
                province_code=province_of(request.province_code),
                credit_code=request.credit_code,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.case_no,))
        return pb.ListForcedSurrendersResponse(
            forced_surrenders=[encoding_surrender.forced_surrender(row) for row in shown], page=next_page
        )

    async def ListProvinceCompletion(
        self, request: pb.ListProvinceCompletionRequest, context: Context
    ) -> pb.ListProvinceCompletionResponse:
        page, at = page_as_of(request, self._clock, str, str)
        rules = rules_of(request.period)
        from_date = business_day(request.from_date, "from_date")
        to_date = business_day(request.to_date, "to_date")
        if not 0 <= (to_date - from_date).days <= COMPLETION_DAYS_MAX:
            raise MalformedRequest(
                f"{from_date} to {to_date} is no span of 0 to {COMPLETION_DAYS_MAX} days",
                field="to_date",
                rule=f"from_date + 0 to {COMPLETION_DAYS_MAX} days",
            )
        rows = await self._door.read(
            lambda connection: SqlSurrenderReader(connection).completion(
                province_code=province_of(request.province_code),
                period=request.period,
                from_date=from_date,
                to_date=to_date,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.province_code, row.business_date.isoformat())
        )
        return pb.ListProvinceCompletionResponse(
            completions=[encoding_surrender.completion(row) for row in shown],
            page=next_page,
            target_time=moment(rules.target_time),
            deadline_time=to_timestamp(rules.deadline_time),
        )
