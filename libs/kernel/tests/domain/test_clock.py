from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from ets_kernel.domain.clock import ZONE, ZONE_NAME, FixedClock, business_date, business_time
from ets_kernel.domain.ensure import BrokenClaim
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2021, 12, 15, 4, 0, tzinfo=UTC)


def test_fixed_clock_stands_still_until_it_is_set():
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)


def test_clock_gives_utc_whatever_zone_it_was_set_in():
    clock = FixedClock(datetime(2021, 12, 15, 12, 0, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("use", [FixedClock, FixedClock(NOON).set, business_date])
def test_moment_without_a_zone_is_our_own_mistake(use):
    with pytest.raises(BrokenClaim, match="aware"):
        use(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2021, 12, 14, 15, 59, 59, 999999, tzinfo=UTC), date(2021, 12, 14)),
        (datetime(2021, 12, 14, 16, 0, tzinfo=UTC), date(2021, 12, 15)),
    ],
)
def test_business_date_changes_at_midnight_in_shanghai(at, day):
    assert business_date(at) == day


def test_business_time_is_the_utc_moment_of_an_hour_in_shanghai():
    assert business_time(date(2021, 12, 15), 17) == datetime(2021, 12, 15, 9, 0, tzinfo=UTC)
    assert business_time(date(2021, 12, 15), 0, 30) == datetime(2021, 12, 14, 16, 30, tzinfo=UTC)
    assert business_time(date(2021, 12, 15), 17).tzinfo is UTC


@given(st.datetimes(min_value=datetime(2019, 1, 1), max_value=datetime(2026, 12, 31)))  # noqa: DTZ001
def test_constant_offset_is_that_of_the_zone(moment):
    at = moment.replace(tzinfo=UTC)
    assert at.astimezone(ZONE).utcoffset() == at.astimezone(ZoneInfo(ZONE_NAME)).utcoffset()
