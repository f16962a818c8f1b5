from datetime import date

import pytest
from ccer_bridge.adapters.decoding import weekly_summary
from ccer_bridge.app.receive_weekly_summary import receive_weekly_summary
from ccer_bridge.domain.errors import WeeklySummaryDiffers
from ccer_fakes import NOW, registry
from ccer_messages import summary
from ets.mrv.v1 import mrv_types_pb2
from ets_kernel.domain.clock import FixedClock

CONFIRMED = mrv_types_pb2.OFFSET_APPLICATION_STATUS_CONFIRMED
KEY = ("37", date(2021, 10, 29))
SUMMARY = weekly_summary(summary("2021-10-29", (1, CONFIRMED, 400), (2, CONFIRMED, 600)))


@pytest.fixture
async def uow():
    return await registry(FixedClock(NOW))


async def test_a_summary_is_stored_as_it_came_and_tells_nothing(uow):
    await receive_weekly_summary(SUMMARY, uow=uow)
    assert uow.applications.summaries == {KEY: SUMMARY}
    assert (len(SUMMARY.rows), SUMMARY.confirmed_tco2e) == (2, 1_000)
    assert uow.facts == []


async def test_another_content_is_refused_and_the_first_stays(uow):
    await receive_weekly_summary(SUMMARY, uow=uow)
    with pytest.raises(WeeklySummaryDiffers):
        await receive_weekly_summary(weekly_summary(summary("2021-10-29", (1, CONFIRMED, 400))), uow=uow)
    assert uow.applications.summaries == {KEY: SUMMARY}


async def test_each_province_and_friday_has_its_own_and_the_same_again_changes_nothing(uow):
    for _ in range(2):
        await receive_weekly_summary(SUMMARY, uow=uow)
        await receive_weekly_summary(weekly_summary(summary("2021-11-05")), uow=uow)
        await receive_weekly_summary(weekly_summary(summary("2021-10-29", province_code="11")), uow=uow)
    assert list(uow.applications.summaries) == [KEY, ("37", date(2021, 11, 5)), ("11", date(2021, 10, 29))]
