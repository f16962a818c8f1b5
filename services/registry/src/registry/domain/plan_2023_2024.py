"""The allocation plan for 2023 and for 2024, power generation.

Source of all, unless another is named: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案,
国环规气候〔2024〕1号, 2024-10-15.
Source of the rounding: 2025、2026年度全国碳排放权交易市场配额总量和分配方案(征求意见稿), 2026-07-27, notes to tables,
the only ones found: the load's correction to 6 decimals half-up; electricity, heat, pre-allocation and top-up are each
rounded down.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.quantities import floor_tonnes, round_half_up

from registry.domain.allocation_plan import NOTHING, Entitlement, EntitySums, UnitFigures
from registry.domain.allocation_table import Category, TableKind, TransmittedTable, UnitRow
from registry.domain.plan_2019_2020 import low_load_correction
from registry.domain.plan_2021_2022 import (
    Benchmarks,
    raised_to_relief,
    share_of_emissions,
    with_gas_top_up,
)

# Source: annex 2, 发电基准值, tCO2 per MWh of gross generation, by year.
GENERATION_BENCHMARK: Final[Mapping[str, Benchmarks]] = MappingProxyType(
    {
        "2023": {
            Category.COAL_ABOVE_300MW: Decimal("0.7950"),
            Category.COAL_UP_TO_300MW: Decimal("0.8090"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.8285"),
            Category.GAS: Decimal("0.3305"),
        },
        "2024": {
            Category.COAL_ABOVE_300MW: Decimal("0.7910"),
            Category.COAL_UP_TO_300MW: Decimal("0.8049"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.8244"),
            Category.GAS: Decimal("0.3288"),
        },
    }
)
# Source: annex 2, 供热基准值, tCO2 per GJ, by year.
HEAT_BENCHMARK: Final[Mapping[str, Benchmarks]] = MappingProxyType(
    {
        "2023": {
            Category.COAL_ABOVE_300MW: Decimal("0.1038"),
            Category.COAL_UP_TO_300MW: Decimal("0.1038"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.1038"),
            Category.GAS: Decimal("0.0536"),
        },
        "2024": {
            Category.COAL_ABOVE_300MW: Decimal("0.1033"),
            Category.COAL_UP_TO_300MW: Decimal("0.1033"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.1033"),
            Category.GAS: Decimal("0.0533"),
        },
    }
)
# Source: annex 3, 调峰修正系数: conventional coal below a load of 65 %, otherwise 1.
PEAK_LOAD: Final = Decimal("0.65")
PEAK_CORRECTION_PLACES: Final = 6
# Source: section 五(一): 70 % of the previous year's verified emissions.
PRE_ALLOCATION_PERCENT: Final = 70
# Source: section 五(三): an entity's allocation is raised to 80 % of its emissions.
RELIEF_PERCENT: Final = 80

_ONE: Final = Decimal(1)
_CONVENTIONAL: Final = frozenset({Category.COAL_ABOVE_300MW, Category.COAL_UP_TO_300MW})


class Plan20232024:
    """Gross generation is the base, load the only correction; relief raises the allocation; nothing is borrowed."""

    has_deductions = True
    without_pre_allocation: frozenset[str] = frozenset()
    with_balance_values: frozenset[str] = frozenset()

    def reckoner(self, table: TransmittedTable) -> Callable[[UnitRow], UnitFigures]:
        """Give 70 % of the previous year's emissions for a pre-allocation, the year's own output otherwise."""
        year, period = int(table.period), str(table.period)
        if table.kind is TableKind.PRE_ALLOCATION:
            return share_of_emissions(year - 1, PRE_ALLOCATION_PERCENT)

        def figures_of(row: UnitRow) -> UnitFigures:
            if row.year != year:
                return NOTHING
            return with_gas_top_up(row, allowance_of(row, period))

        return figures_of

    def entitlement(self, sums: EntitySums) -> Entitlement:
        """Raise the allocation to 80 % of the emissions; the obligation is the emissions."""
        return raised_to_relief(sums, percent=RELIEF_PERCENT)


def allowance_of(row: UnitRow, period: str) -> int:
    """Compute the allowances of a unit for a year in tCO2e: electricity and heat, each rounded down."""
    correction = peak_correction(row.load_factor) if row.category in _CONVENTIONAL else _ONE
    electricity = row.gross_generation_mwh * GENERATION_BENCHMARK[period][row.category] * correction
    heat = row.heat_supply_gj * HEAT_BENCHMARK[period][row.category]
    return floor_tonnes(electricity) + floor_tonnes(heat)


@lru_cache(maxsize=1 << 14)
def peak_correction(load_factor: Decimal) -> Decimal:
    """Compute the correction of a conventional coal unit for peak regulation (调峰修正系数), 6 decimals, half-up."""
    if load_factor >= PEAK_LOAD:
        return _ONE
    return round_half_up(low_load_correction(load_factor), PEAK_CORRECTION_PLACES)
