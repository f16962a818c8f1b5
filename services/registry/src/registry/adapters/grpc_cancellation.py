"""Voluntary cancellation over gRPC: decode, use case or read, encode."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_cancellation_service_pb2 as pb
from ets.registry.v1.registry_cancellation_service_pb2_grpc import (
    RegistryCancellationQueryServiceServicer,
    RegistryCancellationServiceServicer,
)
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import (
    as_of,
    cut_page,
    item_results,
    page_as_of,
    to_timestamp,
)
from ets_ledger.domain.values import SerialRange

from registry.adapters.db.retirement_queries import SqlRetirementReader
from registry.adapters.decoding import page_of, province_of
from registry.adapters.encoding import moment, record_correction
from registry.adapters.holder_commands import PURPOSES, cancellation_form
from registry.app.check_cancellation_applications import (
    CancellationDecision,
    CheckCancellationApplications,
    check_cancellation_applications,
)
from registry.app.ports import UnitOfWork
from registry.app.register_cancellations import RegisterCancellations, register_cancellations
from registry.app.retirement_queries import CancellationView
from registry.app.submit_cancellation_applications import (
    SubmitCancellationApplications,
    submit_cancellation_applications,
)
from registry.app.withdraw_cancellation_applications import (
    WithdrawCancellationApplications,
    withdraw_cancellation_applications,
)
from registry.domain.cancellation import CancellationStatus, NationalTotal
from registry.domain.corrected_records import corrected_time_of

Context = grpc.aio.ServicerContext[Any, Any]

HOLDER_ROLES: Final = frozenset({"ROLE_EMITTER", "ROLE_HOLDER"})
STATUSES: Final = {
    CancellationStatus.SUBMITTED: pb.CANCELLATION_STATUS_SUBMITTED,
    CancellationStatus.CHECKED: pb.CANCELLATION_STATUS_CHECKED,
    CancellationStatus.REGISTERED: pb.CANCELLATION_STATUS_REGISTERED,
    CancellationStatus.REFUSED: pb.CANCELLATION_STATUS_REFUSED,
    CancellationStatus.WITHDRAWN: pb.CANCELLATION_STATUS_WITHDRAWN,
}
_STATUS_OF: Final = {value: status for status, value in STATUSES.items()}


class RegistryCancellationGrpc(RegistryCancellationServiceServicer):
    """The commands of `RegistryCancellationService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def SubmitCancellationApplications(
        self, request: pb.SubmitCancellationApplicationsRequest, context: Context
    ) -> pb.SubmitCancellationApplicationsResponse:
        principal = current_principal()
        command = SubmitCancellationApplications(
            forms=tuple(cancellation_form(form) for form in request.applications),
            submitted_by=principal.subject,
            is_staff=not HOLDER_ROLES & principal.roles,
        )

        async def carry_out(uow: UnitOfWork) -> pb.SubmitCancellationApplicationsResponse:
            outcomes = await submit_cancellation_applications(command, uow=uow, clock=self._clock)
            return pb.SubmitCancellationApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def WithdrawCancellationApplications(
        self, request: pb.WithdrawCancellationApplicationsRequest, context: Context
    ) -> pb.WithdrawCancellationApplicationsResponse:
        command = WithdrawCancellationApplications(
            withdrawals=tuple((item.application_no, item.credit_code) for item in request.withdrawals),
            withdrawn_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.WithdrawCancellationApplicationsResponse:
            outcomes = await withdraw_cancellation_applications(command, uow=uow, clock=self._clock)
            return pb.WithdrawCancellationApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def CheckCancellationApplications(
        self, request: pb.CheckCancellationApplicationsRequest, context: Context
    ) -> pb.CheckCancellationApplicationsResponse:
        command = CheckCancellationApplications(
            decisions=_decisions(request.decisions), checked_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.CheckCancellationApplicationsResponse:
            outcomes = await check_cancellation_applications(command, uow=uow, clock=self._clock)
            return pb.CheckCancellationApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RegisterCancellations(
        self, request: pb.RegisterCancellationsRequest, context: Context
    ) -> pb.RegisterCancellationsResponse:
        command = RegisterCancellations(
            decisions=_decisions(request.decisions), registered_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.RegisterCancellationsResponse:
            outcomes = await register_cancellations(command, uow=uow, clock=self._clock)
            return pb.RegisterCancellationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)


class RegistryCancellationQueryGrpc(RegistryCancellationQueryServiceServicer):
    """The reads of `RegistryCancellationQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def ListCancellationApplications(
        self, request: pb.ListCancellationApplicationsRequest, context: Context
    ) -> pb.ListCancellationApplicationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).cancellations(
                holder_no=request.credit_code,
                province_code=province_of(request.province_code),
                status=_STATUS_OF.get(request.status),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application.application_no,))
        return pb.ListCancellationApplicationsResponse(
            applications=[_application(row) for row in shown], page=next_page
        )

    async def ListPublishedCancellations(
        self, request: pb.ListPublishedCancellationsRequest, context: Context
    ) -> pb.ListPublishedCancellationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).published(
                product=request.product, at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application.certificate_no,))
        return pb.ListPublishedCancellationsResponse(
            cancellations=[_published(row) for row in shown], page=next_page
        )

    async def GetNationalTotals(
        self, request: pb.GetNationalTotalsRequest, context: Context
    ) -> pb.GetNationalTotalsResponse:
        at = as_of(request, self._clock)
        moment = at if request.HasField("as_of") else None
        totals = await self._door.read(
            lambda connection: SqlRetirementReader(connection).national_totals(at=moment)
        )
        return pb.GetNationalTotalsResponse(totals=[_total(row) for row in totals], as_of=to_timestamp(at))


