"""Issue hand-overs again that the registry rejected or has not answered, with all that followed them."""

from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Signer

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.errors import HandoverNotFound
from ccer_bridge.domain.events import HandoverIssued
from ccer_bridge.domain.handover import Handover, issued_again


@dataclass(frozen=True, slots=True, kw_only=True)
class ReissueHandovers:
    """From which date, for which province (empty: all), and whether also what was taken in full."""

    business_date: date
    province_code: str
    is_taken_included: bool


async def reissue_handovers(
    command: ReissueHandovers, *, uow: UnitOfWork, signer: Signer, clock: Clock
) -> list[Handover]:
    """Issue again what was not taken in full, from a date on and date by date, so that each follows its last."""
    # No daily hand-over comes in between: what is issued next follows what is issued again.
    await uow.handovers.lock_window()
    found = await uow.handovers.lock_since(command.business_date, command.province_code)
    if not any(state.manifest.business_date == command.business_date for state, _ in found):
        raise HandoverNotFound(
            f"no hand-over of {command.business_date} was issued", business_date=command.business_date
        )
    at = clock.now()
    again = [
        (state, *issued_again(state, rows, signer=signer, at=at))
        for state, rows in found
        if command.is_taken_included or not state.is_taken_in_full
    ]
    await uow.handovers.save_issues([(earlier, state) for earlier, state, _ in again])
    for _, _, handover in again:
        uow.record(HandoverIssued(handover=handover, at=at))
    return [handover for _, _, handover in again]
