"""First person: take up mergers and splits that provinces have filed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.change_steps import as_proposed, change_not_found, lock_holdings, lock_named, tried
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.change import ChangeRegistration, refusal_of_decision, take_up


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateFiledChanges:
    """Registrations to take up, and who does."""

    registration_nos: tuple[str, ...]
    initiated_by: str


async def initiate_filed_changes(
    command: InitiateFiledChanges, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take up each registration that could be carried out now; who has taken it up before stays the first person."""
    at = clock.now()
    await uow.changes.hold()
    known = dict(await uow.changes.among(set(command.registration_nos)))
    proposals = [as_proposed(change) for change in known.values()]
    locked = await lock_named(proposals, uow=uow)
    settled = dict(zip(known, await lock_holdings(proposals, locked, uow=uow, at=at), strict=True))
    taken: dict[str, ChangeRegistration] = {}
    outcomes: list[ItemOutcome] = []
    for number in command.registration_nos:
        change = known.get(number)
        if change is None:
            outcomes.append(change_not_found(number))
            continue
        refusal = refusal_of_decision(change)
        steps = refusal or await tried(number, change.kind, settled[number], uow=uow, at=at)
        if isinstance(steps, EtsError):
            outcomes.append(steps)
            continue
        known[number] = taken[number] = take_up(change, by=command.initiated_by, at=at)
        outcomes.append(number)
    await uow.changes.save(list(taken.values()))
    return outcomes
