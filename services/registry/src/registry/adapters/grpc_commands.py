"""Commands over gRPC: decode, use case behind the door, encode.

Small transfers and applications that come at the same time are carried out together (group commit): each request is
still answered once and for itself.
"""

from collections.abc import Sequence
from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1.registry_service_pb2_grpc import RegistryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.group_commit import GroupCommit
from ets_kernel.runtime.grpc.messages import item_results

from registry.adapters import encoding
from registry.adapters.decoding import business_day
from registry.adapters.holder_commands import surrender_form, wanted_transfer
from registry.app.confirm_issuances import ConfirmIssuances, confirm_issuances
from registry.app.decide_surrender_applications import (
    DecideSurrenderApplications,
    decide_surrender_applications,
)
from registry.app.initiate_issuances import InitiateIssuances, initiate_issuances
from registry.app.open_accounts import OpenAccounts, open_accounts
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.run_offset_credit_creation import run_offset_credit_creation
from registry.app.run_surrender_registration import run_surrender_registration
from registry.app.run_tree_head import run_tree_head
from registry.app.settle_trades import SettleTrades, settle_trades
from registry.app.submit_surrender_applications import (
    SubmitSurrenderApplications,
    SurrenderForm,
    submit_surrender_applications,
)
from registry.app.transfer_to_trading import (
    TransferToTrading,
    WantedTransfer,
    transfer_units_to_trading,
)
from registry.domain.accounts import AccountOpening
from registry.domain.trading import Settlement

Context = grpc.aio.ServicerContext[Any, Any]

_KINDS: Final = {value: kind for kind, value in encoding.ACCOUNT_KINDS.items()}


