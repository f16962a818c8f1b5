"""Commands over gRPC: decode, use case behind the door, encode."""

from datetime import timedelta
from typing import Any

import grpc.aio
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.ccer.v1.ccer_service_pb2_grpc import CcerServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import HandoverNo
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import item_results

from ccer_bridge.adapters import decoding, metrics
from ccer_bridge.app.apply_for_accounts import ApplyForAccounts, apply_for_accounts
from ccer_bridge.app.cancel_for_offset import CancelForOffset, cancel_for_offset
from ccer_bridge.app.first_review_accounts import FirstReviewAccounts, first_review_accounts
from ccer_bridge.app.issue_reductions import IssueReductions, issue_reductions
from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.register_projects import RegisterProjects, register_projects
from ccer_bridge.app.reissue_handovers import ReissueHandovers, reissue_handovers
from ccer_bridge.app.run_acknowledgement_check import run_acknowledgement_check
from ccer_bridge.app.run_daily_handover import run_daily_handover
from ccer_bridge.app.second_review_accounts import SecondReviewAccounts, second_review_accounts
from ccer_bridge.app.settle_trades import SettleTrades, settle_trades
from ccer_bridge.app.transfer_to_venue import TransferToVenue, WantedTransfer, transfer_units_to_venue
from ccer_bridge.domain.accounts import AccountApplication
from ccer_bridge.domain.cancellation import WantedCancellation
from ccer_bridge.domain.projects import WantedIssue
from ccer_bridge.domain.transfers import Settlement

Context = grpc.aio.ServicerContext[Any, Any]


