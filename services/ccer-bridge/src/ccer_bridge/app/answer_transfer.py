"""Trading answered a transfer: the units have arrived at the venue, or come back."""

from dataclasses import replace

from ets_kernel.domain.clock import Clock

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.errors import VenueTransferNotFound
from ccer_bridge.domain.movements import arrival
from ccer_bridge.domain.transfers import TransferAnswer, refusal_of_answer


async def answer_transfer(answer: TransferAnswer, *, uow: UnitOfWork, clock: Clock) -> None:
    """Move the units out of transit once; the same answer again changes nothing."""
    transfer = await uow.transfers.lock(answer.transfer_no)
    if transfer is None:
        raise VenueTransferNotFound(
            f"there is no transfer {answer.transfer_no}", transfer_no=answer.transfer_no
        )
    refusal = refusal_of_answer(transfer, answer)
    if refusal is not None:
        raise refusal
    if transfer.state is answer.state:
        return
    uow.ledger.post_last(arrival(transfer, answer.state), at=clock.now())
    await uow.transfers.save_state(replace(transfer, state=answer.state))
