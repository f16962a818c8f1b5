"""Record generating units."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.provinces import parse_province_code

from mrv.app.ports import UnitOfWork
from mrv.app.results import ItemOutcome
from mrv.domain.plan_2019_2020 import PERIOD
from mrv.domain.roster import refusal_of_unit
from mrv.domain.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnits:
    """Units in order, all of one province."""

    province_code: str
    units: tuple[Unit, ...]


async def register_units(command: RegisterUnits, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Record each unit that may be recorded; the same unit again is accepted and changes nothing.

    PROVINCE_UNKNOWN; per item "<credit code>/<unit>" or ENTITY_NOT_LISTED, UNIT_RECORDED_DIFFERENTLY,
    UNIT_CATEGORY_CONTRADICTS_CAPACITY, in this order.
    """
    at = clock.now()
    province_code = parse_province_code(command.province_code)
    await uow.roster.lock_listing()
    owners = await uow.roster.listed({(unit.credit_code, PERIOD) for unit in command.units})
    recorded = dict(await uow.roster.units({unit.key for unit in command.units}))
    added: list[Unit] = []
    outcomes: list[ItemOutcome] = []
    for unit in command.units:
        refusal = refusal_of_unit(
            unit,
            owner=owners.get((unit.credit_code, PERIOD)),
            province_code=province_code,
            recorded=recorded.get(unit.key),
        )
        if refusal is None and unit.key not in recorded:
            recorded[unit.key] = unit
            added.append(unit)
        outcomes.append(refusal or f"{unit.credit_code}/{unit.unit_no}")
    await uow.roster.add_units(added, at=at)
    return outcomes
