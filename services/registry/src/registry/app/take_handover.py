"""Take a daily hand-over of CCER cancellations, whole or not at all, and answer it row by row."""

from collections.abc import Sequence

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Verifier

from registry.app.ports import UnitOfWork
from registry.domain.events import HandoverAcknowledged
from registry.domain.handover import HandoverRow, Manifest, judge_rows, refusal_of_handover


async def take_handover(
    manifest: Manifest, rows: Sequence[HandoverRow], *, uow: UnitOfWork, verifier: Verifier, clock: Clock
) -> None:
    """Judge a hand-over; of a rejected one only the rejection is kept."""
    at = clock.now()
    last = await uow.handovers.lock_last(manifest.province_code)
    error = refusal_of_handover(manifest, rows, last=last, verifier=verifier)
    outcomes = [] if error or not rows else judge_rows(manifest, rows, await uow.handovers.context(rows))
    if error is None:
        await uow.handovers.take(manifest, outcomes, at=at)
    else:
        await uow.handovers.reject(manifest, error, at=at)
    uow.record(
        HandoverAcknowledged(
            handover_no=manifest.handover_no,
            province_code=manifest.province_code,
            outcomes=outcomes,
            error=error,
            at=at,
        )
    )