class CcerGrpc(CcerServiceServicer):
    """The commands of `CcerService`."""

    def __init__(
        self, *, door: Door[UnitOfWork], clock: Clock, signer: Signer, acknowledgement_time: timedelta
    ) -> None:
        self._door = door
        self._clock = clock
        self._signer = signer
        self._acknowledgement_time = acknowledgement_time

    async def RegisterProjects(
        self, request: pb.RegisterProjectsRequest, context: Context
    ) -> pb.RegisterProjectsResponse:
        command = RegisterProjects(projects=tuple(decoding.project(item) for item in request.projects))

        async def carry_out(uow: UnitOfWork) -> pb.RegisterProjectsResponse:
            outcomes = await register_projects(command, uow=uow, clock=self._clock)
            return pb.RegisterProjectsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def IssueReductions(
        self, request: pb.IssueReductionsRequest, context: Context
    ) -> pb.IssueReductionsResponse:
        command = IssueReductions(
            issues=tuple(
                WantedIssue(
                    project_no=issue.project_no,
                    reduction_year=issue.reduction_year,
                    period_start=issue.period_start,
                    period_end=issue.period_end,
                    quantity_tco2e=issue.quantity_tco2e,
                )
                for issue in request.issues
            )
        )

        async def carry_out(uow: UnitOfWork) -> pb.IssueReductionsResponse:
            outcomes = await issue_reductions(command, uow=uow, clock=self._clock)
            return pb.IssueReductionsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ApplyForAccounts(
        self, request: pb.ApplyForAccountsRequest, context: Context
    ) -> pb.ApplyForAccountsResponse:
        command = ApplyForAccounts(
            applications=tuple(
                AccountApplication(
                    credit_code=account.credit_code,
                    name=account.name,
                    province_code=account.province_code,
                    venue=account.venue,
                )
                for account in request.accounts
            )
        )

        async def carry_out(uow: UnitOfWork) -> pb.ApplyForAccountsResponse:
            outcomes = await apply_for_accounts(command, uow=uow, clock=self._clock)
            return pb.ApplyForAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def FirstReviewAccounts(
        self, request: pb.FirstReviewAccountsRequest, context: Context
    ) -> pb.FirstReviewAccountsResponse:
        command = FirstReviewAccounts(
            venue=request.venue,
            reviewed_by=current_principal().subject,
            reviews=tuple((review.account_no, review.is_passed) for review in request.reviews),
        )

        async def carry_out(uow: UnitOfWork) -> pb.FirstReviewAccountsResponse:
            outcomes = await first_review_accounts(command, uow=uow, clock=self._clock)
            return pb.FirstReviewAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def SecondReviewAccounts(
        self, request: pb.SecondReviewAccountsRequest, context: Context
    ) -> pb.SecondReviewAccountsResponse:
        command = SecondReviewAccounts(
            reviewed_by=current_principal().subject,
            reviews=tuple((review.account_no, review.is_passed) for review in request.reviews),
        )

        async def carry_out(uow: UnitOfWork) -> pb.SecondReviewAccountsResponse:
            outcomes = await second_review_accounts(command, uow=uow, clock=self._clock)
            return pb.SecondReviewAccountsResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def TransferToVenue(
        self, request: pb.TransferToVenueRequest, context: Context
    ) -> pb.TransferToVenueResponse:
        command = TransferToVenue(
            request_id=request.request_id,
            transfers=tuple(
                WantedTransfer(
                    credit_code=transfer.credit_code,
                    venue=transfer.venue,
                    product=transfer.product,
                    quantity_tco2e=transfer.quantity_tco2e,
                )
                for transfer in request.transfers
            ),
        )

        async def carry_out(uow: UnitOfWork) -> pb.TransferToVenueResponse:
            outcomes = await transfer_units_to_venue(command, uow=uow, clock=self._clock)
            return pb.TransferToVenueResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def SettleTrades(
        self, request: pb.SettleTradesRequest, context: Context
    ) -> pb.SettleTradesResponse:
        command = SettleTrades(
            trading_date=decoding.business_day(request.trading_date, "trading_date"),
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

    async def CancelForOffset(
        self, request: pb.CancelForOffsetRequest, context: Context
    ) -> pb.CancelForOffsetResponse:
        command = CancelForOffset(
            cancellations=tuple(
                WantedCancellation(
                    credit_code=wanted.credit_code,
                    application_no=wanted.application_no,
                    product=wanted.product,
                    quantity_tco2e=wanted.quantity_tco2e,
                )
                for wanted in request.cancellations
            )
        )

        async def carry_out(uow: UnitOfWork) -> pb.CancelForOffsetResponse:
            outcomes = await cancel_for_offset(command, uow=uow, clock=self._clock)
            return pb.CancelForOffsetResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RunDailyHandover(
        self, request: pb.RunDailyHandoverRequest, context: Context
    ) -> pb.RunDailyHandoverResponse:
        day = decoding.business_day(request.business_date)

        async def carry_out(uow: UnitOfWork) -> pb.RunDailyHandoverResponse:
            run = await run_daily_handover(day, uow=uow, signer=self._signer, clock=self._clock)
            return pb.RunDailyHandoverResponse(
                handover_count=run.handover_count,
                row_count=run.row_count,
                quantity_tco2e=run.quantity_tco2e,
            )

        return await self._door.execute(request, carry_out)

    async def ReissueHandovers(
        self, request: pb.ReissueHandoversRequest, context: Context
    ) -> pb.ReissueHandoversResponse:
        command = ReissueHandovers(
            business_date=decoding.business_day(request.business_date),
            province_code=parse_province_code(request.province_code) if request.province_code else "",
            is_taken_included=request.is_taken_included,
        )

        async def carry_out(uow: UnitOfWork) -> pb.ReissueHandoversResponse:
            issued = await reissue_handovers(command, uow=uow, signer=self._signer, clock=self._clock)
            return pb.ReissueHandoversResponse(
                handover_nos=[handover.manifest.handover_no for handover in issued],
                row_count=sum(handover.manifest.row_count for handover in issued),
                quantity_tco2e=sum(handover.manifest.quantity_tco2e for handover in issued),
            )

        return await self._door.execute(request, carry_out)

    async def RunAcknowledgementCheck(
        self, request: pb.RunAcknowledgementCheckRequest, context: Context
    ) -> pb.RunAcknowledgementCheckResponse:
        # A transaction may be run again, and a repeated request runs none: what counts is what the last run raised.
        raised: list[HandoverNo] = []

        async def carry_out(uow: UnitOfWork) -> pb.RunAcknowledgementCheckResponse:
            raised[:] = await run_acknowledgement_check(
                uow=uow, clock=self._clock, acknowledgement_time=self._acknowledgement_time
            )
            return pb.RunAcknowledgementCheckResponse(handover_nos=raised)

        answer = await self._door.execute(request, carry_out)
        metrics.HANDOVERS_UNACKNOWLEDGED.inc(len(raised))
        return answer
