from datetime import date

import pytest
from ccer_bridge.domain.errors import OutsideHandoverWindow
from ccer_bridge.domain.events import HandoverIssued
from ccer_messages import shanghai
from ets_kernel.domain.errors import TooEarly
from handover_steps import cancel, hand_over, run, with_application


@pytest.fixture
async def uow(clock):
    return await with_application(clock)


async def test_late_rows_go_to_the_next_day_and_a_repeat_hands_over_nothing(uow, clock):
    await cancel(uow, clock, 10)
    clock.set(shanghai("2021-10-26 17:00"))
    await cancel(uow, clock, 20)
    assert await run(uow, clock) == (32, 1, 10)
    assert await run(uow, clock) == (0, 0, 0)
    assert await hand_over(uow, clock, date(2021, 10, 27)) == (32, 1, 20)
    assert await hand_over(uow, clock, date(2021, 10, 28)) == (32, 0, 0)
    assert {fact.handover.issue_no for fact in uow.told(HandoverIssued)} == {1}


async def test_a_run_is_early_before_its_hour_and_outside_its_window(uow, clock):
    with pytest.raises(TooEarly):
        await run(uow, clock)
    with pytest.raises(OutsideHandoverWindow):
        await run(uow, clock, date(2021, 10, 25))
    assert uow.facts == []


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
