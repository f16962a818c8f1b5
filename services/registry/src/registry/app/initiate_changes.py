"""First person: propose change registrations (变更登记) on a document; nothing moves yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.change_steps import lock_holdings, lock_named, tried
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.change import ChangeRegistration, ProposedChange, register_change


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateChanges:
    """Changes to propose, in order, and who proposes."""

    changes: tuple[ProposedChange, ...]
    initiated_by: str


async def initiate_changes(
    command: InitiateChanges, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Register each change that could be carried out now; each is judged as if it were the only one."""
    at = clock.now()
    await uow.changes.hold()
    locked = await lock_named(command.changes, uow=uow)
    ordinal = await uow.changes.last_ordinal()
    registered: list[ChangeRegistration] = []
    outcomes: list[ItemOutcome] = []
    settled = await lock_holdings(command.changes, locked, uow=uow, at=at)
    for proposed, wanted in zip(command.changes, settled, strict=True):
        steps = await tried(f"CR-{ordinal + 1:06d}", proposed.kind, wanted, uow=uow, at=at)
        if isinstance(steps, EtsError):
            outcomes.append(steps)
            continue
        ordinal += 1
        change = register_change(
            proposed,
            [step.line for step in steps],
            locked.accounts,
            ordinal=ordinal,
            by=command.initiated_by,
            at=at,
        )
        registered.append(change)
        outcomes.append(change.registration_no)
    await uow.changes.add(registered)
    return outcomes
