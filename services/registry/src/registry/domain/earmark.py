"""Allowances that a province's account holds for an entity (差异化): issued there, used up there, the rest released.

Source: 环办气候函〔2023〕237号, 2023-07-14; 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案,
国环规气候〔2024〕1号, 2024-10-15, section 五: verified allowances of entities at risk go to the province's account,
a forced surrender (强制履约) uses them, what is left is released to the entity.

REG-55 What is earmarked for entities of a product is never more than what their province's account holds of it.
REG-56 Earmarked allowances are the sum of their changes and never below zero, and no change is ever altered.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import CreditCode, ProductCode, ProvinceCode
from ets_ledger.domain.errors import InsufficientHolding

from registry.domain.errors import EarmarkExceeded

EarmarkKey = tuple[str, str]
"""Credit code and product."""


class EarmarkKind(StrEnum):
    """Why what is earmarked changed."""

    ISSUED = "issued"
    SURRENDERED = "surrendered"
    RELEASED = "released"
    RECOVERED = "recovered"
    # What a correction put back, or took again.
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarmarkChange:
    """One change in tCO2e, and what is earmarked for this entity of this product after it."""

    credit_code: CreditCode
    product: ProductCode
    ordinal: int
    province_code: ProvinceCode
    kind: EarmarkKind
    change_tco2e: int
    quantity_tco2e: int
    reference: str

    def __post_init__(self) -> None:
        ensure(self.quantity_tco2e >= 0, "what is earmarked is never below zero")

    @property
    def key(self) -> EarmarkKey:
        """Entity and product."""
        return (self.credit_code, self.product)


def refusal_of_taking(
    account_no: str, product: str, bucket: str, *, quantity: int, held: int, earmarked: int
) -> InsufficientHolding | None:
    """Tell that somebody else would take what a province's account holds for entities."""
    free = held - earmarked
    if not earmarked or quantity <= free:
        return None
    return InsufficientHolding(
        f"{account_no} holds {earmarked} t of {product} for entities, {free} t are its own",
        account=account_no,
        product=product,
        bucket=bucket,
        requested_quantity=quantity,
        available_quantity=free,
        earmarked_quantity=earmarked,
    )


def put_aside(
    last: EarmarkChange | None,
    *,
    credit_code: CreditCode,
    product: ProductCode,
    province_code: ProvinceCode,
    quantity_tco2e: int,
    reference: str,
) -> EarmarkChange:
    """Earmark allowances that a table leaves in the province's account."""
    return EarmarkChange(
        credit_code=credit_code,
        product=product,
        ordinal=last.ordinal + 1 if last is not None else 1,
        province_code=province_code,
        kind=EarmarkKind.ISSUED,
        change_tco2e=quantity_tco2e,
        quantity_tco2e=quantity_tco2e + (last.quantity_tco2e if last is not None else 0),
        reference=reference,
    )


def put_back(last: EarmarkChange, quantity_tco2e: int, *, reference: str) -> EarmarkChange:
    """Earmark again what a correction brings back to the province's account."""
    return replace(
        last,
        ordinal=last.ordinal + 1,
        kind=EarmarkKind.CORRECTED,
        change_tco2e=quantity_tco2e,
        quantity_tco2e=last.quantity_tco2e + quantity_tco2e,
        reference=reference,
    )


def take_again(last: EarmarkChange, quantity_tco2e: int, *, reference: str) -> EarmarkChange:
    """Take what a correction of a correction takes out of the province's account; EARMARK_EXCEEDED."""
    return take(last, quantity_tco2e, kind=EarmarkKind.CORRECTED, reference=reference)


def take(last: EarmarkChange, quantity_tco2e: int, *, kind: EarmarkKind, reference: str) -> EarmarkChange:
    """Take earmarked allowances for a purpose; EARMARK_EXCEEDED where there are fewer."""
    if quantity_tco2e > last.quantity_tco2e:
        raise EarmarkExceeded(
            f"{last.quantity_tco2e} t of {last.product} are earmarked for {last.credit_code}",
            credit_code=last.credit_code,
            product=last.product,
            earmarked_tco2e=last.quantity_tco2e,
        )
    return EarmarkChange(
        credit_code=last.credit_code,
        product=last.product,
        ordinal=last.ordinal + 1,
        province_code=last.province_code,
        kind=kind,
        change_tco2e=-quantity_tco2e,
        quantity_tco2e=last.quantity_tco2e - quantity_tco2e,
        reference=reference,
    )
