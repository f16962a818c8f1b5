"""Steps of venue transfers for tests: units are sent, trading answers."""

from ccer_bridge.app.answer_transfer import answer_transfer
from ccer_bridge.app.transfer_to_venue import TransferToVenue, WantedTransfer, transfer_units_to_venue
from ccer_bridge.domain.transfers import TransferAnswer, TransferState
from ccer_fakes import NOW
from ccer_messages import C_PLANT, PLANT, WIND
from ets_kernel.domain.clock import FixedClock

CLOCK = FixedClock(NOW)
REGISTERED, TRADING, IN_TRANSIT = (WIND, "registered"), (WIND, "trading"), (WIND, "in_transit")


def reasons(outcomes):
    """The reference of each accepted item, the reason of each refused one."""
    return [outcome if isinstance(outcome, str) else outcome.reason for outcome in outcomes]


def wanted(quantity, **changes):
    values = {"credit_code": PLANT, "venue": "BJ", "product": WIND} | changes
    return WantedTransfer(quantity_tco2e=quantity, **values)


async def send(uow, *transfers, request_id="t"):
    command = TransferToVenue(request_id=request_id, transfers=transfers)
    return reasons(await transfer_units_to_venue(command, uow=uow, clock=CLOCK))


def answer(state=TransferState.ACCEPTED, quantity=100, number="TV-t-0"):
    return TransferAnswer(
        transfer_no=number, venue="BJ", account_no=C_PLANT, product=WIND, quantity_tco2e=quantity, state=state
    )


async def bring(uow, quantity=100):
    """Units of the first plant at the venue."""
    await send(uow, wanted(quantity))
    await answer_transfer(answer(quantity=quantity), uow=uow, clock=CLOCK)
