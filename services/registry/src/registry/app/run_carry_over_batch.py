"""First person, or the clock: put the applications that wait of closed batches into runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ets_kernel.domain.clock import Clock, business_time

from registry.app.ports import UnitOfWork
from registry.domain.carry_over import CarryOverApplication, CarryOverRun, initiate_run
from registry.domain.carry_over_rules import closed_batches


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCarryOverBatch:
    """The business date up to which batches are closed, and who initiates."""

    business_date: date
    initiated_by: str


async def run_carry_over_batch(
    command: RunCarryOverBatch, *, uow: UnitOfWork, clock: Clock
) -> Sequence[CarryOverRun]:
    """Make one run per closed batch with applications that wait; running again takes what came since."""
    at = clock.now()
    until = min(at, business_time(command.business_date + timedelta(days=1), 0))
    closed = closed_batches(until)
    ordinals = await uow.carry_overs.last_run_ordinals()
    waiting = await uow.carry_overs.lock_waiting(closed)
    runs: list[CarryOverRun] = []
    processed: list[CarryOverApplication] = []
    for batch_no in sorted(closed):
        members = [application for application in waiting if application.batch_no == batch_no]
        if not members:
            continue
        run, changed = initiate_run(
            members,
            batch_no=batch_no,
            ordinal=ordinals.get(batch_no, 0) + 1,
            by=command.initiated_by,
            at=at,
        )
        runs.append(run)
        processed += changed
    await uow.carry_overs.add_runs(runs, processed)
    await uow.carry_overs.save(processed)
    return runs
