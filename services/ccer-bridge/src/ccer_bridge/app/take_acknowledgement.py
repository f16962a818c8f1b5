"""The registry answered a hand-over."""

from ets_kernel.domain.clock import Clock

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.errors import HandoverNotFound
from ccer_bridge.domain.handover import Acknowledgement, acknowledged, refusal_of_acknowledgement


async def take_acknowledgement(answer: Acknowledgement, *, uow: UnitOfWork, clock: Clock) -> None:
    """Store an answer row by row; the same answer again, or one to an earlier issue, changes nothing."""
    found = await uow.handovers.lock(answer.handover_no)
    if found is None:
        raise HandoverNotFound(f"there is no hand-over {answer.handover_no}", handover_no=answer.handover_no)
    state, rows = found
    refusal = refusal_of_acknowledgement(state, rows, answer)
    if refusal is not None:
        raise refusal
    # The registry answers every issue, so what it said about an earlier one is said again.
    if state.acknowledged_time is None and answer.issue_no == state.issue_no:
        await uow.handovers.save_answer(acknowledged(state, rows, answer, at=clock.now()), answer)
