"""The daily check and hand-over (step 6): to every province and the registry, also without rows."""

from dataclasses import dataclass
from datetime import date, datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Signer

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.events import HandoverIssued
from ccer_bridge.domain.handover import Handover, hand_over
from ccer_bridge.domain.offset_rules_2021 import handover_cut_off, handover_dates, refusal_of_handover


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRun:
    """What one call handed over; nothing when the date had been run."""

    handover_count: int
    row_count: int
    quantity_tco2e: int


async def run_daily_handover(
    business_date: date, *, uow: UnitOfWork, signer: Signer, clock: Clock
) -> HandoverRun:
    """Run every date of the window up to this one that was not run, in order."""
    # No cancellation is under way from here on, and a later one reads a later clock: the cut-off is complete.
    last_date = await uow.handovers.lock_window()
    at = clock.now()
    refusal = refusal_of_handover(business_date, at)
    if refusal is not None:
        raise refusal
    issued: list[Handover] = []
    for day in handover_dates(last_date, business_date):
        issued += await _run(day, uow=uow, signer=signer, at=at)
    return HandoverRun(
        handover_count=len(issued),
        row_count=sum(handover.manifest.row_count for handover in issued),
        quantity_tco2e=sum(handover.manifest.quantity_tco2e for handover in issued),
    )


async def _run(day: date, *, uow: UnitOfWork, signer: Signer, at: datetime) -> list[Handover]:
    handovers = hand_over(
        day,
        await uow.handovers.pending(handover_cut_off(day)),
        last_digests=await uow.handovers.last_digests(),
        signer=signer,
    )
    await uow.handovers.add(day, handovers, at=at)
    for handover in handovers:
        uow.record(HandoverIssued(handover=handover, at=at))
    return handovers
