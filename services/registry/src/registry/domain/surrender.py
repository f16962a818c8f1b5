"""Surrender applications (履约申请): what may be applied for, and what the province decides.

An application is of the entity's own units, or of another enterprise's that helps it
(`registry.domain.surrender_help`).

Source: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 生态环境部办公厅, 2021-10-23, annex 1,
step 7; 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, annex 6:
the entity applies in the registration system, the province confirms, the registration body registers.

REG-8  What is applied for, and what counts of what is registered, is together never more than the obligation.
REG-62 Units of an application wait in the account that gave them until it is registered, or go back there once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import (
    ApplicationAlreadyDecided,
    ApplicationNotFound,
    EtsError,
    ProductInvalid,
    ProvinceMismatch,
)
from ets_kernel.domain.ids import (
    AccountNo,
    ApplicationNo,
    CreditCode,
    Period,
    ProductCode,
    ProvinceCode,
    emitter_account,
)
from ets_kernel.domain.products import ProductKind, parse_product
from ets_ledger.domain.errors import InsufficientHolding

from registry.domain.compliance_rules import rules_of
from registry.domain.corrected_records import RecordCorrection
from registry.domain.errors import ObligationExceeded, OffsetLimitExceeded, ProductNotUsable
from registry.domain.obligation import Obligation
from registry.domain.offset_credit import CreditBlock, CreditUse, is_offset, take_first
from registry.domain.surrender_errors import HelpNotConsented


class SurrenderStatus(StrEnum):
    """Where an application stands."""

    # Another enterprise offers its allowances; the entity has not consented yet.
    OFFERED = "offered"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REGISTERED = "registered"
    # Taken back before the decision, by whoever gave the units or by the entity.
    WITHDRAWN = "withdrawn"
    # Given back, because the obligation was lowered.
    RETURNED = "returned"


UNDECIDED = frozenset({SurrenderStatus.OFFERED, SurrenderStatus.SUBMITTED})
# What counts as applied for.
PENDING = frozenset({SurrenderStatus.SUBMITTED, SurrenderStatus.CONFIRMED})
# What holds units in the bucket of pending surrender.
WAITING = UNDECIDED | PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderLine:
    """Units of one product, tCO2e; credits with the serials that were picked."""

    product: ProductCode
    quantity_tco2e: int
    uses: tuple[CreditUse, ...] = ()

    @property
    def is_offset(self) -> bool:
        """Whether the line is CCER."""
        return is_offset(self.product)

    @property
    def is_borrowed(self) -> bool:
        """Whether the line is of borrowed allowances."""
        return is_borrowed(self.product)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderApplication:
    """An application with its lines in order."""

    application_no: ApplicationNo
    ordinal: int
    credit_code: CreditCode
    province_code: ProvinceCode
    period: Period
    lines: tuple[SurrenderLine, ...]
    status: SurrenderStatus
    submitted_time: datetime
    decided_time: datetime | None = None
    decided_by: str = ""
    registered_time: datetime | None = None
    # The province's words.
    words: str = ""
    # Who helps, and with which account; empty for the entity's own units.
    helper_credit_code: str = ""
    helper_account_no: str = ""
    consented_time: datetime | None = None
    # When it was withdrawn or returned, and by whom or what.
    closed_time: datetime | None = None
    closed_by: str = ""
    # What was taken back of it after it was registered.
    corrections: tuple[RecordCorrection, ...] = ()

    @property
    def account_no(self) -> AccountNo:
        """Account that gives the units."""
        return AccountNo(self.helper_account_no) or emitter_account(self.credit_code)

    @property
    def offset_tco2e(self) -> int:
        """CCER in the application."""
        return sum(line.quantity_tco2e for line in self.lines if line.is_offset)

    @property
    def quantity_tco2e(self) -> int:
        """Allowances and CCER in the application."""
        return sum(line.quantity_tco2e for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one entity has for one period when an application is decided."""

    obligation: Obligation
    pending_tco2e: int
    pending_offset_tco2e: int
    # Registered holding by product, tCO2e; of the enterprise that helps, where one does.
    held_tco2e: Mapping[str, int]
    # Credits that no application holds, in the order of creation.
    free_credits: tuple[CreditBlock, ...]
    next_ordinal: int
    # Borrowed for this period (预支) and not applied for yet.
    borrowed_tco2e: int = 0

    @property
    def next_application_no(self) -> ApplicationNo:
        """Number of the next application for the obligation, the entity's own or one of help."""
        owed = self.obligation
        return ApplicationNo(f"SA-{owed.period}-{owed.credit_code}-{self.next_ordinal}")

    @property
    def outstanding_tco2e(self) -> int:
        """What is owed and not applied for yet."""
        return self.obligation.unmet_tco2e - self.pending_tco2e


def is_borrowed(product: str) -> bool:
    """Tell whether a product is borrowed allowances."""
    return product.startswith(f"{ProductKind.BORROWED}-")


