from datetime import timedelta

from ccer_bridge.app.run_acknowledgement_check import run_acknowledgement_check
from ccer_bridge.domain.events import HandoverUnacknowledged
from handover_steps import DAY, HANDOVER, answer, hand_over, with_application

ONE_DAY = timedelta(days=1)


async def test_an_alarm_is_raised_once_at_the_end_of_the_acknowledgement_time(clock):
    uow = await with_application(clock)

    async def check():
        return await run_acknowledgement_check(uow=uow, clock=clock, acknowledgement_time=ONE_DAY)

    await hand_over(uow, clock)
    await answer(uow, clock, HANDOVER)
    clock.set(clock.now() + ONE_DAY - timedelta(microseconds=1))
    assert await check() == []
    clock.set(clock.now() + timedelta(microseconds=1))
    alarmed = await check()
    assert len(alarmed) == 31
    assert HANDOVER not in alarmed
    assert {uow.handovers.states[number].alarmed_time for number in alarmed} == {clock.now()}
    assert await check() == []
    told = uow.told(HandoverUnacknowledged)
    assert [fact.handover_no for fact in told] == alarmed
    assert {(fact.business_date, fact.issue_no) for fact in told} == {(DAY, 1)}
