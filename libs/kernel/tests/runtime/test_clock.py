"""The clocks of a running service."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.errors import ClockBackwards
from ets_kernel.runtime.clock import SimulatedClock, SystemClock

START = datetime(2021, 10, 26, tzinfo=UTC)


@pytest.fixture
def simulated(database):
    return SimulatedClock(database, start=START)


async def test_a_clock_that_was_never_set_begins_at_its_start(simulated):
    await simulated.load()
    assert simulated.now() == START


async def test_a_set_clock_survives_a_restart(simulated, database):
    await simulated.load()
    assert await simulated.set(START + timedelta(days=1)) == START + timedelta(days=1)
    again = SimulatedClock(database, start=START)
    await again.load()
    assert again.now() == simulated.now() == START + timedelta(days=1)


async def test_the_present_time_again_changes_nothing(simulated):
    await simulated.load()
    assert await simulated.set(START) == START


async def test_an_earlier_time_is_refused_and_changes_nothing(simulated):
    await simulated.load()
    with pytest.raises(ClockBackwards) as refusal:
        await simulated.set(START - timedelta(microseconds=1))
    assert refusal.value.metadata["business_time"] == START.isoformat()
    assert simulated.now() == START


async def test_a_clock_set_by_many_at_once_ends_at_the_latest_time(simulated):
    await simulated.load()
    outcomes = await asyncio.gather(
        *(simulated.set(START + timedelta(hours=hours)) for hours in (3, 1, 5, 2)), return_exceptions=True
    )
    assert simulated.now() == START + timedelta(hours=5)
    assert all(isinstance(outcome, datetime | ClockBackwards) for outcome in outcomes)


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().tzinfo is UTC