def _decisions(decisions: Iterable[pb.CancellationDecision]) -> tuple[CancellationDecision, ...]:
    return tuple(
        CancellationDecision(
            application_no=decision.application_no, is_passed=decision.is_passed, note=decision.note
        )
        for decision in decisions
    )


def _spans(serials: Sequence[SerialRange]) -> list[pb.SerialSpan]:
    return [pb.SerialSpan(serial_start=start, serial_end=end) for start, end in serials]


def _application(view: CancellationView) -> pb.CancellationApplication:
    item = view.application
    return pb.CancellationApplication(
        application_no=item.application_no,
        account_no=item.account_no,
        credit_code=view.credit_code,
        province_code=view.province_code,
        product=item.product,
        quantity_tco2e=item.quantity_tco2e,
        serials=_spans(item.serials),
        purpose=PURPOSES[item.purpose],
        beneficiary=item.beneficiary,
        status=STATUSES[item.status],
        submitted_by=item.submitted_by,
        submitted_time=to_timestamp(item.submitted_time),
        checked_by=item.checked_by,
        decided_by=item.decided_by,
        decided_time=moment(item.decided_time),
        note=item.note,
        certificate_no=item.certificate_no,
        corrections=[record_correction(one) for one in item.corrections],
    )


def _published(view: CancellationView) -> pb.PublishedCancellation:
    item = view.application
    return pb.PublishedCancellation(
        certificate_no=item.certificate_no,
        holder_name="" if view.is_person else view.holder_name,
        product=item.product,
        quantity_tco2e=item.quantity_tco2e,
        serials=_spans(item.serials),
        purpose=PURPOSES[item.purpose],
        beneficiary="" if view.is_person else item.beneficiary,
        registered_time=moment(item.decided_time),
        corrected_time=moment(corrected_time_of(item.corrections)),
    )


def _total(total: NationalTotal) -> pb.NationalTotal:
    return pb.NationalTotal(
        product=total.product,
        issued_tco2e=total.issued_tco2e,
        surrendered_tco2e=total.surrendered_tco2e,
        cancelled_tco2e=total.cancelled_tco2e,
        recovered_tco2e=total.recovered_tco2e,
        carried_over_tco2e=total.carried_over_tco2e,
        outstanding_tco2e=total.outstanding_tco2e,
    )
