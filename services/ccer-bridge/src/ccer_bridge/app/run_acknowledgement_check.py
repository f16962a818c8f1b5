"""Raise an alarm for every hand-over that the registry has not answered in time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import HandoverNo

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.events import HandoverUnacknowledged


async def run_acknowledgement_check(
    *, uow: UnitOfWork, clock: Clock, acknowledgement_time: timedelta
) -> Sequence[HandoverNo]:
    """Alarm each issue of a hand-over once, from the moment at which the acknowledgement time has passed."""
    at = clock.now()
    overdue = await uow.handovers.lock_overdue(at - acknowledgement_time)
    await uow.handovers.save_alarms([replace(state, alarmed_time=at) for state in overdue])
    for state in overdue:
        manifest = state.manifest
        uow.record(
            HandoverUnacknowledged(
                handover_no=manifest.handover_no,
                province_code=manifest.province_code,
                business_date=manifest.business_date,
                issue_no=state.issue_no,
                at=at,
            )
        )
    return [state.manifest.handover_no for state in overdue]
