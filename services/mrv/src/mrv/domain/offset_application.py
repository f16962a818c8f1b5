"""Applications to use CCER (使用CCER抵销配额清缴申请表): submission, the platform's checks, decision, cancellation.

MRV-9   All applications of an entity for a period that are not refused together ask for at most 5 % of its obligation.
MRV-10  An application is decided once; it is confirmed only if all five checks pass at that moment.
MRV-11  No more CCER is taken as cancelled under an application than was confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import (
    ApplicationAlreadyDecided,
    EntityNotListed,
    EtsError,
    MalformedRequest,
    OffsetLimitExceeded,
    ProjectInsideNationalMarket,
    ProvinceMismatch,
)
from ets_kernel.domain.ids import ApplicationNo, CreditCode, Period, ProvinceCode
from ets_kernel.domain.quantities import percent_floor

from mrv.domain.errors import (
    ApplicationWindowClosed,
    ObligationUnknown,
    OffsetChecksFailed,
    OffsetLineRepeated,
    ProjectUnknown,
    ReceiptAboveConfirmed,
)
from mrv.domain.offset_rules_2021 import APPLICATION_WINDOWS, OFFSET_PERCENT_MAX
from mrv.domain.roster import Entity


class ApplicationStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class CheckCode(StrEnum):
    """The checks of step four, permanent codes."""

    NAME_MATCHES = "NAME_MATCHES"
    OBLIGATION_MATCHES = "OBLIGATION_MATCHES"
    WITHIN_FIVE_PERCENT = "WITHIN_FIVE_PERCENT"
    PROJECTS_ELIGIBLE = "PROJECTS_ELIGIBLE"
    ACCOUNT_OPEN = "ACCOUNT_OPEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetLine:
    """CCER of one project and year, tCO2e."""

    project_no: str
    reduction_year: int
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetCheck:
    """One check with what was found, for people."""

    check: CheckCode
    is_passed: bool
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetForm:
    """The form as the entity wrote it; `obligation_tco2e` is the entity's own figure."""

    credit_code: CreditCode
    entity_name: str
    province_code: str
    period: Period
    obligation_tco2e: int
    ccer_account_no: str
    lines: tuple[OffsetLine, ...]

    @property
    def requested_tco2e(self) -> int:
        """The lines together."""
        return sum(line.quantity_tco2e for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetApplication:
    """An application, quantities in tCO2e."""

    application_no: ApplicationNo
    ordinal: int
    form: OffsetForm
    status: ApplicationStatus
    submitted_time: datetime
    decided_time: datetime | None = None
    decided_by: str = ""
    refusal_text: str = ""
    checks: tuple[OffsetCheck, ...] = ()
    cancelled_tco2e: int = 0

    @property
    def confirmed_tco2e(self) -> int:
        """What the province confirmed; 0 before, and when it refused."""
        is_confirmed = self.status in (ApplicationStatus.CONFIRMED, ApplicationStatus.CANCELLED)
        return self.form.requested_tco2e if is_confirmed else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of an applicant: its listing, its obligation, and its applications so far, in tCO2e."""

    entity: Entity | None
    obligation_tco2e: int | None
    applied_tco2e: int
    last_ordinal: int

    @property
    def limit_tco2e(self) -> int:
        """What may be offset at most: 5 % of the obligation, rounded down so that it is never above."""
        return percent_floor(self.obligation_tco2e or 0, OFFSET_PERCENT_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class CcerAccount:
    """A general holding account (一般持有账户), as the voluntary-reduction registry last told of it."""

    account_no: str
    credit_code: str
    is_open: bool


def submit(
    form: OffsetForm, standing: Standing, *, projects: Mapping[str, bool], at: datetime
) -> tuple[OffsetApplication, Standing] | EtsError:
    """Take a form or say why not; `projects` tells of each known one whether it is inside the market."""
    refusal = (
        refusal_of_moment(form.period, at)
        or _refusal_of_applicant(form, standing)
        or _refusal_of_lines(form, projects)
        or _refusal_of_limit(form, standing)
    )
    if refusal is not None:
        return refusal

    # From here on the submission succeeds.
    ordinal = standing.last_ordinal + 1
    application = OffsetApplication(
        application_no=ApplicationNo(f"OA-{form.period}-{form.credit_code}-{ordinal}"),
        ordinal=ordinal,
        form=form,
        status=ApplicationStatus.SUBMITTED,
        submitted_time=at,
    )
    applied_tco2e = standing.applied_tco2e + form.requested_tco2e
    return application, replace(standing, applied_tco2e=applied_tco2e, last_ordinal=ordinal)


def refusal_of_moment(period: Period, at: datetime) -> EtsError | None:
    """Tell whether the window for applications of a period is closed."""
    window = APPLICATION_WINDOWS[period]
    if window.opens <= at < window.closes:
        return None
    return ApplicationWindowClosed(
        f"applications for {period} are taken from {window.opens.isoformat()} and before"
        f" {window.closes.isoformat()}",
        opens_time=window.opens.isoformat(),
        closes_time=window.closes.isoformat(),
        business_time=at.isoformat(),
    )


def check(
    application: OffsetApplication,
    standing: Standing,
    *,
    projects: Mapping[str, bool],
    account: CcerAccount | None,
) -> tuple[OffsetCheck, ...]:
    """Make the five checks; the standing's applications include this one."""
    form = application.form
    roster_name = standing.entity.name if standing.entity is not None else ""
    ineligible = [line.project_no for line in form.lines if projects.get(line.project_no, True)]
    is_open = account is not None and account.is_open and account.credit_code == form.credit_code
    return (
        OffsetCheck(
            check=CheckCode.NAME_MATCHES,
            is_passed=form.entity_name == roster_name,
            finding=f"form {form.entity_name!r}, roster {roster_name!r}",
        ),
        OffsetCheck(
            check=CheckCode.OBLIGATION_MATCHES,
            is_passed=form.obligation_tco2e == standing.obligation_tco2e,
            finding=f"form {form.obligation_tco2e} t, verified table {standing.obligation_tco2e} t",
        ),
        OffsetCheck(
            check=CheckCode.WITHIN_FIVE_PERCENT,
            is_passed=standing.applied_tco2e <= standing.limit_tco2e,
            finding=f"applied for {standing.applied_tco2e} t, limit {standing.limit_tco2e} t",
        ),
        OffsetCheck(
            check=CheckCode.PROJECTS_ELIGIBLE,
            is_passed=not ineligible,
            finding=f"not eligible: {' '.join(ineligible)}" if ineligible else "all eligible",
        ),
        OffsetCheck(
            check=CheckCode.ACCOUNT_OPEN,
            is_passed=is_open,
            finding=f"{form.ccer_account_no} {'is' if is_open else 'is not'} the entity's open account",
        ),
    )


def refusal_of_decision(
    application: OffsetApplication, *, province_code: str, is_confirmed: bool, refusal_text: str
) -> EtsError | None:
    """Tell why a province may not decide an application in this way."""
    number = application.application_no
    if application.form.province_code != province_code:
        return ProvinceMismatch(
            f"province {application.form.province_code} decides {number}",
            province_code=province_code,
            roster_province_code=application.form.province_code,
        )
    if application.status is not ApplicationStatus.SUBMITTED:
        return ApplicationAlreadyDecided(
            f"{number} is {application.status}", application_no=number, status=application.status
        )
    if not is_confirmed and not refusal_text:
        return MalformedRequest(
            "a refusal says why", field="refusal_text", rule="required when is_confirmed is false"
        )
    return None


def decide(
    application: OffsetApplication,
    checks: Sequence[OffsetCheck],
    *,
    is_confirmed: bool,
    decided_by: str,
    refusal_text: str,
    at: datetime,
) -> OffsetApplication | EtsError:
    """Confirm or refuse; an application with a failed check can only be refused."""
    failed = [check.check for check in checks if not check.is_passed]
    if is_confirmed and failed:
        number = application.application_no
        return OffsetChecksFailed(
            f"{number} fails {' '.join(failed)}", application_no=number, failed=" ".join(failed)
        )
    return replace(
        application,
        status=ApplicationStatus.CONFIRMED if is_confirmed else ApplicationStatus.REFUSED,
        decided_time=at,
        decided_by=decided_by,
        refusal_text="" if is_confirmed else refusal_text,
        checks=tuple(checks),
    )


def cancel(application: OffsetApplication, quantity_tco2e: int) -> OffsetApplication:
    """Count a cancellation under an application; the whole quantity completes it."""
    cancelled = application.cancelled_tco2e + quantity_tco2e
    if cancelled > application.confirmed_tco2e:
        raise ReceiptAboveConfirmed(
            f"{cancelled} t were cancelled under {application.application_no},"
            f" {application.confirmed_tco2e} t are confirmed",
            application_no=application.application_no,
            cancelled_tco2e=cancelled,
            confirmed_tco2e=application.confirmed_tco2e,
        )
    is_whole = cancelled == application.confirmed_tco2e
    status = ApplicationStatus.CANCELLED if is_whole else application.status
    return replace(application, status=status, cancelled_tco2e=cancelled)


def _refusal_of_applicant(form: OffsetForm, standing: Standing) -> EtsError | None:
    if standing.entity is None:
        return EntityNotListed(
            f"{form.credit_code} is not listed for {form.period}", credit_code=form.credit_code
        )
    if standing.entity.province_code != form.province_code:
        return ProvinceMismatch(
            f"province {standing.entity.province_code} answers for {form.credit_code}",
            province_code=form.province_code,
            roster_province_code=standing.entity.province_code,
        )
    if standing.obligation_tco2e is None:
        return ObligationUnknown(
            f"the verified table of {form.credit_code} is not issued",
            credit_code=form.credit_code,
            period=form.period,
        )
    return None


def _refusal_of_lines(form: OffsetForm, projects: Mapping[str, bool]) -> EtsError | None:
    seen: set[tuple[str, int]] = set()
    for line in form.lines:
        key = (line.project_no, line.reduction_year)
        if key in seen:
            return OffsetLineRepeated(
                f"{line.project_no} of {line.reduction_year} is named twice",
                project_no=line.project_no,
                reduction_year=line.reduction_year,
            )
        seen.add(key)
    for line in form.lines:
        if line.project_no not in projects:
            return ProjectUnknown(f"no project {line.project_no} is known", project_no=line.project_no)
        if projects[line.project_no]:
            return ProjectInsideNationalMarket(
                f"project {line.project_no} is under the market's allowance management",
                project_no=line.project_no,
            )
    return None


def _refusal_of_limit(form: OffsetForm, standing: Standing) -> EtsError | None:
    if standing.applied_tco2e + form.requested_tco2e <= standing.limit_tco2e:
        return None
    return OffsetLimitExceeded(
        f"{standing.applied_tco2e} t are applied for, the limit is {standing.limit_tco2e} t",
        requested_tco2e=form.requested_tco2e,
        used_tco2e=standing.applied_tco2e,
        limit_tco2e=standing.limit_tco2e,
    )


def province_of(application: OffsetApplication) -> ProvinceCode:
    """Give the province that decides an application."""
    return ProvinceCode(application.form.province_code)
