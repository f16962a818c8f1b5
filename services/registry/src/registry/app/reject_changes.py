"""Reject change registrations that are not carried out, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock

from registry.app.change_steps import change_not_found
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.change import ChangeRegistration, refusal_of_decision, reject


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectChanges:
    """Registrations to reject in order, each with the reason, and who rejects; the first person may, too."""

    rejections: tuple[tuple[str, str], ...]
    rejected_by: str


async def reject_changes(command: RejectChanges, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Reject each registration that is still open; nothing was moved by it and nothing is."""
    at = clock.now()
    await uow.changes.hold()
    known = dict(await uow.changes.among({number for number, _ in command.rejections}))
    rejected: dict[str, ChangeRegistration] = {}
    outcomes: list[ItemOutcome] = []
    for number, reason in command.rejections:
        change = known.get(number)
        if change is None:
            outcomes.append(change_not_found(number))
            continue
        refusal = refusal_of_decision(change)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        known[number] = rejected[number] = reject(change, by=command.rejected_by, reason=reason, at=at)
        outcomes.append(number)
    await uow.changes.save(list(rejected.values()))
    return outcomes
