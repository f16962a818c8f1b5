"""Voluntary cancellation (自愿注销) under a confirmed application: step 5 of the procedure.

CCB-5  Nothing is cancelled for the cycle from 15 December 2021, 17:00.
CCB-6  Under an application, its own entity cancels at most what the province confirmed, in all and for each project and
       year, from the registered units of its own open account, and nothing from inside the national market.
CCB-7  Cancelled units stay in the system account "C-CANCELLED" for good.

Where several refusals apply to one item, the first in this order is given: the window, the confirmation, the entity,
the account, the project, the confirmed quantity, the holding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ets_kernel.domain.errors import AccountNotFound, EntityMismatch, EtsError, ProjectInsideNationalMarket
from ets_kernel.domain.ids import (
    AccountNo,
    ApplicationNo,
    CancellationNo,
    CreditCode,
    ProductCode,
    ProjectNo,
    ProvinceCode,
)
from ets_ledger.domain.errors import InsufficientHolding
from ets_ledger.domain.values import Bucket, Place, SerialRange

from ccer_bridge.domain.accounts import Account, AccountStatus, account_no_of, account_not_found
from ccer_bridge.domain.applications import ConfirmedApplication
from ccer_bridge.domain.errors import (
    ApplicationNotConfirmed,
    ConfirmedQuantityExceeded,
    ProjectNotInApplication,
)
from ccer_bridge.domain.offset_rules_2021 import refusal_of_cancellation_time
from ccer_bridge.domain.projects import Project, ccer_of

CANCELLED: Final = Place(AccountNo("C-CANCELLED"), Bucket.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCancellation:
    """What an entity asks to cancel, tCO2e."""

    credit_code: str
    application_no: str
    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Units cancelled under an application, tCO2e; the blocks are known when it is made."""

    cancellation_no: CancellationNo
    application_no: ApplicationNo
    credit_code: CreditCode
    entity_name: str
    province_code: ProvinceCode
    account_no: AccountNo
    product: ProductCode
    project_no: ProjectNo
    project_name: str
    project_type: str
    reduction_year: int
    blocks: tuple[SerialRange, ...]
    quantity_tco2e: int
    cancelled_time: datetime

    @property
    def blocks_text(self) -> str:
        """The blocks as text: "1-100,150-200"."""
        return blocks_text(self.blocks)


def blocks_text(blocks: tuple[SerialRange, ...]) -> str:
    """Write serial blocks as "start-end", joined by commas."""
    return ",".join(f"{start}-{end}" for start, end in blocks)


def parse_blocks(text: str) -> tuple[SerialRange, ...]:
    """Read what `blocks_text` wrote."""
    ranges = (part.split("-") for part in text.split(","))
    return tuple(SerialRange(int(start), int(end)) for start, end in ranges)


class CancellationDesk:
    """Judges the items of one batch in order, each on the state that the accepted ones before it left."""

    def __init__(
        self,
        *,
        applications: Mapping[str, ConfirmedApplication],
        accounts: Mapping[str, Account],
        projects: Mapping[str, Project],
        registered_tco2e: Mapping[tuple[str, str], int],
        at: datetime,
    ) -> None:
        self.applications = dict(applications)
        self._accounts = accounts
        self._projects = projects
        self._registered = dict(registered_tco2e)
        self._at = at

    def judge(self, wanted: WantedCancellation) -> Cancellation | EtsError:
        """Decide one item; an accepted one is counted at once."""
        late = refusal_of_cancellation_time(self._at)
        if late is not None:
            return late
        application = self.applications.get(wanted.application_no)
        if application is None:
            return ApplicationNotConfirmed(
                f"{wanted.application_no} is not confirmed", application_no=wanted.application_no
            )
        account = self._accounts.get(account_no_of(wanted.credit_code))
        stranger = _refusal_of_entity(wanted, application, account)
        if stranger is not None or account is None:
            return stranger or account_not_found(account_no_of(wanted.credit_code))
        project = self._project(wanted.product)
        refusal = (
            _refusal_of_project(wanted, application, project)
            or _refusal_of_quantity(wanted, application)
            or self._refusal_of_holding(wanted, account)
        )
        if refusal is not None or project is None:
            return refusal or self._short(wanted, account)

        # From here on the cancellation is made.
        self._take(wanted, application, account)
        return _cancellation(wanted, application, account, project, self._at)

    def _project(self, product: str) -> Project | None:
        ccer = ccer_of(product)
        return self._projects.get(ccer.project_no or "") if ccer is not None else None

    def _refusal_of_holding(self, wanted: WantedCancellation, account: Account) -> InsufficientHolding | None:
        held = self._registered.get((account.account_no, wanted.product), 0)
        return None if wanted.quantity_tco2e <= held else self._short(wanted, account)

    def _short(self, wanted: WantedCancellation, account: Account) -> InsufficientHolding:
        held = self._registered.get((account.account_no, wanted.product), 0)
        return InsufficientHolding(
            f"{account.account_no} holds {held} of {wanted.product} in its general holding account",
            account=account.account_no,
            product=wanted.product,
            bucket=Bucket.REGISTERED,
            requested_quantity=wanted.quantity_tco2e,
            available_quantity=held,
        )

    def _take(self, wanted: WantedCancellation, application: ConfirmedApplication, account: Account) -> None:
        product = ProductCode(wanted.product)
        self._registered[account.account_no, product] -= wanted.quantity_tco2e
        cancelled = dict(application.cancelled_tco2e)
        cancelled[product] = cancelled.get(product, 0) + wanted.quantity_tco2e
        self.applications[application.application_no] = replace(
            application, cancelled_tco2e=cancelled, cancellation_count=application.cancellation_count + 1
        )