def merged_lines(lines: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Add up the lines of one product, in the order in which the products are named first."""
    merged: dict[str, int] = {}
    for product, quantity in lines:
        merged[product] = merged.get(product, 0) + quantity
    return list(merged.items())


def submit(
    lines: Sequence[tuple[str, int]], standing: Standing, *, at: datetime
) -> tuple[SurrenderApplication, Standing] | EtsError:
    """Decide an application; return it with what the entity has left."""
    obligation = standing.obligation
    wanted = merged_lines(lines)
    total = sum(quantity for _, quantity in wanted)
    offset = sum(quantity for product, quantity in wanted if is_offset(product))
    refusal = refusal_of_quantity(standing, total=total, offset=offset) or _refusal_of_lines(
        wanted, standing, at
    )
    if refusal is not None:
        return refusal

    # From here on the application is accepted.
    held = dict(standing.held_tco2e)
    free = list(standing.free_credits)
    accepted: list[SurrenderLine] = []
    for product, quantity in wanted:
        held[product] -= quantity
        uses: list[CreditUse] = []
        if is_offset(product):
            uses, rest = take_first([block for block in free if block.product == product], quantity)
            free = [block for block in free if block.product != product] + rest
        accepted.append(
            SurrenderLine(product=ProductCode(product), quantity_tco2e=quantity, uses=tuple(uses))
        )
    application = SurrenderApplication(
        application_no=standing.next_application_no,
        ordinal=standing.next_ordinal,
        credit_code=obligation.credit_code,
        province_code=obligation.province_code,
        period=obligation.period,
        lines=tuple(accepted),
        status=SurrenderStatus.SUBMITTED,
        submitted_time=at,
    )
    return application, replace(
        standing,
        pending_tco2e=standing.pending_tco2e + total,
        pending_offset_tco2e=standing.pending_offset_tco2e + offset,
        held_tco2e=held,
        free_credits=tuple(free),
        next_ordinal=standing.next_ordinal + 1,
        borrowed_tco2e=standing.borrowed_tco2e
        - sum(line.quantity_tco2e for line in accepted if line.is_borrowed),
    )


def decide(
    application: SurrenderApplication,
    *,
    province_code: str,
    is_confirmed: bool,
    decided_by: str,
    at: datetime,
    words: str = "",
) -> SurrenderApplication | EtsError:
    """Record the province's decision, once, with its words."""
    if application.province_code != province_code:
        return ProvinceMismatch(
            f"province {application.province_code} decides on {application.application_no}",
            province_code=province_code,
            roster_province_code=application.province_code,
        )
    if application.status is SurrenderStatus.OFFERED:
        return HelpNotConsented(
            f"{application.credit_code} has not consented to {application.application_no}",
            application_no=application.application_no,
            credit_code=application.credit_code,
        )
    if application.status is not SurrenderStatus.SUBMITTED:
        return already_decided(application)
    return replace(
        application,
        status=SurrenderStatus.CONFIRMED if is_confirmed else SurrenderStatus.REFUSED,
        decided_by=decided_by,
        decided_time=at,
        words=words,
    )


def withdraw(
    application: SurrenderApplication, *, credit_code: str, by: str, at: datetime
) -> SurrenderApplication | EtsError:
    """Take an application back before the province decides; the entity may, and so may the enterprise that helps."""
    if credit_code not in (application.credit_code, application.helper_credit_code):
        return ApplicationNotFound(
            f"there is no {application.application_no}", application_no=application.application_no
        )
    if application.status not in UNDECIDED:
        return already_decided(application)
    return replace(application, status=SurrenderStatus.WITHDRAWN, closed_time=at, closed_by=by)


def already_decided(application: SurrenderApplication) -> EtsError:
    """Say that nothing can be decided on an application any more."""
    return ApplicationAlreadyDecided(
        f"{application.application_no} is {application.status}",
        application_no=application.application_no,
        status=application.status,
    )


def refusal_of_quantity(standing: Standing, *, total: int, offset: int) -> EtsError | None:
    """Tell why the obligation does not admit so many tCO2e more: the obligation itself, then the limit of CCER."""
    obligation = standing.obligation
    if total > standing.outstanding_tco2e:
        return ObligationExceeded(
            f"{total} t were applied for, {standing.outstanding_tco2e} t are owed and not applied for yet",
            requested_tco2e=total,
            outstanding_tco2e=standing.outstanding_tco2e,
        )
    used = obligation.offset_tco2e + standing.pending_offset_tco2e
    if offset and used + offset > obligation.offset_limit_tco2e:
        return OffsetLimitExceeded(
            f"{used} t of CCER are used or applied for, {offset} t more pass {obligation.offset_limit_tco2e} t",
            requested_tco2e=offset,
            used_tco2e=used,
            limit_tco2e=obligation.offset_limit_tco2e,
        )
    return None


def refusal_of_line(
    product: str, quantity: int, standing: Standing, *, at: datetime, is_own: bool = True
) -> EtsError | None:
    """Tell why units of a product cannot be surrendered: the rules of the period, then the holding."""
    period = standing.obligation.period
    rules = rules_of(period)
    try:
        is_usable = rules.is_usable(parse_product(product, "product"), at=at, is_own=is_own)
    except ProductInvalid:
        is_usable = False
    picked = [block for block in standing.free_credits if block.product == product]
    if not is_usable or not all(rules.is_offset_eligible(block.registered_time, at=at) for block in picked):
        return ProductNotUsable(
            f"{product} cannot be surrendered for {period}", product=product, period=period
        )
    if is_borrowed(product) and quantity > standing.borrowed_tco2e:
        # Source: 国环规气候〔2023〕1号, 2023-03-13, section 二(一): only for the year that they were borrowed for.
        return ProductNotUsable(
            f"{standing.borrowed_tco2e} t of {product} are borrowed for {period} and not applied for yet",
            product=product,
            period=period,
            borrowed_tco2e=standing.borrowed_tco2e,
        )
    held = standing.held_tco2e.get(product, 0)
    if quantity > held:
        return InsufficientHolding(
            f"{held} t of {product} are free in the account, {quantity} t were applied for",
            product=product,
            requested_quantity=quantity,
            available_quantity=held,
        )
    return None


def _refusal_of_lines(wanted: Sequence[tuple[str, int]], standing: Standing, at: datetime) -> EtsError | None:
    for product, quantity in wanted:
        refusal = refusal_of_line(product, quantity, standing, at=at)
        if refusal is not None:
            return refusal
    return None
