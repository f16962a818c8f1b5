"""The roster of key emitters (重点排放单位名录) and what is recorded of their units.

MRV-2  An entity is listed once per period; the same listing again changes nothing, another one is refused.
MRV-3  A unit is recorded once; its verified years may be replaced until the table that they belong to is with the
       registry, and again when the registry found differences.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ets_kernel.domain.errors import EntityNotListed, EtsError, PeriodUnknown
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode
from ets_kernel.domain.periods import PERIODS

from mrv.domain import plan_2019_2020 as plan
from mrv.domain.allocation_table import AllocationTable, TableStatus
from mrv.domain.errors import (
    EntityListedDifferently,
    TableAlreadyTransmitted,
    UnitCategoryContradictsCapacity,
    UnitNotFound,
    UnitRecordedDifferently,
    VerifiedYearContradictsUnit,
    YearOutsidePeriod,
)
from mrv.domain.units import ProductClass, Unit, VerifiedYear

PLANNED_YEARS = (plan.PRE_ALLOCATION_YEAR, *PERIODS[plan.PERIOD].years)
_CORRECTABLE = frozenset({TableStatus.COMPUTED, TableStatus.DIFFERENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A key emitter on the roster of a period."""

    credit_code: CreditCode
    name: str
    province_code: ProvinceCode
    period: Period


def parse_planned_period(text: str, field: str = "period") -> Period:
    """Take the name of a period whose allocation plan this platform knows; else PERIOD_UNKNOWN."""
    if text != plan.PERIOD:
        raise PeriodUnknown(
            f"{field} {text!r} has no allocation plan here", field=field, value=text, allowed=plan.PERIOD
        )
    return plan.PERIOD


def refusal_of_listing(entity: Entity, listed: Entity | None) -> EtsError | None:
    """Tell why an entity cannot be listed beside what is listed."""
    if listed is None or listed == entity:
        return None
    return EntityListedDifferently(
        f"{entity.credit_code} is listed as {listed.name!r} in province {listed.province_code}",
        credit_code=entity.credit_code,
        period=entity.period,
    )


def refusal_of_unit(
    unit: Unit, *, owner: Entity | None, province_code: str, recorded: Unit | None
) -> EtsError | None:
    """Tell why a unit cannot be recorded by a province."""
    if owner is None or owner.province_code != province_code:
        return EntityNotListed(
            f"{unit.credit_code} is not listed in province {province_code}", credit_code=unit.credit_code
        )
    if recorded is not None and recorded != unit:
        return UnitRecordedDifferently(
            f"unit {unit.unit_no} of {unit.credit_code} is recorded with other properties",
            credit_code=unit.credit_code,
            unit_no=unit.unit_no,
        )
    if plan.capacity_contradicts(unit):
        return UnitCategoryContradictsCapacity(
            f"{unit.capacity_mw} MW is not of category {unit.category}: the border is at"
            f" {plan.CATEGORY_I_CAPACITY_MW_MIN} MW",
            category=unit.category,
            capacity_mw=unit.capacity_mw,
        )
    return None


def refusal_of_year(
    year: VerifiedYear, *, unit: Unit | None, tables: Mapping[int, AllocationTable]
) -> EtsError | None:
    """Tell why a verified year cannot be recorded; `tables` are those of the province by year."""
    if unit is None:
        return UnitNotFound(
            f"no unit {year.unit_no} of {year.credit_code} is recorded in the province",
            credit_code=year.credit_code,
            unit_no=year.unit_no,
        )
    if year.year not in PLANNED_YEARS:
        return YearOutsidePeriod(
            f"the plan for {plan.PERIOD} needs no output of {year.year}",
            year=year.year,
            allowed=" ".join(map(str, PLANNED_YEARS)),
        )
    wrong = _contradiction(year, unit)
    if wrong:
        return VerifiedYearContradictsUnit(
            f"{year.credit_code}/{year.unit_no}/{year.year}: {wrong}",
            credit_code=year.credit_code,
            unit_no=year.unit_no,
            year=year.year,
            wrong=wrong,
        )
    table = tables.get(year.year)
    if table is not None and table.status not in _CORRECTABLE:
        return TableAlreadyTransmitted(
            f"{table.table_no} is {table.status}", table_no=table.table_no, status=table.status
        )
    return None


def _contradiction(year: VerifiedYear, unit: Unit) -> str:
    if unit.product_class is ProductClass.CONDENSING and (year.heat_supply_gj or year.heat_ratio):
        return "a condensing unit supplies no heat"
    if year.heat_ratio and not year.heat_supply_gj:
        return "a heat ratio above 0 needs a heat supply"
    if year.year == plan.PRE_ALLOCATION_YEAR and year.emissions_tco2e:
        return f"{plan.PRE_ALLOCATION_YEAR} serves pre-allocation only and has no emissions here"
    return ""
