"""Carry-over over gRPC: decode, use case or read, encode."""

from collections.abc import Mapping
from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_carry_over_service_pb2 as pb
from ets.registry.v1.registry_carry_over_service_pb2_grpc import (
    RegistryCarryOverQueryServiceServicer,
    RegistryCarryOverServiceServicer,
)
from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.domain.clock import Clock, business_date
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import (
    as_of,
    cut_page,
    item_results,
    page_as_of,
    to_timestamp,
)

from registry.adapters.db.retirement_queries import SqlRetirementReader
from registry.adapters.decoding import business_day, page_of, province_of
from registry.adapters.encoding import moment, record_correction
from registry.adapters.holder_commands import carry_over_form
from registry.app.decide_carry_over_runs import DecideCarryOverRuns, decide_carry_over_runs
from registry.app.declare_net_sales import DeclareNetSales, declare_net_sales
from registry.app.ports import UnitOfWork
from registry.app.retirement_queries import DeclarationView, NoticeView
from registry.app.run_carry_over_batch import RunCarryOverBatch, run_carry_over_batch
from registry.app.run_carry_over_notices import run_carry_over_notices
from registry.app.submit_carry_over_applications import (
    SubmitCarryOverApplications,
    submit_carry_over_applications,
)
from registry.app.withdraw_carry_over_applications import (
    WithdrawCarryOverApplications,
    withdraw_carry_over_applications,
)
from registry.domain.carry_over import (
    CarryOverApplication,
    CarryOverRun,
    CarryOverStatus,
    RunStatus,
)
from registry.domain.carry_over_notice import Finding, Sales, SurrenderStanding
from registry.domain.carry_over_rules import is_noticed_in_time, new_units_due, recovery_due
from registry.domain.compliance_rules import Sector

Context = grpc.aio.ServicerContext[Any, Any]

STANDINGS: Final = {
    SurrenderStanding.UNKNOWN: pb.SURRENDER_STANDING_UNKNOWN,
    SurrenderStanding.MET: pb.SURRENDER_STANDING_MET,
    SurrenderStanding.MISSED: pb.SURRENDER_STANDING_MISSED,
}
STATUSES: Final = {
    CarryOverStatus.SUBMITTED: pb.CARRY_OVER_STATUS_SUBMITTED,
    CarryOverStatus.PROCESSING: pb.CARRY_OVER_STATUS_PROCESSING,
    CarryOverStatus.REGISTERED: pb.CARRY_OVER_STATUS_REGISTERED,
    CarryOverStatus.WITHDRAWN: pb.CARRY_OVER_STATUS_WITHDRAWN,
}
RUN_STATUSES: Final = {
    RunStatus.INITIATED: pb.CARRY_OVER_RUN_STATUS_INITIATED,
    RunStatus.CONFIRMED: pb.CARRY_OVER_RUN_STATUS_CONFIRMED,
    RunStatus.REFUSED: pb.CARRY_OVER_RUN_STATUS_REFUSED,
}
_STATUS_OF: Final = {value: status for status, value in STATUSES.items()}


