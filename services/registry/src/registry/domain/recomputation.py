"""The registry's own computation of a transmitted table, from the raw rows and from what the registry itself knows.

Written from the plan's text and apart from the management platform, so that one mistake cannot be on both sides.
Powers are taken through logarithms at 40 digits; sums and products are exact.

REG-4  Names come from the roster and pre-allocations from the registry's own tables, never from the table in hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from typing import Final

from ets_kernel.domain.ids import CreditCode
from ets_kernel.domain.periods import PERIODS

from registry.domain import plan_2019_2020 as plan
from registry.domain.accounts import ListedEntity
from registry.domain.allocation_table import (
    Difference,
    EntityRow,
    TableKind,
    TransmittedTable,
    UnitRow,
    digest_of,
)
from registry.domain.plan_2019_2020 import Category

_ONE: Final = Decimal(1)
_DIGITS: Final = Context(prec=40)
_COLUMNS: Final = (
    "pre_allocated_tco2e",
    "verified_tco2e",
    "issue_tco2e",
    "emissions_tco2e",
    "obligation_tco2e",
    "is_capped",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputation:
    """The registry's rows in credit-code order, their digest, and every figure that is not the transmitted one."""

    rows: tuple[EntityRow, ...]
    digest: bytes
    differences: tuple[Difference, ...]


def recompute(
    table: TransmittedTable,
    *,
    roster: Mapping[str, ListedEntity],
    pre_allocated_tco2e: Mapping[str, int],
) -> Recomputation:
    """Compute a table again; `pre_allocated_tco2e` is what the registry's own pre-allocation table says."""
    differences: list[Difference] = []
    units: dict[CreditCode, list[UnitRow]] = {row.credit_code: [] for row in table.entity_rows}
    seen: set[tuple[str, str, int]] = set()
    for row in table.unit_rows:
        key = (row.credit_code, row.unit_no, row.year)
        if key in seen:
            differences.append(
                Difference(
                    credit_code=row.credit_code,
                    unit_no=row.unit_no,
                    year=row.year,
                    column="rows",
                    transmitted_tco2e=2,
                    recomputed_tco2e=1,
                )
            )
            continue
        seen.add(key)
        recomputed = _unit_figures(row, table)
        differences += _unit_differences(row, recomputed)
        units.setdefault(row.credit_code, []).append(recomputed)
    transmitted = {row.credit_code: row for row in table.entity_rows}
    rows = []
    for credit_code in sorted(units):
        own = _entity_row(table, credit_code, units[credit_code], roster, pre_allocated_tco2e)
        rows.append(own)
        differences += _entity_differences(transmitted.get(credit_code), own)
        listed = roster.get(credit_code)
        if listed is None or listed.province_code != table.province_code:
            differences.append(Difference(credit_code=credit_code, column="province_code"))
    differences += _scope_differences(table, pre_allocated_tco2e)
    if digest_of(table.entity_rows) != table.digest or len(transmitted) != len(table.entity_rows):
        differences.append(Difference(credit_code="", column="digest"))
    return Recomputation(rows=tuple(rows), digest=digest_of(rows), differences=tuple(differences))


def allowance_of(row: UnitRow) -> int:
    """Compute the allowances of a unit for one year in tCO2e, rounded down."""
    return _floor(_exact_allowance(row))


def pre_allocation_of(row: UnitRow) -> int:
    """Compute what is pre-allocated on the output of 2018 in tCO2e, rounded down."""
    return _floor(_exact_allowance(row) * plan.PRE_ALLOCATION_SHARE)


def _exact_allowance(row: UnitRow) -> Decimal:
    supply = row.net_supply_mwh * plan.SUPPLY_BENCHMARK[row.category] * _corrections(row)
    return supply + row.heat_supply_gj * plan.HEAT_BENCHMARK[row.category]


def _corrections(row: UnitRow) -> Decimal:
    is_gas = row.category is Category.GAS
    factor = _ONE
    if row.is_air_cooled and not is_gas:
        factor *= plan.AIR_COOLING
    if row.is_cogeneration:
        share = plan.HEAT_CORRECTION_GAS if is_gas else plan.HEAT_CORRECTION_COAL
        return factor * (_ONE - share * row.heat_ratio)
    if row.category in (Category.COAL_ABOVE_300MW, Category.COAL_UP_TO_300MW):
        return factor * load_correction(row.load_factor)
    return factor


@lru_cache(maxsize=1 << 14)
def load_correction(load_factor: Decimal) -> Decimal:
    """Compute the correction for the load of a conventional coal condensing unit (机组负荷(出力)系数修正系数)."""
    if load_factor >= plan.LOAD_FULL:
        return _ONE
    if load_factor >= plan.LOAD_HIGH:
        return _ONE + plan.LOAD_HIGH_SLOPE * 100 * (plan.LOAD_FULL - load_factor)
    if load_factor >= plan.LOAD_MIDDLE:
        return plan.LOAD_MIDDLE_START + plan.LOAD_MIDDLE_SLOPE * 100 * (plan.LOAD_HIGH - load_factor)
    exponent = plan.LOAD_LOW_CONSTANT - plan.LOAD_LOW_SLOPE * load_factor
    if exponent == exponent.to_integral_value():
        # A whole power is exact, and a result that is a whole number of tonnes must not fall under it.
        return plan.LOAD_LOW_BASE ** int(exponent)
    return _DIGITS.exp(_DIGITS.multiply(exponent, _DIGITS.ln(plan.LOAD_LOW_BASE)))


