"""The allocation plan for 2021 and for 2022, power generation.

Source of all, unless another is named: 2021、2022年度全国碳排放权交易配额总量设定与分配实施方案(发电行业),
国环规气候〔2023〕1号, 2023-03-13. What continues the plan before is taken from `plan_2019_2020`.
Rounding to whole tonnes is not in the plan: a unit's figure is rounded down once, a top-up is rounded down (ours, as
the forms of 2025 and 2026 have it).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.ids import Period
from ets_kernel.domain.products import borrowed_product
from ets_kernel.domain.quantities import floor_tonnes

from registry.domain.allocation_plan import NOTHING, Entitlement, EntitySums, UnitFigures
from registry.domain.allocation_table import Category, TableKind, TransmittedTable, UnitRow
from registry.domain.plan_2019_2020 import AIR_COOLING, heat_correction, load_correction

Benchmarks = Mapping[Category, Decimal]

# Source: annex 1, 供电基准值, tCO2 per MWh of net supply, by year.
SUPPLY_BENCHMARK: Final[Mapping[str, Benchmarks]] = MappingProxyType(
    {
        "2021": {
            Category.COAL_ABOVE_300MW: Decimal("0.8218"),
            Category.COAL_UP_TO_300MW: Decimal("0.8773"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.9350"),
            Category.GAS: Decimal("0.3920"),
        },
        "2022": {
            Category.COAL_ABOVE_300MW: Decimal("0.8177"),
            Category.COAL_UP_TO_300MW: Decimal("0.8729"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.9303"),
            Category.GAS: Decimal("0.3901"),
        },
    }
)
# Source: annex 1, 供热基准值, tCO2 per GJ, by year.
HEAT_BENCHMARK: Final[Mapping[str, Benchmarks]] = MappingProxyType(
    {
        "2021": {
            Category.COAL_ABOVE_300MW: Decimal("0.1111"),
            Category.COAL_UP_TO_300MW: Decimal("0.1111"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.1111"),
            Category.GAS: Decimal("0.0560"),
        },
        "2022": {
            Category.COAL_ABOVE_300MW: Decimal("0.1105"),
            Category.COAL_UP_TO_300MW: Decimal("0.1105"),
            Category.UNCONVENTIONAL_COAL: Decimal("0.1105"),
            Category.GAS: Decimal("0.0557"),
        },
    }
)
# Source: annex 1, cooling factor (冷却方式修正系数): back-pressure units (背压机组) have 1, air-cooled ones 1.05.
BACK_PRESSURE_COOLING: Final = Decimal(1)
# The ministry's answers to questions on the plan (2023-03) tell that the scope of the load's correction changed
# (调整机组负荷(出力)系数修正系数适用范围), without its wording; transcriptions of the plan say condensing units only.
# Ours: condensing units only, as both plans' tables have it; True would cover conventional coal with cogeneration.
IS_LOAD_CORRECTED_WITH_COGENERATION: Final[Mapping[str, bool]] = MappingProxyType(
    {"2021": False, "2022": False}
)
# Source: annex 1, note on pre-allocation: 70 % of the unit's verified emissions of 2021, for 2021 and for 2022.
PRE_ALLOCATION_PERCENT: Final = 70
PRE_ALLOCATION_YEAR: Final = 2021
# Source: annex 1: an entity's allocation is raised to 80 % of its emissions (上限), so its gap is at most 20 %.
RELIEF_PERCENT: Final = 80
# Source: notice 国环规气候〔2023〕1号, section 二(一): gap of 10 % and more; at most 50 % of the gap; of 2023.
BORROWING_GAP_PERCENT: Final = 10
BORROWING_SHARE_PERCENT: Final = 50
BORROWED_PERIOD: Final = Period("2023")
BORROWED_PRODUCT: Final = borrowed_product(BORROWED_PERIOD)

_ONE: Final = Decimal(1)


class Plan20212022:
    """Net supply is the base; relief raises the allocation; 2023 may be borrowed from."""

    has_deductions = True
    without_pre_allocation: frozenset[str] = frozenset()
    with_balance_values: frozenset[str] = frozenset()

    def reckoner(self, table: TransmittedTable) -> Callable[[UnitRow], UnitFigures]:
        """Give 70 % of the emissions of 2021 for a pre-allocation, the year's own output otherwise."""
        if table.kind is TableKind.PRE_ALLOCATION:
            return share_of_emissions(PRE_ALLOCATION_YEAR, PRE_ALLOCATION_PERCENT)
        year, period = int(table.period), str(table.period)

        def figures_of(row: UnitRow) -> UnitFigures:
            if row.year != year:
                return NOTHING
            return with_gas_top_up(row, allowance_of(row, period))

        return figures_of

    def entitlement(self, sums: EntitySums) -> Entitlement:
        """Raise the allocation to 80 % of the emissions; the obligation is the emissions."""
        entitled = raised_to_relief(sums, percent=RELIEF_PERCENT)
        return entitled._replace(borrowing_limit_tco2e=borrowing_limit(entitled))


