from datetime import date, timedelta

import pytest
from ccer_bridge.adapters.decoding import acknowledgement as decode
from ccer_bridge.adapters.decoding import confirmed_application
from ccer_bridge.app.cancel_for_offset import CancelForOffset, cancel_for_offset
from ccer_bridge.app.run_acknowledgement_check import run_acknowledgement_check
from ccer_bridge.app.run_daily_handover import run_daily_handover
from ccer_bridge.app.take_acknowledgement import take_acknowledgement
from ccer_bridge.domain.cancellation import WantedCancellation
from ccer_bridge.domain.errors import AcknowledgementDiffers, HandoverNotFound, OutsideHandoverWindow
from ccer_bridge.domain.events import HandoverIssued, HandoverUnacknowledged
from ccer_fakes import NOW, registry
from ccer_messages import CENTRE_KEY, PLANT, WIND, acknowledgement, application_no, decided, shanghai
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import TooEarly
from ets_kernel.runtime.signing import Ed25519Signer

SIGNER = Ed25519Signer("ccer-centre", CENTRE_KEY)
DAY = date(2021, 10, 26)
ONE_DAY = timedelta(days=1)
FIRST = f"CX-{application_no(1)}-1"


@pytest.fixture
def clock():
    return FixedClock(NOW)


@pytest.fixture
async def uow(clock):
    made = await registry(clock)
    await made.applications.add(confirmed_application(decided(1).application))
    return made


async def cancel(uow, clock, quantity):
    item = WantedCancellation(
        credit_code=PLANT, application_no=application_no(1), product=WIND, quantity_tco2e=quantity
    )
    await cancel_for_offset(CancelForOffset(cancellations=(item,)), uow=uow, clock=clock)


async def run(uow, clock, day=DAY):
    made = await run_daily_handover(day, uow=uow, signer=SIGNER, clock=clock)
    return made.handover_count, made.row_count, made.quantity_tco2e


async def test_a_run_is_early_before_its_hour_and_outside_its_window(uow, clock):
    with pytest.raises(TooEarly):
        await run(uow, clock)
    with pytest.raises(OutsideHandoverWindow):
        await run(uow, clock, date(2021, 10, 25))
    assert uow.facts == []


async def test_late_rows_go_to_the_next_day_and_a_repeat_hands_over_nothing(uow, clock):
    await cancel(uow, clock, 10)
    clock.set(shanghai("2021-10-26 17:00"))
    await cancel(uow, clock, 20)
    assert await run(uow, clock) == (32, 1, 10)
    assert await run(uow, clock) == (0, 0, 0)
    clock.set(shanghai("2021-10-27 17:00"))
    assert await run(uow, clock, date(2021, 10, 27)) == (32, 1, 20)
    clock.set(shanghai("2021-10-28 17:00"))
    assert await run(uow, clock, date(2021, 10, 28)) == (32, 0, 0)


async def test_missed_dates_come_first_and_each_province_has_one_chain(uow, clock):
    await cancel(uow, clock, 10)
    clock.set(shanghai("2021-10-29 18:00"))
    assert await run(uow, clock, date(2021, 10, 29)) == (4 * 32, 1, 10)
    facts = [fact.handover.manifest for fact in uow.told(HandoverIssued)]
    dates = [manifest.business_date for manifest in facts]
    assert dates == sorted(dates)
    for province_code in ("11", "37", "66"):
        chain = [manifest for manifest in facts if manifest.province_code == province_code]
        assert [manifest.previous_digest for manifest in chain] == [
            b"",
            *(manifest.manifest_digest for manifest in chain[:-1]),
        ]


async def test_an_answer_is_taken_once(uow, clock):
    await cancel(uow, clock, 10)
    clock.set(shanghai("2021-10-26 17:00"))
    await run(uow, clock)
    good = decode(acknowledgement("H-2021-10-26-37", (FIRST, "")))
    await take_acknowledgement(good, uow=uow, clock=clock)
    clock.set(shanghai("2021-10-26 18:00"))
    await take_acknowledgement(good, uow=uow, clock=clock)
    state = uow.handovers.states["H-2021-10-26-37"]
    assert state.acknowledged_time == shanghai("2021-10-26 17:00")
    with pytest.raises(AcknowledgementDiffers):
        await take_acknowledgement(
            decode(acknowledgement("H-2021-10-26-37", (FIRST, "NO"))), uow=uow, clock=clock
        )
    with pytest.raises(HandoverNotFound):
        await take_acknowledgement(decode(acknowledgement("H-2021-10-27-37")), uow=uow, clock=clock)


async def test_an_alarm_is_raised_once_at_the_end_of_the_acknowledgement_time(uow, clock):
    async def check():
        return await run_acknowledgement_check(uow=uow, clock=clock, acknowledgement_time=ONE_DAY)

    clock.set(shanghai("2021-10-26 17:00"))
    await run(uow, clock)
    await take_acknowledgement(decode(acknowledgement("H-2021-10-26-37")), uow=uow, clock=clock)
    clock.set(clock.now() + ONE_DAY - timedelta(microseconds=1))
    assert await check() == []
    clock.set(clock.now() + timedelta(microseconds=1))
    assert len(await check()) == 31
    assert await check() == []
    assert len(uow.told(HandoverUnacknowledged)) == 31