def _unit_figures(row: UnitRow, table: TransmittedTable) -> UnitRow:
    if table.kind is TableKind.PRE_ALLOCATION:
        is_counted = row.year == plan.PRE_ALLOCATION_YEAR
        return _with(row, pre_allocation_of(row) if is_counted else 0, 0)
    if row.year not in PERIODS[table.period].years:
        return _with(row, 0, 0)
    allowance = allowance_of(row)
    # Source: section 六 of the plan: a gas unit owes no more than its allowances.
    is_gas = row.category is Category.GAS
    owed = min(allowance, row.emissions_tco2e) if is_gas else row.emissions_tco2e
    return _with(row, allowance, owed)


def _with(row: UnitRow, allowance_tco2e: int, obligation_tco2e: int) -> UnitRow:
    # `dataclasses.replace` costs five times as much, and a window has tens of thousands of rows.
    return UnitRow(
        credit_code=row.credit_code,
        unit_no=row.unit_no,
        category=row.category,
        is_air_cooled=row.is_air_cooled,
        is_cogeneration=row.is_cogeneration,
        year=row.year,
        net_supply_mwh=row.net_supply_mwh,
        heat_supply_gj=row.heat_supply_gj,
        heat_ratio=row.heat_ratio,
        load_factor=row.load_factor,
        emissions_tco2e=row.emissions_tco2e,
        allowance_tco2e=allowance_tco2e,
        obligation_tco2e=obligation_tco2e,
    )


def _entity_row(
    table: TransmittedTable,
    credit_code: CreditCode,
    units: Sequence[UnitRow],
    roster: Mapping[str, ListedEntity],
    pre_allocated_tco2e: Mapping[str, int],
) -> EntityRow:
    listed = roster.get(credit_code)
    name = listed.name if listed is not None else ""
    allowance = sum(unit.allowance_tco2e for unit in units)
    if table.kind is TableKind.PRE_ALLOCATION:
        # What is pre-allocated on the output of 2018 is for each year of the period (ours).
        given = allowance * len(PERIODS[table.period].years)
        return EntityRow(
            credit_code=credit_code,
            name=name,
            pre_allocated_tco2e=given,
            verified_tco2e=0,
            issue_tco2e=given,
            emissions_tco2e=0,
            obligation_tco2e=0,
            is_capped=False,
        )
    emissions = sum(unit.emissions_tco2e for unit in units)
    owed = sum(unit.obligation_tco2e for unit in units)
    # Source: section 六 of the plan: obligation at most allowances + 20 % of emissions; rounded down (ours).
    cap = allowance + emissions * plan.GAP_CAP_PERCENT // 100
    pre_allocated = pre_allocated_tco2e.get(credit_code, 0)
    return EntityRow(
        credit_code=credit_code,
        name=name,
        pre_allocated_tco2e=pre_allocated,
        verified_tco2e=allowance,
        issue_tco2e=allowance - pre_allocated,
        emissions_tco2e=emissions,
        obligation_tco2e=min(owed, cap),
        is_capped=owed > cap,
    )


def _unit_differences(transmitted: UnitRow, own: UnitRow) -> list[Difference]:
    return [
        Difference(
            credit_code=own.credit_code,
            unit_no=own.unit_no,
            year=own.year,
            column=column,
            transmitted_tco2e=getattr(transmitted, column),
            recomputed_tco2e=getattr(own, column),
        )
        for column in ("allowance_tco2e", "obligation_tco2e")
        if getattr(transmitted, column) != getattr(own, column)
    ]


def _scope_differences(table: TransmittedTable, pre_allocated_tco2e: Mapping[str, int]) -> list[Difference]:
    # Source: notice of 2021-10-23, 二: those who surrender are the entities under pre-allocation management.
    if table.kind is TableKind.PRE_ALLOCATION:
        return []
    outside = {row.credit_code for row in table.entity_rows} ^ pre_allocated_tco2e.keys()
    return [Difference(credit_code=credit_code, column="credit_code") for credit_code in sorted(outside)]


def _entity_differences(transmitted: EntityRow | None, own: EntityRow) -> list[Difference]:
    if transmitted is None:
        return [
            Difference(credit_code=own.credit_code, column="issue_tco2e", recomputed_tco2e=own.issue_tco2e)
        ]
    differences = [
        Difference(
            credit_code=own.credit_code,
            column=column,
            transmitted_tco2e=int(getattr(transmitted, column)),
            recomputed_tco2e=int(getattr(own, column)),
        )
        for column in _COLUMNS
        if getattr(transmitted, column) != getattr(own, column)
    ]
    if transmitted.name != own.name:
        differences.append(Difference(credit_code=own.credit_code, column="name"))
    return differences


def _floor(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_FLOOR))
