"""Forced surrender (强制履约): the registration body surrenders what a province's account holds for an entity.

Source: 关于全国碳排放权交易市场2021、2022年度碳排放配额清缴相关工作的通知, 环办气候函〔2023〕237号, 2023-07-14;
2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, section 五(四):
allowances of an entity at risk are issued to the province's account and surrendered on the province's behalf, each
year's own first, what is left for the forced surrender of the other year, and the rest goes to the entity; what is
missing is asked of the entity.

REG-67 Each unit held for an entity is surrendered for it, goes to its account, or stays held; an obligation is not
       exceeded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import EtsError, SamePerson
from ets_kernel.domain.ids import CreditCode, Period, ProductCode, ProvinceCode
from ets_kernel.domain.products import allowance_product, parse_product

from registry.domain.compliance_rules import rules_of
from registry.domain.corrected_records import RecordCorrection
from registry.domain.surrender_errors import (
    ForcedSurrenderAlreadyRegistered,
    ForcedSurrenderStale,
    NothingEarmarked,
)


class ForcedSurrenderStatus(StrEnum):
    """Where a case stands."""

    INITIATED = "initiated"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedLine:
    """Units of one product, tCO2e: surrendered for a period, or released to the entity where `period` is empty."""

    period: str
    product: ProductCode
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedSurrender:
    """A case of one entity; `shortfalls` is what stays unmet by period, tCO2e."""

    case_no: str
    ordinal: int
    credit_code: CreditCode
    province_code: ProvinceCode
    document_no: str
    lines: tuple[ForcedLine, ...]
    shortfalls: tuple[tuple[Period, int], ...]
    status: ForcedSurrenderStatus
    initiated_by: str
    initiated_time: datetime
    confirmed_by: str = ""
    confirmed_time: datetime | None = None
    # What was taken back of it after it was registered.
    corrections: tuple[RecordCorrection, ...] = ()

    @property
    def surrendered(self) -> tuple[ForcedLine, ...]:
        """Lines that meet an obligation."""
        return tuple(line for line in self.lines if line.period)

    @property
    def released(self) -> tuple[ForcedLine, ...]:
        """Lines that go to the entity's account."""
        return tuple(line for line in self.lines if not line.period)


def propose_forced_surrender(
    *,
    credit_code: CreditCode,
    province_code: ProvinceCode,
    outstanding_tco2e: Mapping[str, int],
    earmarked_tco2e: Mapping[str, int],
    document_no: str,
    ordinal: int,
    by: str,
    at: datetime,
) -> ForcedSurrender | EtsError:
    """First person: say what becomes of the units held for an entity.

    `outstanding_tco2e`: owed and not applied for, by period; `earmarked_tco2e`: held for the entity, by product.
    """
    if not any(earmarked_tco2e.values()):
        return NothingEarmarked(
            f"province {province_code} holds nothing for {credit_code}", credit_code=credit_code
        )
    lines, shortfalls = allot(outstanding_tco2e, earmarked_tco2e, at=at)
    return ForcedSurrender(
        case_no=f"FS-{credit_code}-{ordinal}",
        ordinal=ordinal,
        credit_code=credit_code,
        province_code=province_code,
        document_no=document_no,
        lines=lines,
        shortfalls=shortfalls,
        status=ForcedSurrenderStatus.INITIATED,
        initiated_by=by,
        initiated_time=at,
    )


def confirm_forced_surrender(
    case: ForcedSurrender,
    *,
    outstanding_tco2e: Mapping[str, int],
    earmarked_tco2e: Mapping[str, int],
    by: str,
    at: datetime,
) -> ForcedSurrender | EtsError:
    """Second person: confirm a case that would be the same today. In order: registered, person, stale."""
    if case.status is ForcedSurrenderStatus.REGISTERED:
        return ForcedSurrenderAlreadyRegistered(f"{case.case_no} is registered", case_no=case.case_no)
    if case.initiated_by == by:
        return SamePerson(f"{by} proposed {case.case_no}", subject=by)
    if allot(outstanding_tco2e, earmarked_tco2e, at=at) != (case.lines, case.shortfalls):
        return ForcedSurrenderStale(
            f"obligations or units are not those of {case.case_no} any more", case_no=case.case_no
        )
    return replace(case, status=ForcedSurrenderStatus.REGISTERED, confirmed_by=by, confirmed_time=at)


def allot(
    outstanding_tco2e: Mapping[str, int], earmarked_tco2e: Mapping[str, int], *, at: datetime
) -> tuple[tuple[ForcedLine, ...], tuple[tuple[Period, int], ...]]:
    """Use each period's own vintage, then what is left for other periods that admit it, and release the rest.

    Periods and vintages come in their order, so the oldest obligation is met first with the oldest units.
    """
    owed = {period: max(quantity, 0) for period, quantity in sorted(outstanding_tco2e.items())}
    left = {product: quantity for product, quantity in sorted(earmarked_tco2e.items()) if quantity > 0}
    lines: list[ForcedLine] = []
    for period, product in _pairs(list(owed), list(left), at):
        quantity = min(owed[period], left[product])
        if quantity:
            owed[period] -= quantity
            left[product] -= quantity
            lines.append(ForcedLine(period=period, product=ProductCode(product), quantity_tco2e=quantity))
    lines += [
        ForcedLine(period="", product=ProductCode(product), quantity_tco2e=quantity)
        for product, quantity in left.items()
        if quantity
    ]
    return tuple(lines), tuple((Period(period), quantity) for period, quantity in owed.items() if quantity)


def _pairs(periods: Sequence[str], products: Sequence[str], at: datetime) -> Iterator[tuple[str, str]]:
    for period in periods:
        own = allowance_product(period)
        if own in products:
            yield period, own
    for period in periods:
        for product in products:
            if rules_of(period).is_usable(parse_product(product), at=at):
                yield period, product
