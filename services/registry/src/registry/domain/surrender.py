"""Surrender applications (履约申请): what may be applied for, and what the province decides.

REG-8  What is registered, confirmed and applied for is together never more than the obligation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import ApplicationAlreadyDecided, EtsError, ProductInvalid, ProvinceMismatch
from ets_kernel.domain.ids import ApplicationNo, CreditCode, Period, ProductCode, ProvinceCode
from ets_kernel.domain.products import ProductKind, parse_product
from ets_ledger.domain.errors import InsufficientHolding

from registry.domain.compliance_rules import RULES
from registry.domain.errors import ObligationExceeded, OffsetLimitExceeded, ProductNotUsable
from registry.domain.obligation import Obligation
from registry.domain.offset_credit import CreditBlock, CreditUse, take_first


class SurrenderStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderLine:
    """Units of one product, tCO2e; credits with the serials that were picked."""

    product: ProductCode
    quantity_tco2e: int
    uses: tuple[CreditUse, ...] = ()

    @property
    def is_offset(self) -> bool:
        """Whether the line is CCER."""
        return self.product.startswith(f"{ProductKind.OFFSET}-")


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
    # Registered holding by product, tCO2e.
    held_tco2e: Mapping[str, int]
    # Credits that no application holds, in the order of creation.
    free_credits: tuple[CreditBlock, ...]
    next_ordinal: int


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
    offset = sum(quantity for product, quantity in wanted if product.startswith(f"{ProductKind.OFFSET}-"))
    refusal = _refusal(wanted, total, offset, standing)
    if refusal is not None:
        return refusal

    # From here on the application is accepted.
    held = dict(standing.held_tco2e)
    free = list(standing.free_credits)
    accepted: list[SurrenderLine] = []
    for product, quantity in wanted:
        held[product] -= quantity
        uses: list[CreditUse] = []
        if product.startswith(f"{ProductKind.OFFSET}-"):
            uses, rest = take_first([block for block in free if block.product == product], quantity)
            free = [block for block in free if block.product != product] + rest
        accepted.append(
            SurrenderLine(product=ProductCode(product), quantity_tco2e=quantity, uses=tuple(uses))
        )
    application = SurrenderApplication(
        application_no=ApplicationNo(
            f"SA-{obligation.period}-{obligation.credit_code}-{standing.next_ordinal}"
        ),
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
    )


def decide(
    application: SurrenderApplication,
    *,
    province_code: str,
    is_confirmed: bool,
    decided_by: str,
    at: datetime,
) -> SurrenderApplication | EtsError:
    """Record the province's decision, once."""
    if application.province_code != province_code:
        return ProvinceMismatch(
            f"province {application.province_code} decides on {application.application_no}",
            province_code=province_code,
            roster_province_code=application.province_code,
        )
    if application.status is not SurrenderStatus.SUBMITTED:
        return ApplicationAlreadyDecided(
            f"{application.application_no} is {application.status}",
            application_no=application.application_no,
            status=application.status,
        )
    return replace(
        application,
        status=SurrenderStatus.CONFIRMED if is_confirmed else SurrenderStatus.REFUSED,
        decided_by=decided_by,
        decided_time=at,
    )


def _refusal(
    wanted: Sequence[tuple[str, int]], total: int, offset: int, standing: Standing
) -> EtsError | None:
    """Return the first refusal: obligation, limit, product, holding."""
    obligation = standing.obligation
    outstanding = obligation.obligation_tco2e - obligation.met_tco2e - standing.pending_tco2e
    if total > outstanding:
        return ObligationExceeded(
            f"{total} t were applied for, {outstanding} t are owed and not applied for yet",
            requested_tco2e=total,
            outstanding_tco2e=outstanding,
        )
    used = obligation.offset_tco2e + standing.pending_offset_tco2e
    if offset and used + offset > obligation.offset_limit_tco2e:
        return OffsetLimitExceeded(
            f"{used} t of CCER are used or applied for, {offset} t more pass {obligation.offset_limit_tco2e} t",
            requested_tco2e=offset,
            used_tco2e=used,
            limit_tco2e=obligation.offset_limit_tco2e,
        )
    for product, quantity in wanted:
        refusal = _refusal_of_line(product, quantity, standing)
        if refusal is not None:
            return refusal
    return None


def _refusal_of_line(product: str, quantity: int, standing: Standing) -> EtsError | None:
    obligation = standing.obligation
    try:
        is_usable = RULES[obligation.period].is_usable(parse_product(product, "product"))
    except ProductInvalid:
        is_usable = False
    if not is_usable:
        return ProductNotUsable(
            f"{product} cannot be surrendered for {obligation.period}",
            product=product,
            period=obligation.period,
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
