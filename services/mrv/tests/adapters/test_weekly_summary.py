"""Weekly summaries: every decision once, every province each Friday."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.mrv.v1 import mrv_events_pb2
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets_kernel.domain.errors import MalformedRequest, TooEarly
from mrv.domain.errors import NotAFriday
from mrv_messages import FIRST, PERIOD, PROVINCE, form, line, receipt
from mrv_world import CANCELLATIONS

FRIDAY = "2021-10-29"
NEXT_FRIDAY = "2021-11-05"
FRIDAY_NOON = datetime(2021, 10, 29, 4, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


async def test_a_friday_has_a_summary_of_each_province_also_without_rows(world):
    await world.allocate()
    first, second = await world.apply(form(line(600)), form(line(300)))
    await world.decide(first)
    await world.decide(second, is_confirmed=False)
    world.clock.set(FRIDAY_NOON)
    await world.apply(form(line(1)))
    assert await world.summarise(FRIDAY) == (32, 2)
    told = {event.province_code: event for event in await world.events(mrv_events_pb2.WeeklySummaryPublished)}
    assert len(told) == 32
    own = told.pop(PROVINCE)
    assert [(row.application_no, row.credit_code, row.status, row.confirmed_tco2e) for row in own.rows] == [
        (first, FIRST, types_pb.OFFSET_APPLICATION_STATUS_CONFIRMED, 600),
        (second, FIRST, types_pb.OFFSET_APPLICATION_STATUS_REFUSED, 0),
    ]
    assert (own.business_date, own.confirmed_tco2e) == (FRIDAY, 600)
    assert all(not event.rows and event.confirmed_tco2e == 0 for event in told.values())
    rows = await world.book("weekly_summaries")
    assert len(rows) == 33
    assert ("11", FRIDAY, "", "", "0") in rows
    assert (PROVINCE, FRIDAY, first, "confirmed", "600") in rows


async def test_a_friday_is_summarised_once_and_a_decision_is_in_one_summary(world):
    await world.allocate()
    (number,) = await world.confirmed(600)
    world.clock.set(FRIDAY_NOON)
    assert await world.summarise(FRIDAY) == (32, 1)
    assert await world.summarise(FRIDAY) == (32, 1)
    assert len(await world.events(mrv_events_pb2.WeeklySummaryPublished)) == 32
    world.clock.set(FRIDAY_NOON + WEEK)
    await world.confirmed(100)
    assert await world.summarise(NEXT_FRIDAY) == (32, 1)
    numbers = [row[2] for row in await world.book("weekly_summaries") if row[2]]
    assert sorted(numbers) == [number, f"OA-{PERIOD}-{FIRST}-2"]


async def test_a_late_summary_leaves_later_decisions_to_the_next_one(world):
    await world.allocate()
    await world.confirmed(600)
    world.clock.set(FRIDAY_NOON + timedelta(days=1))
    await world.confirmed(100)
    assert await world.summarise(FRIDAY) == (32, 1)
    world.clock.set(FRIDAY_NOON + WEEK)
    assert await world.summarise(NEXT_FRIDAY) == (32, 1)


async def test_what_was_cancelled_before_the_summary_is_told_as_confirmed(world):
    await world.allocate()
    await world.confirmed(600)
    await world.tell(CANCELLATIONS, receipt(1, 600))
    world.clock.set(FRIDAY_NOON)
    await world.summarise(FRIDAY)
    rows = [row[3:] for row in await world.book("weekly_summaries") if row[2]]
    assert rows == [("confirmed", "600")]


async def test_a_summary_is_of_a_friday_that_has_begun(world):
    with pytest.raises(NotAFriday):
        await world.summarise("2021-10-28")
    with pytest.raises(MalformedRequest):
        await world.summarise("2021-13-01")
    begins = datetime(2021, 10, 28, 16, 0, tzinfo=UTC)
    world.clock.set(begins - timedelta(seconds=1))
    with pytest.raises(TooEarly):
        await world.summarise(FRIDAY)
    world.clock.set(begins)
    assert await world.summarise(FRIDAY) == (32, 0)
