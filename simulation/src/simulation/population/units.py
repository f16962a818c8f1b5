"""Generating units: sizes, categories and yearly output of a made-up plant, in whole MWh and GJ.

All sizes and shares here are assumed; only totals of the scenario tie them to published figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final

from simulation.population.plan import Unit, UnitYear

YEARS: Final = (2018, 2019, 2020)
_HOURS: Final = {2018: 8760, 2019: 8760, 2020: 8784}
# Output of a unit of fuel heat: 9 GJ make one MWh, and 88 percent of the fuel for heat arrives as heat.
_GJ_FUEL_PER_MWH: Final = 9
_HEAT_EFFICIENCY_PERCENT: Final = 88
_CATEGORY_I_MW: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Archetype:
    """A kind of plant: how many units of which sizes, how often with heat, and its range of load."""

    unit_counts: tuple[int, ...]
    sizes_mw: tuple[int, ...]
    cogeneration_percent: int
    load_basis_points: tuple[int, int]
    unconventional_percent: int = 0
    is_gas: bool = False


GRID: Final = _Archetype(
    unit_counts=(1, 2, 2, 2, 3, 4),
    sizes_mw=(300, 330, 350, 600, 660, 1000),
    cogeneration_percent=45,
    load_basis_points=(4800, 7600),
)
CITY: Final = _Archetype(
    unit_counts=(1, 2, 2, 3),
    sizes_mw=(135, 150, 200, 300, 350),
    cogeneration_percent=85,
    load_basis_points=(4600, 7200),
    unconventional_percent=15,
)
CAPTIVE: Final = _Archetype(
    unit_counts=(1, 2, 3, 4, 6),
    sizes_mw=(12, 15, 25, 30, 50, 60, 100),
    cogeneration_percent=90,
    load_basis_points=(5200, 8600),
    unconventional_percent=60,
)
SMALL: Final = _Archetype(
    unit_counts=(1,),
    sizes_mw=(12, 12, 15),
    cogeneration_percent=90,
    load_basis_points=(5200, 8600),
    unconventional_percent=60,
)
GAS: Final = _Archetype(
    unit_counts=(1, 2, 2, 3),
    sizes_mw=(120, 180, 390, 460),
    cogeneration_percent=60,
    load_basis_points=(3200, 5200),
    is_gas=True,
)


def make_units(chance: Random, archetype: _Archetype, *, air_cooled_percent: int) -> tuple[Unit, ...]:
    """Make the units of one plant with the output of 2018 to 2020 and no emissions yet."""
    size = chance.choice(archetype.sizes_mw)
    unconventional = chance.randrange(100) < archetype.unconventional_percent
    cooling = "air" if chance.randrange(100) < air_cooled_percent else "water"
    units = []
    for number in range(1, chance.choice(archetype.unit_counts) + 1):
        capacity = size if chance.randrange(4) else chance.choice(archetype.sizes_mw)
        cogeneration = chance.randrange(100) < archetype.cogeneration_percent
        ratio = Decimal(chance.randint(500, 3500)).scaleb(-4) if cogeneration else Decimal("0.0000")
        unit = Unit(
            unit_no=f"{number}",
            category=_category(archetype, capacity, unconventional=unconventional),
            cooling="water" if archetype.is_gas else cooling,
            cogeneration=cogeneration,
            capacity_mw=capacity,
            years=(),
        )
        load = chance.randint(*archetype.load_basis_points)
        units.append(replace(unit, years=tuple(_year(chance, unit, year, load, ratio) for year in YEARS)))
    return tuple(units)


def with_load(unit: Unit, *, numerator: int, denominator: int) -> Unit:
    """Scale the load of every year, and the output with it, to numerator / denominator of what it was."""
    years = tuple(
        _output(
            unit,
            year=year.year,
            load_basis_points=min(max(int(year.load_factor * 10_000) * numerator // denominator, 1500), 9400),
            ratio=year.heat_ratio,
        )
        for year in unit.years
    )
    return replace(unit, years=years)


def _category(archetype: _Archetype, capacity_mw: int, *, unconventional: bool) -> str:
    if archetype.is_gas:
        return "IV"
    if unconventional and capacity_mw < _CATEGORY_I_MW:
        return "III"
    return "I" if capacity_mw >= _CATEGORY_I_MW else "II"


def _year(chance: Random, unit: Unit, year: int, load_basis_points: int, ratio: Decimal) -> UnitYear:
    load = load_basis_points * chance.randint(94, 106) // 100
    moved = ratio * chance.randint(95, 105) / 100
    return _output(unit, year=year, load_basis_points=load, ratio=moved.quantize(Decimal("0.0001")))


def _output(unit: Unit, *, year: int, load_basis_points: int, ratio: Decimal) -> UnitYear:
    own_use_percent = 3 if unit.category == "IV" else 7
    gross_mwh = unit.capacity_mw * _HOURS[year] * load_basis_points // 10_000
    supply_mwh = gross_mwh * (100 - own_use_percent) // 100
    heat_share = int(ratio * 10_000)
    fuel_for_heat = supply_mwh * _GJ_FUEL_PER_MWH * heat_share // (10_000 - heat_share)
    return UnitYear(
        year=year,
        net_supply_mwh=Decimal(supply_mwh),
        heat_gj=Decimal(fuel_for_heat * _HEAT_EFFICIENCY_PERCENT // 100),
        load_factor=Decimal(load_basis_points).scaleb(-4),
        heat_ratio=ratio,
        emissions_tco2e=0,
    )
