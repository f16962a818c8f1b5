"""The eight steps of using CCER, and the surrender, as entities, provinces and the centre play them on one date."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from ets.ccer.v1.ccer_service_pb2 import (
    AccountApplication,
    CancelForOffsetRequest,
    IssueReductionsRequest,
    OffsetCancellation,
    RunAcknowledgementCheckRequest,
    RunDailyHandoverRequest,
    TransferToVenueRequest,
    VenueTransfer,
)
from ets.ccer.v1.ccer_types_pb2 import ReductionIssue
from ets.mrv.v1.mrv_service_pb2 import (
    DecideOffsetApplicationsRequest,
    OffsetApplicationForm,
    OffsetDecision,
    RunWeeklySummaryRequest,
    SubmitOffsetApplicationsRequest,
)
from ets.mrv.v1.mrv_types_pb2 import OffsetLine
from ets.registry.v1.registry_service_pb2 import (
    DecideSurrenderApplicationsRequest,
    RunOffsetCreditCreationRequest,
    RunSurrenderRegistrationRequest,
    RunTreeHeadRequest,
    SubmitSurrenderApplicationsRequest,
    SurrenderDecision,
    SurrenderForm,
    TradingTransfer,
    TransferToTradingRequest,
)
from ets.registry.v1.registry_types_pb2 import SurrenderLine
from ets_kernel.domain.ids import CreditCode, ccer_account
from ets_kernel.domain.products import allowance_product

from simulation.population import plan as planned
from simulation.window import world as actors
from simulation.window.batches import send, send_refused
from simulation.window.preparation import open_ccer_accounts
from simulation.window.world import World


class OffsetDay:
    """What entities, provinces, the centre and the registry's schedule do on one date.

    `references` maps the plan's names of applications to the platforms' numbers and grows as they are submitted.
    """

    def __init__(
        self, world: World, plan: planned.Plan, names: dict[str, str], references: dict[str, str], prefix: str
    ) -> None:
        self._world = world
        self._plan = plan
        self._names = names
        self._references = references
        self._prefix = prefix

    async def open_accounts(
        self, openings: Sequence[planned.OpenCcerAccount], provinces: dict[str, str]
    ) -> None:
        """Step 1: general holding accounts with two reviews."""
        await open_ccer_accounts(
            self._world,
            [
                AccountApplication(
                    credit_code=opening.credit_code,
                    name=opening.name,
                    province_code=provinces.get(opening.credit_code, ""),
                    venue=opening.venue,
                )
                for opening in openings
            ],
            f"{self._prefix}-ccer-accounts",
        )

    async def issue_reductions(self) -> None:
        """Issue to the owners' accounts, just opened, what their projects reduced in earlier years."""
        await send(
            self._world.ccer(actors.CENTRE).IssueReductions,
            lambda request_id, part: IssueReductionsRequest(request_id=request_id, issues=part),
            [
                ReductionIssue(
                    project_no=issue.project_no,
                    reduction_year=issue.year,
                    period_start=f"{issue.year}-01-01",
                    period_end=f"{issue.year}-12-31",
                    quantity_tco2e=issue.quantity_tco2e,
                )
                for issue in self._plan.issues
            ],
            f"{self._prefix}-issues",
        )

    async def transfer_to_trading(self, transfers: Sequence[planned.Transfer]) -> None:
        """Move allowances into trading."""
        product = allowance_product(self._plan.cycle)
        await send(
            self._world.registry(actors.AGENTS).TransferToTrading,
            lambda request_id, part: TransferToTradingRequest(request_id=request_id, transfers=part),
            [
                TradingTransfer(credit_code=t.credit_code, product=product, quantity_tco2e=t.quantity_tco2e)
                for t in transfers
            ],
            f"{self._prefix}-to-trading",
        )

    async def transfer_to_venues(self, transfers: Sequence[planned.CcerTransfer]) -> None:
        """Move CCER to venues."""
        await send(
            self._world.ccer(actors.AGENTS).TransferToVenue,
            lambda request_id, part: TransferToVenueRequest(request_id=request_id, transfers=part),
            [
                VenueTransfer(
                    credit_code=t.credit_code,
                    venue=t.venue,
                    product=t.product,
                    quantity_tco2e=t.quantity_tco2e,
                )
                for t in transfers
            ],
            f"{self._prefix}-to-venues",
        )

    async def apply(self, applications: Sequence[planned.Application]) -> None:
        """Step 3: entities submit their forms."""
        numbers = await send(
            self._world.mrv(actors.AGENTS).SubmitOffsetApplications,
            lambda request_id, part: SubmitOffsetApplicationsRequest(
                request_id=request_id, applications=part
            ),
            [self._form(application) for application in applications],
            f"{self._prefix}-applications",
        )
        self._references.update(zip((a.ref for a in applications), numbers, strict=True))

    async def apply_in_vain(self, applications: Sequence[planned.Application]) -> None:
        """Step 3: forms that the platform must refuse at once."""
        await send_refused(
            self._world.mrv(actors.AGENTS).SubmitOffsetApplications,
            lambda request_id, part: SubmitOffsetApplicationsRequest(
                request_id=request_id, applications=part
            ),
            [(self._form(application), application.refused_with) for application in applications],
            f"{self._prefix}-ineligible",
        )

    async def decide(self, decisions: Sequence[planned.Decision]) -> None:
        """Step 4: provinces confirm or refuse."""
        for code in sorted({decision.province_code for decision in decisions}):
            await send(
                self._world.mrv(actors.province(code)).DecideOffsetApplications,
                partial(_decisions, code),
                [
                    OffsetDecision(
                        application_no=self._references[decision.application_ref],
                        is_confirmed=decision.confirmed,
                        refusal_text=decision.reason,
                    )
                    for decision in decisions
                    if decision.province_code == code
                ],
                f"{self._prefix}-decisions-{code}",
            )

    async def summarise(self, day: date) -> None:
        """Step 4, on Friday: the weekly summaries."""
        await self._world.mrv(actors.SCHEDULER).RunWeeklySummary(
            RunWeeklySummaryRequest(request_id=f"{self._prefix}-summary", business_date=day.isoformat())
        )

    async def cancel(self, cancellations: Sequence[planned.Cancellation], when: str) -> None:
        """Step 5: entities cancel CCER."""
        await send(
            self._world.ccer(actors.AGENTS).CancelForOffset,
            lambda request_id, part: CancelForOffsetRequest(request_id=request_id, cancellations=part),
            [
                OffsetCancellation(
                    credit_code=c.credit_code,
                    application_no=self._references[c.application_ref],
                    product=c.product,
                    quantity_tco2e=c.quantity_tco2e,
                )
                for c in cancellations
            ],
            f"{self._prefix}-cancellations-{when}",
        )

    async def hand_over(self, day: date) -> None:
        """Step 6: the centre's daily check and hand-over."""
        centre = self._world.ccer(actors.SCHEDULER)
        await centre.RunDailyHandover(
            RunDailyHandoverRequest(request_id=f"{self._prefix}-handover", business_date=day.isoformat())
        )

    async def check_acknowledgements(self) -> None:
        """Step 6: look for hand-overs without an answer."""
        await self._world.ccer(actors.SCHEDULER).RunAcknowledgementCheck(
            RunAcknowledgementCheckRequest(request_id=f"{self._prefix}-acknowledgements")
        )

    async def create_credits(self, day: date) -> None:
        """Step 7: the registry creates offset credits."""
        await self._world.registry(actors.SCHEDULER).RunOffsetCreditCreation(
            RunOffsetCreditCreationRequest(
                request_id=f"{self._prefix}-credits", business_date=day.isoformat()
            )
        )

    async def surrender(self, applications: Sequence[planned.SurrenderApplication]) -> None:
        """Step 7: entities submit surrender applications with allowances and credits."""
        numbers = await send(
            self._world.registry(actors.AGENTS).SubmitSurrenderApplications,
            lambda request_id, part: SubmitSurrenderApplicationsRequest(
                request_id=request_id, applications=part
            ),
            [self._surrender_form(application) for application in applications],
            f"{self._prefix}-surrenders",
        )
        self._references.update(zip((a.ref for a in applications), numbers, strict=True))

    async def decide_surrenders(self, decisions: Sequence[planned.SurrenderDecision], when: str) -> None:
        """Step 7: provinces confirm surrender applications."""
        for code in sorted({decision.province_code for decision in decisions}):
            await send(
                self._world.registry(actors.province(code)).DecideSurrenderApplications,
                partial(_surrender_decisions, code),
                [
                    SurrenderDecision(
                        application_no=self._references[decision.application_ref], is_confirmed=True
                    )
                    for decision in decisions
                    if decision.province_code == code
                ],
                f"{self._prefix}-surrender-decisions-{when}-{code}",
            )

    async def register_surrenders(self, day: date, when: str) -> None:
        """Step 7: the registry registers what provinces confirmed."""
        await self._world.registry(actors.SCHEDULER).RunSurrenderRegistration(
            RunSurrenderRegistrationRequest(
                request_id=f"{self._prefix}-registration-{when}", business_date=day.isoformat()
            )
        )

    async def sign_tree_head(self, day: date) -> None:
        """Sign the registry's journal for the day."""
        await self._world.registry(actors.SCHEDULER).RunTreeHead(
            RunTreeHeadRequest(request_id=f"{self._prefix}-tree-head", business_date=day.isoformat())
        )

    def _form(self, application: planned.Application) -> OffsetApplicationForm:
        return OffsetApplicationForm(
            credit_code=application.credit_code,
            entity_name=self._names[application.credit_code],
            province_code=application.province_code,
            period=self._plan.cycle,
            obligation_tco2e=application.obligation_tco2e,
            ccer_account_no=ccer_account(CreditCode(application.credit_code)),
            lines=[_offset_line(line) for line in application.lines],
        )

    def _surrender_form(self, application: planned.SurrenderApplication) -> SurrenderForm:
        lines = [
            SurrenderLine(product=o.product, quantity_tco2e=o.quantity_tco2e) for o in application.offsets
        ]
        if application.allowance_tco2e:
            lines.append(
                SurrenderLine(
                    product=allowance_product(self._plan.cycle), quantity_tco2e=application.allowance_tco2e
                )
            )
        return SurrenderForm(credit_code=application.credit_code, period=self._plan.cycle, lines=lines)


def _offset_line(line: planned.ProductQuantity) -> OffsetLine:
    _, project_no, year = line.product.split("-")
    return OffsetLine(project_no=project_no, reduction_year=int(year), quantity_tco2e=line.quantity_tco2e)


def _decisions(
    code: str, request_id: str, decisions: Sequence[OffsetDecision]
) -> DecideOffsetApplicationsRequest:
    return DecideOffsetApplicationsRequest(request_id=request_id, province_code=code, decisions=decisions)


def _surrender_decisions(
    code: str, request_id: str, decisions: Sequence[SurrenderDecision]
) -> DecideSurrenderApplicationsRequest:
    return DecideSurrenderApplicationsRequest(request_id=request_id, province_code=code, decisions=decisions)
