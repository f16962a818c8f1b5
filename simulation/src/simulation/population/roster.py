"""The roster: entities over provinces with units whose verified emissions give the published totals exactly.

ROS-1  `deficit_entities` entities are in deficit, by `deficit_t` tonnes together, after the cap and the gas rule.
ROS-2  A capped entity has coal units only and emissions divisible by five, so its cap is whole.
ROS-3  A gas unit is above its allocation in both years or below it in both, each about as often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.domain.provinces import PROVINCES

from simulation.population import units as plants
from simulation.population.names import Register
from simulation.population.plan import Entity, Unit
from simulation.population.reckoning import allocation_of, is_gas, obligation_of, owed_by
from simulation.population.shares import fill, spread
from simulation.scenario import Scenario

SHANDONG: Final = "37"
_DRY_PROVINCES: Final = ("14", "15", "61", "62", "63", "64", "65", "66")
_MILLION: Final = 1_000_000
# Inside the rounding of the published megatonnes, so that what is surrendered can round to its own figure as well.
_SHANDONG_ABOVE_T: Final = 300_000


@dataclass(slots=True, kw_only=True)
class Draft:
    """An entity in the making: allocations per unit and year, and what is wanted of its emissions.

    `surplus_ppm` is the part of the allocation that is not emitted; a deficit entity has `deficit_t` instead.
    """

    province_code: str
    credit_code: str
    name: str
    units: tuple[Unit, ...]
    in_deficit: bool = False
    is_capped: bool = False
    gas_over: tuple[bool, ...] = ()
    surplus_ppm: int = 0
    deficit_t: int = 0
    allocations: tuple[tuple[int, ...], ...] = ()

    @property
    def allocation_t(self) -> int:
        """Allocation of all units and both years."""
        return sum(map(sum, self.allocations))

    @property
    def has_gas(self) -> bool:
        """Tell whether any unit falls under the gas rule."""
        return any(map(is_gas, self.units))

    def reckon(self) -> None:
        """Reckon the allocations of 2019 and 2020 from the output."""
        self.allocations = tuple(
            tuple(allocation_of(unit, year) for year in unit.years if year.year > plants.YEARS[0])
            for unit in self.units
        )


def make_roster(scenario: Scenario, chance: Random) -> tuple[Entity, ...]:
    """Make every entity with an obligation, in the order of provinces."""
    drafts = _drafts(scenario, chance)
    _scale(scenario, drafts)
    _choose_deficits(scenario, chance, drafts)
    _settle_deficits(scenario, chance, drafts)
    _tune_shandong(scenario, drafts)
    return tuple(_entity(draft, chance) for draft in drafts)


def _drafts(scenario: Scenario, chance: Random) -> list[Draft]:
    register = Register(chance)
    others = {code: weight for code, weight in scenario.province_weights.items() if code != SHANDONG}
    count = scenario["entities"] - scenario["shandong_entities"]
    counts = dict(zip(others, spread(count, list(others.values())), strict=True))
    counts[SHANDONG] = scenario["shandong_entities"]
    drafts = []
    for code in sorted(counts):
        for _ in range(counts[code]):
            credit_code, name = register.entity(
                province_code=code, short_name=PROVINCES[ProvinceCode(code)].name_zh[:2]
            )
            dry = 60 if code in _DRY_PROVINCES else 3
            units = _units(chance, is_shandong=code == SHANDONG, air_cooled_percent=dry)
            over = tuple(is_gas(unit) and chance.randrange(2) == 0 for unit in units)
            drafts.append(
                Draft(province_code=code, credit_code=credit_code, name=name, units=units, gas_over=over)
            )
    return drafts


def _units(chance: Random, *, is_shandong: bool, air_cooled_percent: int) -> tuple[Unit, ...]:
    kinds = (plants.GRID, plants.CITY, plants.CAPTIVE, plants.SMALL, plants.GAS)
    weights = (26, 29, 34, 9, 2) if is_shandong else (30, 33, 28, 3, 6)
    kind = chance.choices(kinds, weights)[0]
    units = plants.make_units(chance, kind, air_cooled_percent=air_cooled_percent)
    if kind is plants.GRID and len(units) < 6 and chance.randrange(50) == 0:  # A plant with coal and gas.
        gas = plants.make_units(chance, plants.GAS, air_cooled_percent=0)[0]
        units = (*units, replace(gas, unit_no=f"{len(units) + 1}"))
    return units


def _scale(scenario: Scenario, drafts: list[Draft]) -> None:
    """Bring the loads of Shandong and of the rest to their totals, each by one factor."""
    inside = scenario["shandong_obligation_mt"] * _MILLION
    targets = {True: inside, False: scenario["emissions_t"] - inside}
    for is_shandong, target in targets.items():
        group = [draft for draft in drafts if (draft.province_code == SHANDONG) is is_shandong]
        for draft in group:
            draft.reckon()
        wanted = target * 102 // 100  # Surpluses are larger than deficits: about two percent of the total.
        for _ in range(2):  # A lower load raises the correction, so that once is not enough.
            total = sum(draft.allocation_t for draft in group)
            for draft in group:
                draft.units = tuple(
                    plants.with_load(unit, numerator=wanted // 1000, denominator=total // 1000)
                    for unit in draft.units
                )
                draft.reckon()


def _choose_deficits(scenario: Scenario, chance: Random, drafts: list[Draft]) -> None:
    coal = [draft for draft in drafts if not draft.has_gas]
    chosen = chance.sample(coal, scenario["deficit_entities"])
    for draft in chosen:
        draft.in_deficit = True
    by_size = sorted(chosen, key=lambda draft: draft.allocation_t)
    for draft in chance.sample(by_size[: len(by_size) // 3], scenario["capped_entities"]):
        draft.is_capped = True
    for draft in drafts:
        if not draft.in_deficit:
            draft.surplus_ppm = chance.randint(15_000, 110_000)


def _settle_deficits(scenario: Scenario, chance: Random, drafts: list[Draft]) -> None:
    """Give every deficit entity its tonnes: the capped ones first, the others share what is left."""
    left = scenario["deficit_t"]
    open_drafts = []
    for draft in drafts:
        if draft.is_capped:  # Emissions of 128 to 138 percent of the allocation: a gap of 22 to 28 percent.
            emissions = draft.allocation_t * chance.randint(128, 138) // 100 // 5 * 5
            draft.deficit_t = emissions // 5
            left -= draft.deficit_t
        elif draft.in_deficit:
            open_drafts.append(draft)
    weights = [draft.allocation_t * chance.choice((1, 2, 3, 4, 6, 9, 14)) for draft in open_drafts]
    bounds = [draft.allocation_t * 18 // 100 for draft in open_drafts]
    for draft, tonnes in zip(open_drafts, fill(left, weights, bounds), strict=True):
        draft.deficit_t = tonnes


def _tune_shandong(scenario: Scenario, drafts: list[Draft]) -> None:
    """Move the surpluses of Shandong's coal entities so that its obligation is the published one to the megatonne."""
    group = [draft for draft in drafts if draft.province_code == SHANDONG]
    tunable = [draft for draft in group if not draft.in_deficit and not draft.has_gas]
    size = sum(draft.allocation_t for draft in tunable)
    wanted = scenario["shandong_obligation_mt"] * _MILLION + _SHANDONG_ABOVE_T
    missing = wanted - sum(map(_wanted_obligation, group))
    step_ppm = missing * _MILLION // size
    for draft in tunable:
        draft.surplus_ppm -= step_ppm
        ensure(1_000 <= draft.surplus_ppm <= 250_000, "Shandong's surpluses stay in a sound range")


