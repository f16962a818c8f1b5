"""Trading answered a transfer: the units have arrived there, or come back."""

from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.domain.errors import TransferNotFound
from registry.domain.movements import arrival
from registry.domain.trading import TransferState, refusal_of_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """What trading said about a transfer."""

    transfer_no: str
    account_no: str
    product: str
    quantity_tco2e: int
    is_accepted: bool


async def answer_transfer(answer: TransferAnswer, *, uow: UnitOfWork, clock: Clock) -> None:
    """Move the units out of transit once; the same answer again changes nothing."""
    transfer = await uow.transfers.lock(answer.transfer_no)
    if transfer is None:
        raise TransferNotFound(f"there is no transfer {answer.transfer_no}", transfer_no=answer.transfer_no)
    state = TransferState.ACCEPTED if answer.is_accepted else TransferState.REFUSED
    refusal = refusal_of_answer(
        transfer,
        account_no=answer.account_no,
        product=answer.product,
        quantity_tco2e=answer.quantity_tco2e,
        state=state,
    )
    if refusal is not None:
        raise refusal
    if transfer.state is state:
        return
    uow.ledger.post_last(arrival(transfer, is_accepted=answer.is_accepted), at=clock.now())
    await uow.transfers.save_state(replace(transfer, state=state))