class RegistryGrpc(RegistryServiceServicer):
    """The commands of `RegistryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, signer: Signer) -> None:
        self._door = door
        self._clock = clock
        self._signer = signer
        self._transfers: GroupCommit[
            UnitOfWork, pb.TransferToTradingRequest, pb.TransferToTradingResponse, WantedTransfer, ItemOutcome
        ] = GroupCommit(
            door,
            items_of=_transfers,
            carry_out=self._transfer,
            answer=lambda outcomes: pb.TransferToTradingResponse(results=item_results(outcomes)),
        )
        self._applications: GroupCommit[
            UnitOfWork,
            pb.SubmitSurrenderApplicationsRequest,
            pb.SubmitSurrenderApplicationsResponse,
            SurrenderForm,
            ItemOutcome,
        ] = GroupCommit(
            door,
            items_of=_forms,
            carry_out=self._submit,
            answer=lambda outcomes: pb.SubmitSurrenderApplicationsResponse(results=item_results(outcomes)),
        )

    async def OpenAccounts(
        self, request: pb.OpenAccountsRequest, context: Context
    ) -> pb.OpenAccountsResponse:
        command = OpenAccounts(
            openings=tuple(
                AccountOpening(
                    kind=_KINDS[opening.kind],
                    name=opening.name,
                    province_code=opening.province_code,
                )
                for opening in request.accounts
            ),
            opened_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.OpenAccountsResponse:
            outcomes = await open_accounts(command, uow=uow, clock=self._clock)
            return pb.OpenAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def InitiateIssuances(
        self, request: pb.InitiateIssuancesRequest, context: Context
    ) -> pb.InitiateIssuancesResponse:
        command = InitiateIssuances(
            table_nos=tuple(request.table_nos), initiated_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.InitiateIssuancesResponse:
            outcomes = await initiate_issuances(command, uow=uow, clock=self._clock)
            return pb.InitiateIssuancesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ConfirmIssuances(
        self, request: pb.ConfirmIssuancesRequest, context: Context
    ) -> pb.ConfirmIssuancesResponse:
        command = ConfirmIssuances(
            table_nos=tuple(request.table_nos), confirmed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.ConfirmIssuancesResponse:
            outcomes = await confirm_issuances(command, uow=uow, clock=self._clock)
            return pb.ConfirmIssuancesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def TransferToTrading(
        self, request: pb.TransferToTradingRequest, context: Context
    ) -> pb.TransferToTradingResponse:
        return await self._transfers.execute(request)

    async def SettleTrades(
        self, request: pb.SettleTradesRequest, context: Context
    ) -> pb.SettleTradesResponse:
        command = SettleTrades(
            trading_date=business_day(request.trading_date, "trading_date"),
            trades=tuple(
                Settlement(
                    trade_no=trade.trade_no,
                    seller_account_no=trade.seller_account_no,
                    buyer_account_no=trade.buyer_account_no,
                    product=trade.product,
                    quantity_tco2e=trade.quantity_tco2e,
                )
                for trade in request.trades
            ),
        )

        async def carry_out(uow: UnitOfWork) -> pb.SettleTradesResponse:
            outcomes = await settle_trades(command, uow=uow, clock=self._clock)
            return pb.SettleTradesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunOffsetCreditCreation(
        self, request: pb.RunOffsetCreditCreationRequest, context: Context
    ) -> pb.RunOffsetCreditCreationResponse:
        day = business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunOffsetCreditCreationResponse:
            created = await run_offset_credit_creation(day, uow=uow, clock=self._clock)
            return pb.RunOffsetCreditCreationResponse(
                row_count=created.row_count, quantity_tco2e=created.quantity_tco2e
            )

        return await self._door.execute(request, carry_out)

    async def SubmitSurrenderApplications(
        self, request: pb.SubmitSurrenderApplicationsRequest, context: Context
    ) -> pb.SubmitSurrenderApplicationsResponse:
        return await self._applications.execute(request)

    async def DecideSurrenderApplications(
        self, request: pb.DecideSurrenderApplicationsRequest, context: Context
    ) -> pb.DecideSurrenderApplicationsResponse:
        command = DecideSurrenderApplications(
            province_code=request.province_code,
            decided_by=current_principal().subject,
            decisions=tuple(
                (decision.application_no, decision.is_confirmed, decision.words)
                for decision in request.decisions
            ),
        )

        async def carry_out(uow: UnitOfWork) -> pb.DecideSurrenderApplicationsResponse:
            outcomes = await decide_surrender_applications(command, uow=uow, clock=self._clock)
            return pb.DecideSurrenderApplicationsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunSurrenderRegistration(
        self, request: pb.RunSurrenderRegistrationRequest, context: Context
    ) -> pb.RunSurrenderRegistrationResponse:
        business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunSurrenderRegistrationResponse:
            registered = await run_surrender_registration(uow=uow, clock=self._clock)
            return pb.RunSurrenderRegistrationResponse(
                application_count=registered.application_count, quantity_tco2e=registered.quantity_tco2e
            )

        return await self._door.execute(request, carry_out)

    async def RunTreeHead(self, request: pb.RunTreeHeadRequest, context: Context) -> pb.RunTreeHeadResponse:
        day = business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunTreeHeadResponse:
            head, last_hash = await run_tree_head(day, uow=uow, signer=self._signer, clock=self._clock)
            return pb.RunTreeHeadResponse(tree_head=encoding.tree_head(head, last_hash))

        return await self._door.execute(request, carry_out)

    async def _transfer(self, items: Sequence[WantedTransfer], uow: UnitOfWork) -> Sequence[ItemOutcome]:
        command = TransferToTrading(transfers=tuple(items))
        return await transfer_units_to_trading(command, uow=uow, clock=self._clock)

    async def _submit(self, items: Sequence[SurrenderForm], uow: UnitOfWork) -> Sequence[ItemOutcome]:
        command = SubmitSurrenderApplications(forms=tuple(items))
        return await submit_surrender_applications(command, uow=uow, clock=self._clock)


def _transfers(request: pb.TransferToTradingRequest) -> list[WantedTransfer]:
    return [wanted_transfer(transfer) for transfer in request.transfers]


def _forms(request: pb.SubmitSurrenderApplicationsRequest) -> list[SurrenderForm]:
    return [surrender_form(form) for form in request.applications]
