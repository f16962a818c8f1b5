"""The allocation plan for 2019 and 2020, its figures and its formulas for one unit and year.

Source of all: 2019-2020年全国碳排放权交易配额总量设定与分配实施方案(发电行业), 国环规气候〔2020〕3号, 2020-12-29.
The plan says nothing of rounding and of how the pre-allocation on one year's output becomes that of two years. Both
are ours: a figure is rounded down to whole tonnes once per unit and year, and the pre-allocation of the period is
the rounded one of the year 2018, times the number of years.

MRV-1  Formulas are exact decimals; only the load correction below 75 % is a power, taken at 60 digits.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.ids import Period
from ets_kernel.domain.quantities import EXACT, floor_tonnes, percent_floor

from mrv.domain.units import CoolingMode, ProductClass, Unit, UnitCategory, VerifiedYear

PERIOD: Final = Period("2019-2020")

# Source: annex 4, 供电基准值, tCO2/MWh.
SUPPLY_BENCHMARKS: Final[Mapping[UnitCategory, Decimal]] = MappingProxyType(
    {
        UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW: Decimal("0.877"),
        UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW: Decimal("0.979"),
        UnitCategory.UNCONVENTIONAL_COAL: Decimal("1.146"),
        UnitCategory.GAS: Decimal("0.392"),
    }
)
# Source: annex 4, 供热基准值, tCO2/GJ.
HEAT_BENCHMARKS: Final[Mapping[UnitCategory, Decimal]] = MappingProxyType(
    {
        UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW: Decimal("0.126"),
        UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW: Decimal("0.126"),
        UnitCategory.UNCONVENTIONAL_COAL: Decimal("0.126"),
        UnitCategory.GAS: Decimal("0.059"),
    }
)
# Source: annex 1, table 1: 额定功率 from which a conventional coal unit is of category I, MW.
CATEGORY_I_CAPACITY_MW_MIN: Final = 400
# Source: annex 2, 冷却方式修正系数 of coal units: air cooling 1.05, water cooling 1.
AIR_COOLING_FACTOR: Final = Decimal("1.05")
# Source: annex 2, 供热量修正系数 of coal units: 1 - 0.22 x 供热比.
HEAT_SLOPE_COAL: Final = Decimal("0.22")
# Source: annex 3, 供热量修正系数 of gas units: 1 - 0.6 x 供热比.
HEAT_SLOPE_GAS: Final = Decimal("0.6")
# Source: section 五: pre-allocation on 70 % of the output of 2018.
PRE_ALLOCATION_SHARE: Final = Decimal("0.70")
PRE_ALLOCATION_YEAR: Final = 2018
# Source: section 六: the obligation is at most the allocation plus 20 % of the verified emissions.
GAP_PERCENT_MAX: Final = 20

# Source: annex 2, 机组负荷(出力)系数修正系数 of conventional coal condensing units, by load factor F as a fraction.
_LOAD_FULL: Final = Decimal("0.85")
_LOAD_UPPER: Final = Decimal("0.80")
_LOAD_LOWER: Final = Decimal("0.75")
_ONE: Final = Decimal(1)
_PERCENT: Final = Decimal(100)


def capacity_contradicts(unit: Unit) -> bool:
    """Tell whether the rated capacity belongs to the other category of conventional coal."""
    if unit.category is UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW:
        return unit.capacity_mw < CATEGORY_I_CAPACITY_MW_MIN
    if unit.category is UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW:
        return unit.capacity_mw >= CATEGORY_I_CAPACITY_MW_MIN
    return False


@lru_cache(maxsize=1 << 14)
def load_correction(load_factor: Decimal) -> Decimal:
    """Give the load correction Ff of a conventional coal condensing unit; the load factor is a fraction."""
    if load_factor >= _LOAD_FULL:
        return _ONE
    if load_factor >= _LOAD_UPPER:
        return _ONE + Decimal("0.0014") * (85 - _PERCENT * load_factor)
    if load_factor >= _LOAD_LOWER:
        return Decimal("1.007") + Decimal("0.0016") * (80 - _PERCENT * load_factor)
    return EXACT.power(Decimal("1.015"), 16 - 20 * load_factor)


def exact_allowance(unit: Unit, output: VerifiedYear) -> Decimal:
    """Give the allowances of a unit for the output of one year in tCO2e, not rounded."""
    supply = output.net_supply_mwh * SUPPLY_BENCHMARKS[unit.category] * _correction(unit, output)
    return supply + output.heat_supply_gj * HEAT_BENCHMARKS[unit.category]


def exact_pre_allocation(unit: Unit, output: VerifiedYear) -> Decimal:
    """Give what is pre-allocated on the output of 2018 for one year in tCO2e, not rounded."""
    return PRE_ALLOCATION_SHARE * exact_allowance(unit, output)


def allowance_tco2e(unit: Unit, output: VerifiedYear) -> int:
    """Give the allowances of a unit for one year, rounded down (ours)."""
    return floor_tonnes(exact_allowance(unit, output))


def pre_allocation_tco2e(unit: Unit, output: VerifiedYear) -> int:
    """Give the pre-allocation of a unit for one year, rounded down (ours)."""
    return floor_tonnes(exact_pre_allocation(unit, output))


def unit_obligation_tco2e(unit: Unit, *, allowance_tco2e: int, emissions_tco2e: int) -> int:
    """Give what a unit adds to the obligation: a gas unit no more than its allowances (section 六)."""
    if unit.category is UnitCategory.GAS:
        return min(allowance_tco2e, emissions_tco2e)
    return emissions_tco2e


def capped_obligation_tco2e(
    *, owed_tco2e: int, allowance_tco2e: int, emissions_tco2e: int
) -> tuple[int, bool]:
    """Give an entity's obligation and whether it was capped: at most A + 20 % of E, rounded down (ours)."""
    most_tco2e = allowance_tco2e + percent_floor(emissions_tco2e, GAP_PERCENT_MAX)
    return min(owed_tco2e, most_tco2e), owed_tco2e > most_tco2e


def _correction(unit: Unit, output: VerifiedYear) -> Decimal:
    is_gas = unit.category is UnitCategory.GAS
    correction = AIR_COOLING_FACTOR if unit.cooling is CoolingMode.AIR and not is_gas else _ONE
    if unit.product_class is ProductClass.COGENERATION:
        slope = HEAT_SLOPE_GAS if is_gas else HEAT_SLOPE_COAL
        return correction * (_ONE - slope * output.heat_ratio)
    if unit.category in _LOAD_CORRECTED:
        return correction * load_correction(output.load_factor)
    return correction


_LOAD_CORRECTED: Final = frozenset(
    {UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW, UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW}
)