def allowance_of(row: UnitRow, period: str) -> int:
    """Compute the allowances of a unit for a year in tCO2e, rounded down once."""
    supply = row.net_supply_mwh * SUPPLY_BENCHMARK[period][row.category] * _corrections(row, period)
    return floor_tonnes(supply + row.heat_supply_gj * HEAT_BENCHMARK[period][row.category])


def borrowing_limit(entitled: Entitlement) -> int:
    """Compute half the gap where the gap is 10 % or more of the obligation in tCO2e, rounded down."""
    gap = entitled.obligation_tco2e - entitled.verified_tco2e
    if gap * 100 < entitled.obligation_tco2e * BORROWING_GAP_PERCENT:
        return 0
    return max(gap, 0) * BORROWING_SHARE_PERCENT // 100


def share_of_emissions(year: int, percent: int) -> Callable[[UnitRow], UnitFigures]:
    """Give the function that allocates a share of a year's verified emissions, rounded down."""

    def figures_of(row: UnitRow) -> UnitFigures:
        return UnitFigures(row.emissions_tco2e * percent // 100) if row.year == year else NOTHING

    return figures_of


def with_gas_top_up(row: UnitRow, allowance_tco2e: int) -> UnitFigures:
    """Raise a gas unit's allowances to its emissions (燃气机组豁免补发); every unit owes its emissions."""
    top_up = 0
    if row.category is Category.GAS:
        top_up = max(row.emissions_tco2e - allowance_tco2e, 0)
    return UnitFigures(allowance_tco2e + top_up, row.emissions_tco2e, top_up)


def raised_to_relief(sums: EntitySums, *, percent: int) -> Entitlement:
    """Raise an allocation to a share of the emissions, rounded down."""
    top_up = max(sums.emissions_tco2e * percent // 100 - sums.allowance_tco2e, 0)
    return Entitlement(
        verified_tco2e=sums.allowance_tco2e + top_up,
        obligation_tco2e=sums.obligation_tco2e,
        top_up_tco2e=top_up,
        is_capped=top_up > 0,
    )


def _corrections(row: UnitRow, period: str) -> Decimal:
    is_gas = row.category is Category.GAS
    factor = AIR_COOLING if row.is_air_cooled and not is_gas else _ONE
    if row.is_back_pressure:
        factor = BACK_PRESSURE_COOLING
    if row.is_cogeneration:
        factor *= heat_correction(row)
    is_conventional = row.category in (Category.COAL_ABOVE_300MW, Category.COAL_UP_TO_300MW)
    is_in_scope = not row.is_cogeneration or IS_LOAD_CORRECTED_WITH_COGENERATION[period]
    if is_conventional and is_in_scope:
        factor *= load_correction(row.load_factor)
    return factor
