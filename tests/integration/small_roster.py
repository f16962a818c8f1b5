"""The forty entities of the small plan: three provinces, every kind of position towards the obligation."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from simulation.population import units as plants
from simulation.population.names import Register
from simulation.population.plan import Entity, Unit
from simulation.population.reckoning import allocation_of, is_gas, obligation_of
from simulation.population.shares import spread

SEED = 11
MILLION = 1_000_000
PROVINCES = ("37", "44", "66")

SURPLUS = ("SELLER", "RESERVE", "SURPLUS_USER", "PLAIN", "GAS")
# A gas unit is above its allocation in the first year and below it in the second, which the rule does not add up.
GAS_PPM = (1_100_000, 980_000)
# Kind of entity -> plant, and emissions per million of the allocation.
KINDS = {
    "SELLER": (plants.GRID, 850_000),
    "RESERVE": (plants.CITY, 950_000),
    "SURPLUS_USER": (plants.CITY, 960_000),
    "PLAIN": (plants.CAPTIVE, 985_000),
    "BUYER": (plants.CITY, 1_050_000),
    "OFFSET_ONLY": (plants.CITY, 1_030_000),
    "OFFSET_AND_BUYER": (plants.GRID, 1_080_000),
    "CAPPED": (plants.CAPTIVE, 1_300_000),
    "GAS": (plants.GAS, 1_040_000),
    "PARTIAL": (plants.CAPTIVE, 1_060_000),
    "ABSENT": (plants.SMALL, 1_020_000),
}
COUNTS = {
    "37": {"SELLER": 2, "PLAIN": 3, "BUYER": 2, "OFFSET_ONLY": 2, "OFFSET_AND_BUYER": 1, "RESERVE": 1, "ABSENT": 1},
    "44": {"SELLER": 2, "PLAIN": 2, "BUYER": 2, "OFFSET_ONLY": 2, "OFFSET_AND_BUYER": 1, "SURPLUS_USER": 1, "GAS": 2,
           "CAPPED": 1, "PARTIAL": 1},
    "66": {"SELLER": 2, "PLAIN": 4, "BUYER": 2, "OFFSET_ONLY": 2, "OFFSET_AND_BUYER": 1, "SURPLUS_USER": 1,
           "RESERVE": 1, "CAPPED": 1},
}  # fmt: skip

Roster = dict[str, list[Entity]]


def make_roster() -> Roster:
    """Make the entities by kind, always the same."""
    chance = Random(SEED)
    register = Register(chance)
    roster: Roster = {kind: [] for kind in KINDS}
    for province in PROVINCES:
        for kind, count in COUNTS[province].items():
            for _ in range(count):
                credit_code, name = register.entity(province_code=province, short_name="试验")
                roster[kind].append(_entity(chance, kind, province, credit_code, name))
    return roster


def _entity(chance: Random, kind: str, province: str, credit_code: str, name: str) -> Entity:
    plant, ppm = KINDS[kind]
    units = plants.make_units(chance, plant, air_cooled_percent=60 if province == "66" else 3)
    allocations = [[allocation_of(unit, year) for year in unit.years[1:]] for unit in units]
    flat = [tonnes for unit in allocations for tonnes in unit]
    # A multiple of five, so that a cap at 20 percent is whole.
    emissions = spread(sum(flat) * ppm // MILLION // 5 * 5, flat)
    if kind == "GAS":
        emissions = [tonnes * GAS_PPM[number % 2] // MILLION for number, tonnes in enumerate(flat)]
    units = _with_emissions(units, emissions)
    obligation = obligation_of(units=units, allocations=allocations)
    entity = Entity(
        credit_code=credit_code,
        name=name,
        province_code=province,
        units=units,
        allocation_tco2e=sum(flat),
        emissions_tco2e=sum(year.emissions_tco2e for unit in units for year in unit.years),
        obligation_tco2e=obligation,
    )
    assert (entity.surplus_tco2e > 0) is (kind in SURPLUS), f"{kind} {entity}"
    assert kind != "GAS" or (all(map(is_gas, units)) and entity.emissions_tco2e > entity.allocation_tco2e)
    return entity


def _with_emissions(units: Sequence[Unit], emissions: Sequence[int]) -> tuple[Unit, ...]:
    tonnes = iter(emissions)
    return tuple(
        replace(
            unit,
            years=(
                unit.years[0],
                *(replace(year, emissions_tco2e=next(tonnes)) for year in unit.years[1:]),
            ),
        )
        for unit in units
    )
