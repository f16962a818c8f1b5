"""The allocation plan for 2019 and 2020, as the registry reads it from the published text.

Source of all: 2019-2020年全国碳排放权交易配额总量设定与分配实施方案(发电行业), 国环规气候〔2020〕3号, 2020-12-29.
Rounding to whole tonnes is not in the plan: each unit's figure is rounded down once per row (ours).
Powers are taken through logarithms at 40 digits; sums and products are exact.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final

from ets_kernel.domain.periods import PERIODS
from ets_kernel.domain.quantities import floor_tonnes

from registry.domain.allocation_plan import NOTHING, Entitlement, EntitySums, UnitFigures
from registry.domain.allocation_table import (
    FIRST_PERIOD,
    Category,
    TableKind,
    TransmittedTable,
    UnitRow,
)

# Source: annex 4, 供电基准值, tCO2 per MWh.
SUPPLY_BENCHMARK: Final = {
    Category.COAL_ABOVE_300MW: Decimal("0.877"),
    Category.COAL_UP_TO_300MW: Decimal("0.979"),
    Category.UNCONVENTIONAL_COAL: Decimal("1.146"),
    Category.GAS: Decimal("0.392"),
}
# Source: annex 4, 供热基准值, tCO2 per GJ.
HEAT_BENCHMARK: Final = {
    Category.COAL_ABOVE_300MW: Decimal("0.126"),
    Category.COAL_UP_TO_300MW: Decimal("0.126"),
    Category.UNCONVENTIONAL_COAL: Decimal("0.126"),
    Category.GAS: Decimal("0.059"),
}
# Source: annex 2, 冷却方式修正系数 of air-cooled coal units; water-cooled ones have 1.
AIR_COOLING: Final = Decimal("1.05")
# Source: annex 2, 供热量修正系数 of coal units: 1 - 0.22 x 供热比.
HEAT_CORRECTION_COAL: Final = Decimal("0.22")
# Source: annex 3, 供热量修正系数 of gas units: 1 - 0.6 x 供热比.
HEAT_CORRECTION_GAS: Final = Decimal("0.6")
# Source: section 五(一): 70 % of the output of 2018 is pre-allocated.
PRE_ALLOCATION_SHARE: Final = Decimal("0.7")
PRE_ALLOCATION_YEAR: Final = 2018
# Source: section 六: the gap that an entity has to close is capped at 20 % of its verified emissions.
GAP_CAP_PERCENT: Final = 20
# Source: annex 2, 机组负荷(出力)系数修正系数 of conventional coal condensing units: lower bound of the load factor,
# value there, and slope per percentage point below the next bound; under 75 % it is 1.015^(16 - 20F).
LOAD_FULL: Final = Decimal("0.85")
LOAD_HIGH: Final = Decimal("0.80")
LOAD_MIDDLE: Final = Decimal("0.75")
LOAD_HIGH_SLOPE: Final = Decimal("0.0014")
LOAD_MIDDLE_START: Final = Decimal("1.007")
LOAD_MIDDLE_SLOPE: Final = Decimal("0.0016")
LOAD_LOW_BASE: Final = Decimal("1.015")
LOAD_LOW_CONSTANT: Final = 16
LOAD_LOW_SLOPE: Final = 20

_ONE: Final = Decimal(1)
_DIGITS: Final = Context(prec=40)
_YEARS: Final = PERIODS[FIRST_PERIOD].years


class Plan20192020:
    """Output of 2018 is pre-allocated on, output of both years verified; relief lowers the obligation."""

    has_deductions = False
    without_pre_allocation: frozenset[str] = frozenset()
    with_balance_values: frozenset[str] = frozenset()

    def reckoner(self, table: TransmittedTable) -> Callable[[UnitRow], UnitFigures]:
        """Give the figures of 2018 for a pre-allocation, of 2019 and 2020 otherwise."""
        return _pre_allocated if table.kind is TableKind.PRE_ALLOCATION else _verified

    def entitlement(self, sums: EntitySums) -> Entitlement:
        """Give allowances as they are, and the obligation up to its cap."""
        # Source: section 六 of the plan: obligation at most allowances + 20 % of emissions; rounded down (ours).
        cap = sums.allowance_tco2e + sums.emissions_tco2e * GAP_CAP_PERCENT // 100
        return Entitlement(
            verified_tco2e=sums.allowance_tco2e,
            obligation_tco2e=min(sums.obligation_tco2e, cap),
            is_capped=sums.obligation_tco2e > cap,
        )


def allowance_of(row: UnitRow) -> int:
    """Compute the allowances of a unit for one year in tCO2e, rounded down."""
    return floor_tonnes(_exact_allowance(row))


def pre_allocation_of(row: UnitRow) -> int:
    """Compute what is pre-allocated on the output of 2018 in tCO2e, rounded down."""
    return floor_tonnes(_exact_allowance(row) * PRE_ALLOCATION_SHARE)


@lru_cache(maxsize=1 << 14)
def load_correction(load_factor: Decimal) -> Decimal:
    """Compute the correction for the load of a conventional coal condensing unit (机组负荷(出力)系数修正系数)."""
    if load_factor >= LOAD_FULL:
        return _ONE
    if load_factor >= LOAD_HIGH:
        return _ONE + LOAD_HIGH_SLOPE * 100 * (LOAD_FULL - load_factor)
    if load_factor >= LOAD_MIDDLE:
        return LOAD_MIDDLE_START + LOAD_MIDDLE_SLOPE * 100 * (LOAD_HIGH - load_factor)
    return low_load_correction(load_factor)


def low_load_correction(load_factor: Decimal) -> Decimal:
    """Compute 1.015^(16 - 20F), exactly where the exponent is whole."""
    exponent = LOAD_LOW_CONSTANT - LOAD_LOW_SLOPE * load_factor
    if exponent == exponent.to_integral_value():
        # A whole power is exact, and a result that is a whole number of tonnes must not fall under it.
        return LOAD_LOW_BASE ** int(exponent)
    return _DIGITS.exp(_DIGITS.multiply(exponent, _DIGITS.ln(LOAD_LOW_BASE)))


def heat_correction(row: UnitRow) -> Decimal:
    """Compute the correction for the heat that a cogenerating unit supplies (供热量修正系数)."""
    share = HEAT_CORRECTION_GAS if row.category is Category.GAS else HEAT_CORRECTION_COAL
    return _ONE - share * row.heat_ratio


def _pre_allocated(row: UnitRow) -> UnitFigures:
    return UnitFigures(pre_allocation_of(row)) if row.year == PRE_ALLOCATION_YEAR else NOTHING


def _verified(row: UnitRow) -> UnitFigures:
    if row.year not in _YEARS:
        return NOTHING
    allowance = allowance_of(row)
    # Source: section 六 of the plan: a gas unit owes no more than its allowances.
    is_gas = row.category is Category.GAS
    return UnitFigures(allowance, min(allowance, row.emissions_tco2e) if is_gas else row.emissions_tco2e)


def _exact_allowance(row: UnitRow) -> Decimal:
    supply = row.net_supply_mwh * SUPPLY_BENCHMARK[row.category] * _corrections(row)
    return supply + row.heat_supply_gj * HEAT_BENCHMARK[row.category]


def _corrections(row: UnitRow) -> Decimal:
    is_gas = row.category is Category.GAS
    factor = AIR_COOLING if row.is_air_cooled and not is_gas else _ONE
    if row.is_cogeneration:
        return factor * heat_correction(row)
    if row.category in (Category.COAL_ABOVE_300MW, Category.COAL_UP_TO_300MW):
        return factor * load_correction(row.load_factor)
    return factor
