"""Trading released units: they are free in the general holding account again."""

from ets_kernel.domain.clock import Clock

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.accounts import refusal_of_use
from ccer_bridge.domain.errors import VenueTransferDiffers
from ccer_bridge.domain.events import UnitsReturnedFromVenue
from ccer_bridge.domain.movements import return_from_venue
from ccer_bridge.domain.projects import refusal_of_product
from ccer_bridge.domain.transfers import ReturnedUnits


async def return_units(returned: ReturnedUnits, *, uow: UnitOfWork, clock: Clock) -> None:
    """Move units from the venue to registered once per withdrawal number; INSUFFICIENT_HOLDING at the commit."""
    known = await uow.transfers.returned(returned.withdrawal_no)
    if known is not None:
        if known != returned:
            raise VenueTransferDiffers(
                f"{returned.withdrawal_no} was returned with other content",
                transfer_no=returned.withdrawal_no,
            )
        return
    account_no = returned.account_no
    account = (await uow.accounts.among({account_no})).get(account_no)
    refusal = refusal_of_use(account, account_no) or refusal_of_product(
        returned.product, account_no, returned.quantity_tco2e
    )
    if refusal is not None:
        raise refusal
    at = clock.now()
    uow.ledger.post_last(return_from_venue(returned), at=at)
    await uow.transfers.add_return(returned)
    uow.record(UnitsReturnedFromVenue(returned=returned, at=at))
