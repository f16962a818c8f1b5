"""Steps of hand-overs for tests: an entity cancels, the centre hands over, the registry answers."""

from datetime import date

from ccer_bridge.adapters.decoding import acknowledgement as decode
from ccer_bridge.adapters.decoding import confirmed_application
from ccer_bridge.app.cancel_for_offset import CancelForOffset, cancel_for_offset
from ccer_bridge.app.run_daily_handover import run_daily_handover
from ccer_bridge.app.take_acknowledgement import take_acknowledgement
from ccer_bridge.domain.cancellation import WantedCancellation
from ccer_fakes import registry
from ccer_messages import CENTRE_KEY, PLANT, WIND, acknowledgement, application_no, decided, shanghai
from ets_kernel.runtime.signing import Ed25519Signer

SIGNER = Ed25519Signer("ccer-centre", CENTRE_KEY)
DAY = date(2021, 10, 26)
HANDOVER = "H-2021-10-26-37"
FIRST, SECOND = (f"CX-{application_no(1)}-{ordinal}" for ordinal in (1, 2))


async def with_application(clock):
    """A registry whose first plant has a confirmed application."""
    made = await registry(clock)
    await made.applications.add(confirmed_application(decided(1).application))
    return made


async def cancel(uow, clock, *quantities):
    for quantity in quantities:
        item = WantedCancellation(
            credit_code=PLANT, application_no=application_no(1), product=WIND, quantity_tco2e=quantity
        )
        (outcome,) = await cancel_for_offset(CancelForOffset(cancellations=(item,)), uow=uow, clock=clock)
        assert isinstance(outcome, str), outcome


async def with_hand_over(clock):
    """A registry that handed two rows of its first plant over on the first day."""
    made = await with_application(clock)
    await cancel(made, clock, 10, 20)
    await hand_over(made, clock)
    return made


async def run(uow, clock, day=DAY):
    made = await run_daily_handover(day, uow=uow, signer=SIGNER, clock=clock)
    return made.handover_count, made.row_count, made.quantity_tco2e


async def hand_over(uow, clock, day=DAY):
    """Hand a date over at its hour."""
    clock.set(shanghai(f"{day} 17:00"))
    return await run(uow, clock, day)


async def answer(uow, clock, number, *rows, **changes):
    """Let the registry answer a hand-over."""
    await take_acknowledgement(decode(acknowledgement(number, *rows, **changes)), uow=uow, clock=clock)
