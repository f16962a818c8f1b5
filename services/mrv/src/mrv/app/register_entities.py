"""Put entities on the roster."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import parse_credit_code
from ets_kernel.domain.provinces import parse_province_code

from mrv.app.ports import EntityPeriod, UnitOfWork
from mrv.app.results import ItemOutcome
from mrv.domain.events import EntityListed
from mrv.domain.roster import Entity, parse_planned_period, refusal_of_listing


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityForm:
    """An entity as a caller names it, nothing checked yet."""

    credit_code: str
    name: str
    province_code: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntities:
    """Forms in order."""

    forms: tuple[EntityForm, ...]


async def register_entities(
    command: RegisterEntities, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """List each entity that may be listed; one that is listed in the same way is accepted and changes nothing.

    Per item its credit code or CREDIT_CODE_INVALID, PROVINCE_UNKNOWN, PERIOD_UNKNOWN, ENTITY_LISTED_DIFFERENTLY.
    """
    at = clock.now()
    parsed = [_parsed(form) for form in command.forms]
    await uow.roster.lock_listing()
    keys = {_key(entity) for entity in parsed if isinstance(entity, Entity)}
    listed = dict(await uow.roster.listed(keys))
    added: list[Entity] = []
    outcomes: list[ItemOutcome] = []
    for entity in parsed:
        if isinstance(entity, EtsError):
            outcomes.append(entity)
            continue
        refusal = refusal_of_listing(entity, listed.get(_key(entity)))
        if refusal is None and _key(entity) not in listed:
            listed[_key(entity)] = entity
            added.append(entity)
        outcomes.append(refusal or entity.credit_code)
    await uow.roster.add_entities(added, at=at)
    for entity in added:
        uow.record(EntityListed(entity=entity, at=at))
    return outcomes


def _parsed(form: EntityForm) -> Entity | EtsError:
    try:
        return Entity(
            credit_code=parse_credit_code(form.credit_code),
            name=form.name,
            province_code=parse_province_code(form.province_code),
            period=parse_planned_period(form.period),
        )
    except EtsError as refusal:
        return refusal


def _key(entity: Entity) -> EntityPeriod:
    return (entity.credit_code, entity.period)