def _wanted_obligation(draft: Draft) -> int:
    if draft.in_deficit:
        return draft.allocation_t + draft.deficit_t
    if draft.has_gas:
        return sum(
            owed_by(unit, emitted, allocated)
            for unit, emitted, allocated in zip(
                draft.units, _gas_plant_emissions(draft), draft.allocations, strict=True
            )
        )
    return draft.allocation_t * (_MILLION - draft.surplus_ppm) // _MILLION


def _gas_plant_emissions(draft: Draft) -> list[list[int]]:
    under, over = _MILLION - draft.surplus_ppm, _MILLION + draft.surplus_ppm
    return [
        [tonnes * (over if is_over else under) // _MILLION for tonnes in allocations]
        for is_over, allocations in zip(draft.gas_over, draft.allocations, strict=True)
    ]


def _entity(draft: Draft, chance: Random) -> Entity:
    allocation = draft.allocation_t
    if draft.is_capped:
        wanted = draft.deficit_t * 5
    elif draft.in_deficit:
        wanted = allocation + draft.deficit_t
    else:
        wanted = allocation * (_MILLION - draft.surplus_ppm) // _MILLION
    if draft.has_gas:
        emissions = [tonnes for unit in _gas_plant_emissions(draft) for tonnes in unit]
    else:
        weights = [tonnes * chance.randint(97, 103) for unit in draft.allocations for tonnes in unit]
        emissions = spread(wanted, weights)
    units = _with_emissions(draft.units, emissions)
    obligation = obligation_of(units=units, allocations=draft.allocations)
    entity = Entity(
        credit_code=draft.credit_code,
        name=draft.name,
        province_code=draft.province_code,
        units=units,
        allocation_tco2e=allocation,
        emissions_tco2e=sum(year.emissions_tco2e for unit in units for year in unit.years),
        obligation_tco2e=obligation,
    )
    ensure(obligation == _wanted_obligation(draft), f"{entity.name} owes what was wanted")
    ensure(entity.deficit_tco2e == draft.deficit_t, f"{entity.name} has the deficit that it was given")
    return entity


def _with_emissions(units: tuple[Unit, ...], emissions: list[int]) -> tuple[Unit, ...]:
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