class RegistryCarryOverGrpc(RegistryCarryOverServiceServicer):
    """The commands of `RegistryCarryOverService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, bases: Mapping[Sector, int]) -> None:
        self._door = door
        self._clock = clock
        self._bases = bases

    async def DeclareNetSales(
        self, request: pb.DeclareNetSalesRequest, context: Context
    ) -> pb.DeclareNetSalesResponse:
        command = DeclareNetSales(
            declarations=tuple(
                (item.credit_code, Sales(sold_tco2e=item.sold_tco2e, bought_tco2e=item.bought_tco2e))
                for item in request.declarations
            ),
            declared_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.DeclareNetSalesResponse:
            outcomes = await declare_net_sales(command, uow=uow, clock=self._clock)
            return pb.DeclareNetSalesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunCarryOverNotices(
        self, request: pb.RunCarryOverNoticesRequest, context: Context
    ) -> pb.RunCarryOverNoticesResponse:
        day = business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunCarryOverNoticesResponse:
            issued = await run_carry_over_notices(day, bases=self._bases, uow=uow, clock=self._clock)
            return pb.RunCarryOverNoticesResponse(
                notice_count=issued.notice_count,
                stopped_count=issued.stopped_count,
                allowed_tco2e=issued.allowed_tco2e,
            )

        return await self._door.execute(request, carry_out)

    async def SubmitCarryOverApplications(
        self, request: pb.SubmitCarryOverApplicationsRequest, context: Context
    ) -> pb.SubmitCarryOverApplicationsResponse:
        command = SubmitCarryOverApplications(
            forms=tuple(carry_over_form(form) for form in request.applications)
        )

        async def carry_out(uow: UnitOfWork) -> pb.SubmitCarryOverApplicationsResponse:
            outcomes = await submit_carry_over_applications(command, uow=uow, clock=self._clock)
            return pb.SubmitCarryOverApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def WithdrawCarryOverApplications(
        self, request: pb.WithdrawCarryOverApplicationsRequest, context: Context
    ) -> pb.WithdrawCarryOverApplicationsResponse:
        command = WithdrawCarryOverApplications(
            withdrawals=tuple((item.application_no, item.credit_code) for item in request.withdrawals)
        )

        async def carry_out(uow: UnitOfWork) -> pb.WithdrawCarryOverApplicationsResponse:
            outcomes = await withdraw_carry_over_applications(command, uow=uow, clock=self._clock)
            return pb.WithdrawCarryOverApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunCarryOverBatch(
        self, request: pb.RunCarryOverBatchRequest, context: Context
    ) -> pb.RunCarryOverBatchResponse:
        command = RunCarryOverBatch(
            business_date=business_day(request.business_date), initiated_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.RunCarryOverBatchResponse:
            runs = await run_carry_over_batch(command, uow=uow, clock=self._clock)
            return pb.RunCarryOverBatchResponse(runs=[_run(run) for run in runs])

        return await self._door.execute(request, carry_out)

    async def DecideCarryOverRuns(
        self, request: pb.DecideCarryOverRunsRequest, context: Context
    ) -> pb.DecideCarryOverRunsResponse:
        command = DecideCarryOverRuns(
            decisions=tuple((item.run_no, item.is_confirmed) for item in request.decisions),
            decided_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.DecideCarryOverRunsResponse:
            outcomes = await decide_carry_over_runs(command, uow=uow, clock=self._clock)
            return pb.DecideCarryOverRunsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)


class RegistryCarryOverQueryGrpc(RegistryCarryOverQueryServiceServicer):
    """The reads of `RegistryCarryOverQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetCarryOverNotice(
        self, request: pb.GetCarryOverNoticeRequest, context: Context
    ) -> pb.GetCarryOverNoticeResponse:
        at = as_of(request, self._clock)
        view = await self._door.read(
            lambda connection: SqlRetirementReader(connection).notice(
                request.credit_code, province_code=province_of(request.province_code), at=at
            )
        )
        return pb.GetCarryOverNoticeResponse(notice=_notice(view))

    async def ListCarryOverFindings(
        self, request: pb.ListCarryOverFindingsRequest, context: Context
    ) -> pb.ListCarryOverFindingsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).findings(
                province_code=province_of(request.province_code),
                reason=request.reason,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.credit_code,))
        return pb.ListCarryOverFindingsResponse(findings=[_finding(row) for row in shown], page=next_page)

    async def ListNetSalesDeclarations(
        self, request: pb.ListNetSalesDeclarationsRequest, context: Context
    ) -> pb.ListNetSalesDeclarationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).declarations(
                credit_code=request.credit_code, at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.credit_code,))
        return pb.ListNetSalesDeclarationsResponse(
            declarations=[_declaration(row) for row in shown], page=next_page
        )

    async def ListCarryOverApplications(
        self, request: pb.ListCarryOverApplicationsRequest, context: Context
    ) -> pb.ListCarryOverApplicationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).carry_over_applications(
                credit_code=request.credit_code,
                province_code=province_of(request.province_code),
                status=_STATUS_OF.get(request.status),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application_no,))
        return pb.ListCarryOverApplicationsResponse(
            applications=[_application(row) for row in shown], page=next_page
        )

    async def ListCarryOverRuns(
        self, request: pb.ListCarryOverRunsRequest, context: Context
    ) -> pb.ListCarryOverRunsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlRetirementReader(connection).runs(at=at, page=page_of(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.run_no,))
        return pb.ListCarryOverRunsResponse(runs=[_run(row) for row in shown], page=next_page)


def _finding(finding: Finding) -> pb.CarryOverFinding:
    declared = finding.declared or Sales()
    return pb.CarryOverFinding(
        credit_code=finding.credit_code,
        province_code=finding.province_code,
        base_tco2e=finding.base_tco2e,
        sold_tco2e=finding.sales.sold_tco2e,
        bought_tco2e=finding.sales.bought_tco2e,
        is_declared=finding.declared is not None,
        declared_sold_tco2e=declared.sold_tco2e,
        declared_bought_tco2e=declared.bought_tco2e,
        computed_tco2e=finding.computed_tco2e,
        holding_tco2e=finding.holding_tco2e,
        standing_2023=STANDINGS[finding.standings["2023"]],
        standing_2024=STANDINGS[finding.standings["2024"]],
        reason=finding.reason,
        found_time=to_timestamp(finding.found_time),
        absorbed_credit_codes=finding.absorbed,
        absorbed_sold_tco2e=finding.absorbed_sales.sold_tco2e,
        absorbed_bought_tco2e=finding.absorbed_sales.bought_tco2e,
    )


def _declaration(view: DeclarationView) -> pb.DeclaredNetSales:
    return pb.DeclaredNetSales(
        credit_code=view.credit_code,
        sold_tco2e=view.sold_tco2e,
        bought_tco2e=view.bought_tco2e,
        declared_by=view.declared_by,
        declared_time=to_timestamp(view.declared_time),
    )


def _notice(view: NoticeView) -> pb.CarryOverNotice:
    return pb.CarryOverNotice(
        notice_no=view.notice.notice_no,
        finding=_finding(view.finding),
        allowed_tco2e=view.notice.allowed_tco2e,
        applied_tco2e=view.notice.applied_tco2e,
        carried_over_tco2e=view.carried_over_tco2e,
        issued_time=to_timestamp(view.notice.issued_time),
        is_in_time=is_noticed_in_time(view.notice.issued_time),
        taken_over_tco2e=view.notice.taken_over_tco2e,
    )


def _application(item: CarryOverApplication) -> pb.CarryOverApplication:
    return pb.CarryOverApplication(
        application_no=item.application_no,
        credit_code=item.credit_code,
        province_code=item.province_code,
        batch_no=item.batch_no,
        lines=[
            pb.CarryOverLine(product=product, quantity_tco2e=quantity) for product, quantity in item.lines
        ],
        status=STATUSES[item.status],
        submitted_time=to_timestamp(item.submitted_time),
        run_no=item.run_no,
        registered_time=moment(item.registered_time),
        withdrawn_time=moment(item.withdrawn_time),
        corrections=[record_correction(one) for one in item.corrections],
    )


def _run(run: CarryOverRun) -> pb.CarryOverRun:
    recovery = recovery_due(run.batch_no)
    issue = None
    if run.status is RunStatus.CONFIRMED and run.decided_time is not None:
        issue = new_units_due(business_date(run.decided_time), load_work_calendar())
    return pb.CarryOverRun(
        run_no=run.run_no,
        batch_no=run.batch_no,
        application_count=run.application_count,
        quantity_tco2e=run.quantity_tco2e,
        status=RUN_STATUSES[run.status],
        initiated_by=run.initiated_by,
        initiated_time=to_timestamp(run.initiated_time),
        decided_by=run.decided_by,
        decided_time=moment(run.decided_time),
        recovery_due_date=recovery.isoformat() if recovery is not None else "",
        new_units_due_date=issue.isoformat() if issue is not None else "",
    )
