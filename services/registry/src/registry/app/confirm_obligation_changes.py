"""Second person: correct obligations."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import emitter_account

from registry.app.changed_obligations import carry_out_changes, lock_owing
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.surrender_ports import EntityPeriod
from registry.domain.obligation_change import ObligationChange, confirm
from registry.domain.surrender_errors import ObligationChangeNotFound, ObligationChangeStale


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmObligationChanges:
    """Changes in order, and who confirms."""

    change_nos: tuple[str, ...]
    confirmed_by: str


async def confirm_obligation_changes(
    command: ConfirmObligationChanges, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Carry each change out once, with all that follows; a second one of an obligation in a batch is stale."""
    at = clock.now()
    changes = await uow.obligation_changes.lock(set(command.change_nos))
    await uow.accounts.lock({emitter_account(change.credit_code) for change in changes.values()})
    owing = await lock_owing({(change.credit_code, change.period) for change in changes.values()}, uow)
    confirmed: dict[EntityPeriod, ObligationChange] = {}
    outcomes: list[ItemOutcome] = []
    for change_no in command.change_nos:
        change = changes.get(change_no)
        if change is None:
            outcomes.append(ObligationChangeNotFound(f"there is no change {change_no}", change_no=change_no))
            continue
        key = (change.credit_code, change.period)
        decided = confirm(change, owing.obligations[key], by=command.confirmed_by, at=at)
        if not isinstance(decided, EtsError) and key in confirmed:
            decided = ObligationChangeStale(
                f"{confirmed[key].change_no} came before {change_no}", change_no=change_no
            )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        confirmed[key] = decided
        outcomes.append(change_no)
    await uow.obligation_changes.save(list(confirmed.values()))
    await carry_out_changes(list(confirmed.values()), owing, uow=uow, at=at)
    return outcomes
