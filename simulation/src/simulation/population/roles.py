"""Who completes, who falls short and by how much, who uses CCER, who buys and who sells.

ROL-1  Shortfalls sum to half a percent of the obligation, so completion is 99.5 percent.
ROL-2  Nobody both buys and sells allowances, so no unit is ever sold again.
ROL-3  CCER used is at most the whole tonnes of five percent of the obligation, and `offset_t` in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from simulation.population.plan import Entity
from simulation.population.roster import SHANDONG
from simulation.population.shares import fill
from simulation.scenario import Scenario

_OFFSET_LIMIT_PERCENT: Final = 5
_OFFSET_LEAST_T: Final = 1_000
_PERMILLE: Final = 1_000
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What each entity (by credit code) does; an entity that is in no table simply surrenders what it owes."""

    shortfall_t: Mapping[str, int]
    offset_t: Mapping[str, int]
    need_t: Mapping[str, int]
    sellable_t: Mapping[str, int]
    reserve_buyers: tuple[str, ...]

    def surrendered_t(self, entity: Entity) -> int:
        """Tonnes that an entity surrenders by the end of the window, allowances and credits together."""
        return entity.obligation_tco2e - self.shortfall_t.get(entity.credit_code, 0)


def choose_roles(scenario: Scenario, chance: Random, entities: Sequence[Entity]) -> Roles:
    """Choose who does what, so that the published totals of completion and of CCER hold exactly."""
    shortfalls = _shortfalls(scenario, chance, entities)
    complete = [entity for entity in entities if entity.credit_code not in shortfalls]
    offsets = _offsets(scenario, chance, complete)
    needs, sellable = {}, {}
    for entity in entities:
        code = entity.credit_code
        offset = offsets.get(code, 0)
        short = shortfalls.get(code, 0)
        if (need := entity.deficit_tco2e - offset - short) > 0:
            needs[code] = need
        elif short == 0 and (free := entity.surplus_tco2e + offset - entity.deficit_tco2e) > 0:
            sellable[code] = free
    reserve = _reserve_buyers(scenario, chance, sellable)
    for code in reserve:
        del sellable[code]
    return Roles(
        shortfall_t=shortfalls,
        offset_t=offsets,
        need_t=needs,
        sellable_t=sellable,
        reserve_buyers=reserve,
    )


def _shortfalls(scenario: Scenario, chance: Random, entities: Sequence[Entity]) -> dict[str, int]:
    inside = sorted(
        (entity for entity in entities if entity.province_code == SHANDONG), key=lambda e: e.obligation_tco2e
    )
    outside = [entity for entity in entities if entity.province_code != SHANDONG]
    small = sorted(outside, key=lambda e: e.obligation_tco2e)[: len(outside) // 8]
    sealed = _nearest_window(inside, scenario["shandong_unfinished"], _shandong_missing(scenario, inside))
    sealed += chance.sample(small, scenario["unsealed_without_surrender"])
    shortfalls = {entity.credit_code: entity.obligation_tco2e for entity in sealed}
    late = sorted((e for e in inside if e.deficit_tco2e and e not in sealed), key=lambda e: e.deficit_tco2e)
    partly = late[: scenario["shandong_late"]]
    count = scenario["entities"] - scenario["entities_in_full_on_time"] - len(sealed) - len(partly)
    partly += chance.sample([e for e in outside if e.deficit_tco2e and e not in sealed], count)
    obligation = sum(entity.obligation_tco2e for entity in entities)
    target = obligation * (_PERMILLE - scenario["completion_permille"]) // _PERMILLE
    deficits = [entity.deficit_tco2e for entity in partly]
    weights = [deficit * chance.randint(1, 10) for deficit in deficits]
    parts = fill(target - sum(shortfalls.values()), weights, deficits)
    return shortfalls | {entity.credit_code: part for entity, part in zip(partly, parts, strict=True)}


def _shandong_missing(scenario: Scenario, inside: Sequence[Entity]) -> int:
    """Tonnes that Shandong leaves open, so that what it hands in is the published figure."""
    owed = sum(entity.obligation_tco2e for entity in inside)
    return owed - scenario["shandong_surrendered_mt"] * _MILLION - _MILLION // 10


def _nearest_window(by_size: Sequence[Entity], count: int, total_t: int) -> list[Entity]:
    """Choose so many neighbours in size that together owe nearest to a total."""
    windows = [by_size[first : first + count] for first in range(len(by_size) - count + 1)]
    return list(min(windows, key=lambda window: abs(sum(e.obligation_tco2e for e in window) - total_t)))


def _offsets(scenario: Scenario, chance: Random, complete: Sequence[Entity]) -> dict[str, int]:
    bounds = {e.credit_code: e.obligation_tco2e * _OFFSET_LIMIT_PERCENT // 100 for e in complete}
    able = [entity for entity in complete if bounds[entity.credit_code] > 10 * _OFFSET_LEAST_T]
    short = [entity for entity in able if entity.deficit_tco2e > 10 * _OFFSET_LEAST_T]
    long = [entity for entity in able if entity.surplus_tco2e]
    users = chance.sample(short, scenario["offset_deficit_users"])
    users += chance.sample(long, scenario["offset_surplus_users"])
    limits = [
        min(bounds[e.credit_code], e.deficit_tco2e) if e.deficit_tco2e else bounds[e.credit_code]
        for e in users
    ]
    weights = [limit * chance.randint(4, 10) for limit in limits]
    parts = fill(scenario["offset_t"], weights, limits, least=_OFFSET_LEAST_T)
    return {entity.credit_code: part for entity, part in zip(users, parts, strict=True)}


def _reserve_buyers(scenario: Scenario, chance: Random, sellable: Mapping[str, int]) -> tuple[str, ...]:
    by_size = sorted(sellable, key=lambda code: (sellable[code], code))
    middle = by_size[len(by_size) // 4 : 3 * len(by_size) // 4]
    return tuple(chance.sample(middle, scenario["reserve_buyers"]))
