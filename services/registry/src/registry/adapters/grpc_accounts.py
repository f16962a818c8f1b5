"""Accounts over gRPC: decode, use case behind the door, encode."""

from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_accounts_service_pb2 as pb
from ets.registry.v1.registry_accounts_service_pb2_grpc import RegistryAccountServiceServicer
from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import item_results

from registry.adapters import encoding, encoding_accounts, instructions
from registry.app.apply_for_account_changes import (
    ApplyForAccountChanges,
    ChangeForm,
    apply_for_account_changes,
)
from registry.app.apply_for_accounts import ApplyForAccounts, apply_for_accounts
from registry.app.confirm_instructions import Decision, confirm_instructions
from registry.app.first_review_account_applications import (
    FirstReviewAccountApplications,
    Review,
    first_review_account_applications,
)
from registry.app.initiate_instructions import InitiateInstructions, initiate_instructions
from registry.app.lift_restrictions import LiftRestrictions, lift_restrictions
from registry.app.ports import UnitOfWork
from registry.app.reject_instructions import reject_instructions
from registry.app.restrict_accounts import RestrictAccounts, restrict_accounts
from registry.app.second_review_account_applications import (
    SecondReviewAccountApplications,
    second_review_account_applications,
)
from registry.domain.account_applications import AccountForm, Content, Information
from registry.domain.restrictions import LiftingOrder, RestrictionOrder

Context = grpc.aio.ServicerContext[Any, Any]

_KINDS: Final = {value: kind for kind, value in encoding.ACCOUNT_KINDS.items()}
_USES: Final = {value: use for use, value in encoding.ACCOUNT_USES.items()}


class RegistryAccountGrpc(RegistryAccountServiceServicer):
    """The commands of `RegistryAccountService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, calendar: WorkCalendar) -> None:
        self._door = door
        self._clock = clock
        self._calendar = calendar

    async def ApplyForAccounts(
        self, request: pb.ApplyForAccountsRequest, context: Context
    ) -> pb.ApplyForAccountsResponse:
        command = ApplyForAccounts(
            forms=tuple(_account_form(form) for form in request.applications),
            submitted_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.ApplyForAccountsResponse:
            outcomes = await apply_for_accounts(command, uow=uow, clock=self._clock, calendar=self._calendar)
            return pb.ApplyForAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ApplyForAccountChanges(
        self, request: pb.ApplyForAccountChangesRequest, context: Context
    ) -> pb.ApplyForAccountChangesResponse:
        command = ApplyForAccountChanges(
            forms=tuple(
                ChangeForm(
                    account_no=form.account_no,
                    holder_no=form.credit_code,
                    content=_content(form),
                    papers=encoding_accounts.papers_of(form.papers),
                )
                for form in request.applications
            ),
            submitted_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.ApplyForAccountChangesResponse:
            outcomes = await apply_for_account_changes(
                command, uow=uow, clock=self._clock, calendar=self._calendar
            )
            return pb.ApplyForAccountChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def FirstReviewAccountApplications(
        self, request: pb.FirstReviewAccountApplicationsRequest, context: Context
    ) -> pb.FirstReviewAccountApplicationsResponse:
        command = FirstReviewAccountApplications(
            reviews=_reviews(request), reviewed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.FirstReviewAccountApplicationsResponse:
            outcomes = await first_review_account_applications(command, uow=uow, clock=self._clock)
            return pb.FirstReviewAccountApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def SecondReviewAccountApplications(
        self, request: pb.SecondReviewAccountApplicationsRequest, context: Context
    ) -> pb.SecondReviewAccountApplicationsResponse:
        command = SecondReviewAccountApplications(
            reviews=_reviews(request), reviewed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.SecondReviewAccountApplicationsResponse:
            outcomes = await second_review_account_applications(command, uow=uow, clock=self._clock)
            return pb.SecondReviewAccountApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RestrictAccounts(
        self, request: pb.RestrictAccountsRequest, context: Context
    ) -> pb.RestrictAccountsResponse:
        command = RestrictAccounts(
            orders=tuple(
                RestrictionOrder(
                    account_no=order.account_no,
                    uses=frozenset(_USES[use] for use in order.uses),
                    reason=order.reason,
                    document_no=order.document_no,
                )
                for order in request.orders
            ),
            province_code=request.province_code,
            imposed_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.RestrictAccountsResponse:
            outcomes = await restrict_accounts(command, uow=uow, clock=self._clock)
            return pb.RestrictAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def LiftRestrictions(
        self, request: pb.LiftRestrictionsRequest, context: Context
    ) -> pb.LiftRestrictionsResponse:
        command = LiftRestrictions(
            orders=tuple(
                LiftingOrder(
                    restriction_no=order.restriction_no, reason=order.reason, document_no=order.document_no
                )
                for order in request.orders
            ),
            province_code=request.province_code,
            lifted_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.LiftRestrictionsResponse:
            outcomes = await lift_restrictions(command, uow=uow, clock=self._clock)
            return pb.LiftRestrictionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def InitiateInstructions(
        self, request: pb.InitiateInstructionsRequest, context: Context
    ) -> pb.InitiateInstructionsResponse:
        command = InitiateInstructions(
            forms=tuple(map(instructions.form_of, request.instructions)),
            initiated_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.InitiateInstructionsResponse:
            outcomes = await initiate_instructions(command, uow=uow, clock=self._clock)
            return pb.InitiateInstructionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ConfirmInstructions(
        self, request: pb.ConfirmInstructionsRequest, context: Context
    ) -> pb.ConfirmInstructionsResponse:
        decision = _decision(request)

        async def carry_out(uow: UnitOfWork) -> pb.ConfirmInstructionsResponse:
            outcomes = await confirm_instructions(
                decision, uow=uow, clock=self._clock, carry_out=instructions.carry_out(self._clock)
            )
            return pb.ConfirmInstructionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RejectInstructions(
        self, request: pb.RejectInstructionsRequest, context: Context
    ) -> pb.RejectInstructionsResponse:
        decision = _decision(request)

        async def carry_out(uow: UnitOfWork) -> pb.RejectInstructionsResponse:
            outcomes = await reject_instructions(decision, uow=uow, clock=self._clock)
            return pb.RejectInstructionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)


def _account_form(form: pb.AccountForm) -> AccountForm:
    return AccountForm(
        kind=_KINDS[form.kind],
        holder_no=form.credit_code,
        information=Information(
            name=form.name,
            province_code=form.province_code,
            licence_no=form.licence_no,
            contact=form.contact,
        ),
        papers=encoding_accounts.papers_of(form.papers),
    )


def _content(form: pb.AccountChangeForm) -> Content:
    change = form.WhichOneof("change")
    if change == "information":
        return encoding_accounts.information_of(form.information)
    if change == "operators":
        return encoding_accounts.operator_change_of(form.operators)
    return encoding_accounts.closing_of(form.closing)


def _reviews(
    request: pb.FirstReviewAccountApplicationsRequest | pb.SecondReviewAccountApplicationsRequest,
) -> tuple[Review, ...]:
    return tuple(
        Review(application_no=review.application_no, is_passed=review.is_passed, note=review.note)
        for review in request.reviews
    )


def _decision(request: pb.ConfirmInstructionsRequest | pb.RejectInstructionsRequest) -> Decision:
    return Decision(
        holder_no=request.credit_code,
        instruction_nos=tuple(request.instruction_nos),
        decided_by=current_principal().subject,
    )
