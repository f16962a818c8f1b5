"""The registry answered a hand-over."""

from ets_kernel.domain.clock import Clock

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.errors import HandoverNotFound
from ccer_bridge.domain.handover import Acknowledgement, acknowledged, refusal_of_acknowledgement


async def take_acknowledgement(answer: Acknowledgement, *, uow: UnitOfWork, clock: Clock) -> None:
    """Store an answer row by row; the same answer again changes nothing."""
    found = await uow.handovers.lock(answer.handover_no)
    if found is None:
        raise HandoverNotFound(f"there is no hand-over {answer.handover_no}", handover_no=answer.handover_no)
    state, cancellation_nos = found
    refusal = refusal_of_acknowledgement(state, cancellation_nos, answer)
    if refusal is not None:
        raise refusal
    if state.acknowledged_time is None:
        await uow.handovers.save_answer(acknowledged(state, answer, at=clock.now()), answer)