def _refusal_of_entity(
    wanted: WantedCancellation, application: ConfirmedApplication, account: Account | None
) -> EntityMismatch | AccountNotFound | None:
    if wanted.credit_code != application.credit_code:
        return EntityMismatch(
            f"{wanted.application_no} is another entity's",
            application_no=wanted.application_no,
            credit_code=wanted.credit_code,
        )
    if account is None or account.status is not AccountStatus.OPEN:
        return account_not_found(account_no_of(wanted.credit_code))
    return None


def _refusal_of_project(
    wanted: WantedCancellation, application: ConfirmedApplication, project: Project | None
) -> EtsError | None:
    if wanted.product not in application.lines_tco2e:
        return ProjectNotInApplication(
            f"{wanted.application_no} has no line of {wanted.product}",
            application_no=wanted.application_no,
            product=wanted.product,
        )
    if project is not None and project.is_inside_national_market:
        return ProjectInsideNationalMarket(
            f"{project.project_no} is under the market's allowance management", project_no=project.project_no
        )
    return None


def _refusal_of_quantity(
    wanted: WantedCancellation, application: ConfirmedApplication
) -> ConfirmedQuantityExceeded | None:
    product = ProductCode(wanted.product)
    line, cancelled = application.lines_tco2e[product], application.cancelled_tco2e.get(product, 0)
    total = application.cancelled_total_tco2e
    if cancelled + wanted.quantity_tco2e > line:
        return _exceeded(wanted, cancelled_tco2e=cancelled, confirmed_tco2e=line)
    if total + wanted.quantity_tco2e > application.confirmed_tco2e:
        return _exceeded(wanted, cancelled_tco2e=total, confirmed_tco2e=application.confirmed_tco2e)
    return None


def _exceeded(
    wanted: WantedCancellation, *, cancelled_tco2e: int, confirmed_tco2e: int
) -> ConfirmedQuantityExceeded:
    return ConfirmedQuantityExceeded(
        f"{cancelled_tco2e} of {confirmed_tco2e} t are cancelled under {wanted.application_no}",
        application_no=wanted.application_no,
        product=wanted.product,
        requested_tco2e=wanted.quantity_tco2e,
        cancelled_tco2e=cancelled_tco2e,
        confirmed_tco2e=confirmed_tco2e,
    )


def _cancellation(
    wanted: WantedCancellation,
    application: ConfirmedApplication,
    account: Account,
    project: Project,
    at: datetime,
) -> Cancellation:
    ccer = ccer_of(wanted.product)
    ordinal = application.cancellation_count + 1
    return Cancellation(
        cancellation_no=CancellationNo(f"CX-{application.application_no}-{ordinal}"),
        application_no=application.application_no,
        credit_code=application.credit_code,
        entity_name=account.name,
        province_code=application.province_code,
        account_no=account.account_no,
        product=ProductCode(wanted.product),
        project_no=project.project_no,
        project_name=project.name,
        project_type=project.project_type,
        reduction_year=(ccer.year or 0) if ccer is not None else 0,
        blocks=(),
        quantity_tco2e=wanted.quantity_tco2e,
        cancelled_time=at,
    )
