"""Trading released units: they are free in the registry again."""

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
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
    account = (await uow.accounts.among({returned.account_no})).found(returned.account_no)
    if isinstance(account, EtsError):
        raise account
    at = clock.now()
    uow.ledger.post_last(return_from_trading(returned), at=at)
    await uow.transfers.add_return(returned)
    uow.record(UnitsReturnedFromTrading(returned=returned, at=at))
