"""Take a daily hand-over of CCER cancellations, whole or not at all, and answer it row by row."""

from collections.abc import Sequence

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Verifier

from registry.app.ports import UnitOfWork
from registry.domain.events import HandoverAcknowledged
from registry.domain.handover import HandoverRow, Manifest, judge_rows, refusal_of_handover


async def take_handover(
    manifest: Manifest,
    rows: Sequence[HandoverRow],
    *,
    issue_no: int,
    uow: UnitOfWork,
    verifier: Verifier,
    clock: Clock,
) -> None:
    """Judge a hand-over; of a rejected one only the rejection is kept.

    One that was taken before is answered again: rows that were accepted stay so, the others are judged again.
    """
    at = clock.now()
    # What is accepted becomes credits later, so the accounts must not be closed between the look and the record.
    await uow.accounts.keep_open()
    last = await uow.handovers.lock_last(manifest.province_code)
    accepted = await uow.handovers.accepted_row_nos(manifest)
    is_taken = accepted is not None
    error = refusal_of_handover(manifest, rows, last=last, verifier=verifier, is_taken=is_taken)
    outcomes = (
        []
        if error or not rows
        else judge_rows(manifest, rows, await uow.handovers.context(rows), accepted or ())
    )
    if error is not None:
        await uow.handovers.reject(manifest, error, at=at)
    elif accepted is None:
        await uow.handovers.take(manifest, outcomes, at=at)
    else:
        again = [outcome for outcome in outcomes if outcome.row.row_no not in accepted]
        await uow.handovers.judge_again(manifest, again)
    uow.record(
        HandoverAcknowledged(
            handover_no=manifest.handover_no,
            province_code=manifest.province_code,
            issue_no=issue_no,
            outcomes=outcomes,
            error=error,
            at=at,
        )
    )
