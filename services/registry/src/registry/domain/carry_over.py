"""Carry-over (结转) under a notice (`registry.domain.carry_over_notice`): applications, and the runs that process them.

Source: as for `registry.domain.carry_over_rules`.

REG-43 What an entity applies to carry over and does not withdraw is together never more than the lesser of T and H, and
       what was left of the notices of those that it absorbed since.
REG-44 Old units given up and new units of 2025 are as many, application by application, both or neither.
REG-45 Whoever initiates a run of a carry-over batch does not confirm it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import ApplicationAlreadyDecided, ApplicationNotFound, EtsError, SamePerson
from ets_kernel.domain.ids import ApplicationNo, CreditCode, ProductCode, ProvinceCode
from ets_ledger.domain.errors import InsufficientHolding

from registry.domain.carry_over_notice import Notice
from registry.domain.carry_over_rules import (
    APPLICATIONS_END,
    LATE_BATCH_NO,
    NEW_PRODUCT,
    OLD_PRODUCTS,
    batch_no_at,
)
from registry.domain.corrected_records import RecordCorrection
from registry.domain.retirement_errors import (
    CarryOverClosed,
    CarryOverLimitExceeded,
    CarryOverRunDecided,
    ProductNotCarriedOver,
)
from registry.domain.surrender import merged_lines


class CarryOverStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    PROCESSING = "processing"
    REGISTERED = "registered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverApplication:
    """Units that an entity applies to carry over, by product in order, tCO2e."""

    application_no: ApplicationNo
    ordinal: int
    credit_code: CreditCode
    province_code: ProvinceCode
    batch_no: int
    lines: tuple[tuple[ProductCode, int], ...]
    status: CarryOverStatus
    submitted_time: datetime
    run_no: str = ""
    registered_time: datetime | None = None
    withdrawn_time: datetime | None = None
    # What was taken back of it after it was registered, and registered again.
    corrections: tuple[RecordCorrection, ...] = ()

    @property
    def quantity_tco2e(self) -> int:
        """All units of the application."""
        return sum(quantity for _, quantity in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverStanding:
    """What an entity has when an application is decided, tCO2e by product."""

    notice: Notice
    held_tco2e: Mapping[str, int]
    # What was frozen when applications ended and a court has released since, less what was applied for late.
    released_tco2e: Mapping[str, int]
    next_ordinal: int


class RunStatus(StrEnum):
    """Where a run stands."""

    INITIATED = "initiated"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverRun:
    """Applications of one batch that are processed together."""

    run_no: str
    batch_no: int
    ordinal: int
    application_count: int
    quantity_tco2e: int
    status: RunStatus
    initiated_by: str
    initiated_time: datetime
    decided_by: str = ""
    decided_time: datetime | None = None


def apply(
    lines: Sequence[tuple[str, int]], standing: CarryOverStanding, *, at: datetime
) -> tuple[CarryOverApplication, CarryOverStanding] | EtsError:
    """Decide an application; return it with what the entity has left. Refusals: product, end, limit, holding."""
    notice, wanted = standing.notice, merged_lines(lines)
    total = sum(quantity for _, quantity in wanted)
    is_late = at >= APPLICATIONS_END
    refusal = (
        _refusal_of_products(wanted)
        or (_refusal_of_late(wanted, standing) if is_late else None)
        or refusal_of_limit(total, notice)
        or _refusal_of_holding(wanted, standing)
    )
    if refusal is not None:
        return refusal

    # From here on the application is accepted.
    application = CarryOverApplication(
        application_no=ApplicationNo(f"COA-{notice.credit_code}-{standing.next_ordinal}"),
        ordinal=standing.next_ordinal,
        credit_code=notice.credit_code,
        province_code=notice.province_code,
        batch_no=batch_no_at(at),
        lines=tuple((ProductCode(product), quantity) for product, quantity in wanted),
        status=CarryOverStatus.SUBMITTED,
        submitted_time=at,
    )
    return application, replace(
        standing,
        notice=replace(notice, applied_tco2e=notice.applied_tco2e + total),
        held_tco2e=_less(standing.held_tco2e, wanted),
        released_tco2e=_less(standing.released_tco2e, wanted) if is_late else standing.released_tco2e,
        next_ordinal=standing.next_ordinal + 1,
    )


def withdraw(
    application: CarryOverApplication | None, *, application_no: str, credit_code: str, at: datetime
) -> CarryOverApplication | EtsError:
    """Take an application back before its batch is processed."""
    if application is None or application.credit_code != credit_code:
        return ApplicationNotFound(f"there is no {application_no}", application_no=application_no)
    if application.status is not CarryOverStatus.SUBMITTED:
        return ApplicationAlreadyDecided(
            f"{application_no} is {application.status}",
            application_no=application_no,
            status=application.status,
        )
    return replace(application, status=CarryOverStatus.WITHDRAWN, withdrawn_time=at)


def initiate_run(
    applications: Sequence[CarryOverApplication], *, batch_no: int, ordinal: int, by: str, at: datetime
) -> tuple[CarryOverRun, Sequence[CarryOverApplication]]:
    """Put the applications of a batch that wait into a run."""
    run_no = f"COR-{batch_no}-{ordinal}"
    run = CarryOverRun(
        run_no=run_no,
        batch_no=batch_no,
        ordinal=ordinal,
        application_count=len(applications),
        quantity_tco2e=sum(application.quantity_tco2e for application in applications),
        status=RunStatus.INITIATED,
        initiated_by=by,
        initiated_time=at,
    )
    return run, [
        replace(application, status=CarryOverStatus.PROCESSING, run_no=run_no) for application in applications
    ]


def decide_run(run: CarryOverRun, *, is_confirmed: bool, by: str, at: datetime) -> CarryOverRun | EtsError:
    """Let a second person confirm a run or turn it down, once."""
    if run.status is not RunStatus.INITIATED:
        return CarryOverRunDecided(f"{run.run_no} is {run.status}", run_no=run.run_no, status=run.status)
    if run.initiated_by == by:
        return SamePerson(f"{by} initiated {run.run_no}", subject=by)
    status = RunStatus.CONFIRMED if is_confirmed else RunStatus.REFUSED
    return replace(run, status=status, decided_by=by, decided_time=at)


def settle_application(
    application: CarryOverApplication, *, is_confirmed: bool, at: datetime
) -> CarryOverApplication:
    """Register an application of a confirmed run; one of a run that was turned down waits again."""
    if is_confirmed:
        return replace(application, status=CarryOverStatus.REGISTERED, registered_time=at)
    return replace(application, status=CarryOverStatus.SUBMITTED, run_no="")


def refusal_of_limit(total: int, notice: Notice) -> EtsError | None:
    """Tell why a notice does not admit so many tCO2e more."""
    left = notice.left_tco2e
    if total <= left:
        return None
    return CarryOverLimitExceeded(
        f"{total} t were applied for, {left} t of the notice are left",
        requested_tco2e=total,
        left_tco2e=left,
        allowed_tco2e=notice.allowed_tco2e + notice.taken_over_tco2e,
    )


def _refusal_of_products(wanted: Sequence[tuple[str, int]]) -> EtsError | None:
    for product, _ in wanted:
        if product not in OLD_PRODUCTS:
            return ProductNotCarriedOver(f"{product} is not carried over into {NEW_PRODUCT}", product=product)
    return None


def _refusal_of_late(wanted: Sequence[tuple[str, int]], standing: CarryOverStanding) -> EtsError | None:
    for product, quantity in wanted:
        released = standing.released_tco2e.get(product, 0)
        if quantity > released:
            return CarryOverClosed(
                f"applications ended; {released} t of {product} were released by a court since",
                product=product,
                requested_tco2e=quantity,
                released_tco2e=released,
                batch_no=LATE_BATCH_NO,
            )
    return None


def _refusal_of_holding(wanted: Sequence[tuple[str, int]], standing: CarryOverStanding) -> EtsError | None:
    for product, quantity in wanted:
        held = standing.held_tco2e.get(product, 0)
        if quantity > held:
            return InsufficientHolding(
                f"{held} t of {product} are free in the account, {quantity} t were applied for",
                product=product,
                requested_quantity=quantity,
                available_quantity=held,
            )
    return None


def _less(held: Mapping[str, int], wanted: Sequence[tuple[str, int]]) -> dict[str, int]:
    left = dict(held)
    for product, quantity in wanted:
        left[product] -= quantity
    return left
