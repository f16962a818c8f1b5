"""Second person: carry out runs of carry-over batches (结转), or turn them down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.carry_over import (
    CarryOverApplication,
    CarryOverRun,
    RunStatus,
    decide_run,
    settle_application,
)
from registry.domain.events import UnitsCarriedOver
from registry.domain.retirement_errors import CarryOverRunNotFound
from registry.domain.retirement_movements import carried_over

# An application is at most six commands in one group, and a batch of the ledger takes 10,000.
APPLICATIONS_POSTED_MAX: Final = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCarryOverRuns:
    """Runs in order, each with whether it is confirmed."""

    decisions: tuple[tuple[str, bool], ...]
    decided_by: str


async def decide_carry_over_runs(
    command: DecideCarryOverRuns, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each run once; the new units are issued in the transaction that takes the old ones."""
    at = clock.now()
    known = dict(await uow.carry_overs.lock_runs({run_no for run_no, _ in command.decisions}))
    changed: dict[str, CarryOverRun] = {}
    outcomes: list[ItemOutcome] = []
    for run_no, is_confirmed in command.decisions:
        run = known.get(run_no)
        if run is None:
            outcomes.append(CarryOverRunNotFound(f"there is no run {run_no}", run_no=run_no))
            continue
        decided = decide_run(run, is_confirmed=is_confirmed, by=command.decided_by, at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[run_no] = changed[run_no] = decided
        outcomes.append(run_no)
    waiting = await uow.carry_overs.lock_of_runs(changed.keys())
    settled = [
        settle_application(
            application, is_confirmed=changed[application.run_no].status is RunStatus.CONFIRMED, at=at
        )
        for application in waiting
    ]
    registered = [application for application in settled if application.registered_time is not None]
    await _post(registered, uow, at)
    await uow.carry_overs.save_runs(list(changed.values()))
    await uow.carry_overs.save(settled)
    for application in registered:
        uow.record(UnitsCarriedOver(application=application, at=at))
    return outcomes


async def _post(registered: Sequence[CarryOverApplication], uow: UnitOfWork, at: datetime) -> None:
    for start in range(0, len(registered), APPLICATIONS_POSTED_MAX):
        part = registered[start : start + APPLICATIONS_POSTED_MAX]
        commands = [command for application in part for command in carried_over(application)]
        await post_decided(commands, "units of an application wait in pending carry-over", uow=uow, at=at)
