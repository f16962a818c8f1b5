"""Trading released units: they are free in the registry again."""

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.domain.accounts import not_open
from registry.domain.errors import TransferDiffers
from registry.domain.events import UnitsReturnedFromTrading
from registry.domain.movements import return_from_trading
from registry.domain.trading import ReturnedUnits


async def return_units(returned: ReturnedUnits, *, uow: UnitOfWork, clock: Clock) -> None:
    """Move units from trading to registered once per withdrawal number; INSUFFICIENT_HOLDING at the commit."""
    known = await uow.transfers.returned(returned.withdrawal_no)
    if known is not None:
        if known != returned:
            raise TransferDiffers(
                f"{returned.withdrawal_no} was returned with other content",
                transfer_no=returned.withdrawal_no,
            )
        return
    if returned.account_no not in await uow.accounts.among({returned.account_no}):
        raise not_open(returned.account_no, await uow.accounts.closed_among({returned.account_no}))
    at = clock.now()
    uow.ledger.post_last(return_from_trading(returned), at=at)
    await uow.transfers.add_return(returned)
    uow.record(UnitsReturnedFromTrading(returned=returned, at=at))
