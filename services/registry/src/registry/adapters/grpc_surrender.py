"""Commands of surrender over gRPC: decode, use case behind the door, encode."""

from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets.registry.v1.registry_surrender_service_pb2_grpc import RegistrySurrenderServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import item_results

from registry.adapters.encoding import OBLIGATION_SECTORS
from registry.adapters.holder_commands import help_form
from registry.app.answer_surrender_help import AnswerSurrenderHelp, HelpAnswer, answer_surrender_help
from registry.app.confirm_forced_surrenders import ConfirmForcedSurrenders, confirm_forced_surrenders
from registry.app.confirm_obligation_changes import ConfirmObligationChanges, confirm_obligation_changes
from registry.app.decide_non_surrender_deductions import (
    DecideNonSurrenderDeductions,
    NonSurrender,
    decide_non_surrender_deductions,
)
from registry.app.initiate_forced_surrenders import InitiateForcedSurrenders, initiate_forced_surrenders
from registry.app.initiate_obligation_changes import (
    InitiateObligationChanges,
    ObligationProposal,
    initiate_obligation_changes,
)
from registry.app.offer_surrender_help import OfferSurrenderHelp, offer_surrender_help
from registry.app.ports import UnitOfWork
from registry.app.withdraw_surrender_applications import (
    WithdrawSurrenderApplications,
    withdraw_surrender_applications,
)

Context = grpc.aio.ServicerContext[Any, Any]

# Unspecified is no sector.
_SECTORS: Final = {number: sector for sector, number in OBLIGATION_SECTORS.items()}


class RegistrySurrenderGrpc(RegistrySurrenderServiceServicer):
    """The commands of `RegistrySurrenderService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def WithdrawSurrenderApplications(
        self, request: pb.WithdrawSurrenderApplicationsRequest, context: Context
    ) -> pb.WithdrawSurrenderApplicationsResponse:
        command = WithdrawSurrenderApplications(
            withdrawals=tuple((one.credit_code, one.application_no) for one in request.withdrawals),
            withdrawn_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.WithdrawSurrenderApplicationsResponse:
            outcomes = await withdraw_surrender_applications(command, uow=uow, clock=self._clock)
            return pb.WithdrawSurrenderApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def OfferSurrenderHelp(
        self, request: pb.OfferSurrenderHelpRequest, context: Context
    ) -> pb.OfferSurrenderHelpResponse:
        command = OfferSurrenderHelp(forms=tuple(help_form(one) for one in request.offers))

        async def carry_out(uow: UnitOfWork) -> pb.OfferSurrenderHelpResponse:
            outcomes = await offer_surrender_help(command, uow=uow, clock=self._clock)
            return pb.OfferSurrenderHelpResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def AnswerSurrenderHelp(
        self, request: pb.AnswerSurrenderHelpRequest, context: Context
    ) -> pb.AnswerSurrenderHelpResponse:
        command = AnswerSurrenderHelp(
            answers=tuple(
                HelpAnswer(
                    credit_code=one.credit_code,
                    application_no=one.application_no,
                    is_consented=one.is_consented,
                )
                for one in request.answers
            ),
            answered_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.AnswerSurrenderHelpResponse:
            outcomes = await answer_surrender_help(command, uow=uow, clock=self._clock)
            return pb.AnswerSurrenderHelpResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def InitiateObligationChanges(
        self, request: pb.InitiateObligationChangesRequest, context: Context
    ) -> pb.InitiateObligationChangesResponse:
        command = InitiateObligationChanges(
            proposals=tuple(
                ObligationProposal(
                    credit_code=one.credit_code,
                    period=one.period,
                    obligation_tco2e=one.obligation_tco2e,
                    document_no=one.document_no,
                    words=one.words,
                    sector=_SECTORS.get(one.sector),
                )
                for one in request.changes
            ),
            initiated_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.InitiateObligationChangesResponse:
            outcomes = await initiate_obligation_changes(command, uow=uow, clock=self._clock)
            return pb.InitiateObligationChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ConfirmObligationChanges(
        self, request: pb.ConfirmObligationChangesRequest, context: Context
    ) -> pb.ConfirmObligationChangesResponse:
        command = ConfirmObligationChanges(
            change_nos=tuple(request.change_nos), confirmed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.ConfirmObligationChangesResponse:
            outcomes = await confirm_obligation_changes(command, uow=uow, clock=self._clock)
            return pb.ConfirmObligationChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def InitiateForcedSurrenders(
        self, request: pb.InitiateForcedSurrendersRequest, context: Context
    ) -> pb.InitiateForcedSurrendersResponse:
        command = InitiateForcedSurrenders(
            proposals=tuple((one.credit_code, one.document_no) for one in request.proposals),
            initiated_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.InitiateForcedSurrendersResponse:
            outcomes = await initiate_forced_surrenders(command, uow=uow, clock=self._clock)
            return pb.InitiateForcedSurrendersResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ConfirmForcedSurrenders(
        self, request: pb.ConfirmForcedSurrendersRequest, context: Context
    ) -> pb.ConfirmForcedSurrendersResponse:
        command = ConfirmForcedSurrenders(
            case_nos=tuple(request.case_nos), confirmed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.ConfirmForcedSurrendersResponse:
            outcomes = await confirm_forced_surrenders(command, uow=uow, clock=self._clock)
            return pb.ConfirmForcedSurrendersResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def DecideNonSurrenderDeductions(
        self, request: pb.DecideNonSurrenderDeductionsRequest, context: Context
    ) -> pb.DecideNonSurrenderDeductionsResponse:
        command = DecideNonSurrenderDeductions(
            province_code=request.province_code,
            decided_by=current_principal().subject,
            decisions=tuple(
                NonSurrender(
                    credit_code=one.credit_code,
                    period=one.period,
                    quantity_tco2e=one.quantity_tco2e,
                    document_no=one.document_no,
                )
                for one in request.deductions
            ),
        )

        async def carry_out(uow: UnitOfWork) -> pb.DecideNonSurrenderDeductionsResponse:
            outcomes = await decide_non_surrender_deductions(command, uow=uow, clock=self._clock)
            return pb.DecideNonSurrenderDeductionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)
