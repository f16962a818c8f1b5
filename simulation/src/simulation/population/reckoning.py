"""What an entity's own staff reckon: allocation and obligation by the 2019-2020 plan, apart from every platform.

Written a second time on purpose: the platforms must come to the same tonnes without sharing this code.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Final

from simulation.population.plan import Unit, UnitYear

# Source: 2019-2020年全国碳排放权交易配额总量设定与分配实施方案(发电行业), 2020-12-29, annex 4: supply benchmark in
# tCO2/MWh and heat benchmark in tCO2/GJ by category.
_BENCHMARKS: Final = {
    "I": (Decimal("0.877"), Decimal("0.126")),
    "II": (Decimal("0.979"), Decimal("0.126")),
    "III": (Decimal("1.146"), Decimal("0.126")),
    "IV": (Decimal("0.392"), Decimal("0.059")),
}
# Source: the same plan, annexes 2 and 3.
_AIR_COOLING: Final = Decimal("1.05")
_HEAT_SHARE_COAL: Final = Decimal("0.22")
_HEAT_SHARE_GAS: Final = Decimal("0.6")
_CONVENTIONAL: Final = ("I", "II")
_GAS: Final = "IV"
_ONE: Final = Decimal(1)
_CONTEXT: Final = Context(prec=50)


def is_gas(unit: Unit) -> bool:
    """Tell whether the gas-unit rule of the plan holds for a unit."""
    return unit.category == _GAS


def allocation_of(unit: Unit, year: UnitYear) -> int:
    """Reckon the allocation of one unit and year in tonnes, rounded down once (assumed: the plan is silent)."""
    supply_benchmark, heat_benchmark = _BENCHMARKS[unit.category]
    factor = _heat_factor(unit, year) * _load_factor(unit, year)
    if unit.cooling == "air" and not is_gas(unit):
        factor *= _AIR_COOLING
    exact = year.net_supply_mwh * supply_benchmark * factor + year.heat_gj * heat_benchmark
    return int(exact.to_integral_value(rounding=ROUND_FLOOR))


def owed_by(unit: Unit, emissions: Sequence[int], allocations: Sequence[int]) -> int:
    """Reckon what a unit adds to the obligation in tonnes: a gas unit, each year, no more than that year's allocation.

    Emissions and allocations are by year. The plan's basis for the rule is section 六, and that it holds year by year
    is assumed, as allocations are per unit and year.
    """
    return sum(map(min, emissions, allocations)) if is_gas(unit) else sum(emissions)


def obligation_of(*, units: Sequence[Unit], allocations: Sequence[Sequence[int]]) -> int:
    """Reckon the obligation in tonnes: what the units add to it, and the gap is capped at 20 percent.

    `allocations` are those of the units' last years, in the order of `units`. A cap that is not a whole number is
    rounded down; the generator caps only entities whose emissions are a multiple of five.
    """
    owed = sum(
        owed_by(unit, [year.emissions_tco2e for year in unit.years[-len(allocated) :]], allocated)
        for unit, allocated in zip(units, allocations, strict=True)
    )
    emissions = sum(year.emissions_tco2e for unit in units for year in unit.years)
    return min(owed, sum(map(sum, allocations)) + emissions // 5)


def _heat_factor(unit: Unit, year: UnitYear) -> Decimal:
    if not unit.cogeneration:
        return _ONE
    return _ONE - (_HEAT_SHARE_GAS if is_gas(unit) else _HEAT_SHARE_COAL) * year.heat_ratio


def _load_factor(unit: Unit, year: UnitYear) -> Decimal:
    if unit.cogeneration or unit.category not in _CONVENTIONAL:
        return _ONE
    load = year.load_factor
    if load >= Decimal("0.85"):
        return _ONE
    if load >= Decimal("0.80"):
        return _ONE + Decimal("0.0014") * (85 - 100 * load)
    if load >= Decimal("0.75"):
        return Decimal("1.007") + Decimal("0.0016") * (80 - 100 * load)
    return _CONTEXT.power(Decimal("1.015"), 16 - 20 * load)
