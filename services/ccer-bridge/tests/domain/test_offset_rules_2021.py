"""The days and hours of the first cycle, each at its boundary."""

from datetime import date, timedelta

import pytest
from ccer_bridge.domain.errors import CancellationWindowClosed, OutsideHandoverWindow
from ccer_bridge.domain.offset_rules_2021 import (
    CANCELLATION_DEADLINE_TIME,
    HANDOVER_FIRST_DATE,
    HANDOVER_LAST_DATE,
    handover_cut_off,
    handover_dates,
    refusal_of_cancellation_time,
    refusal_of_handover,
)
from ccer_messages import shanghai
from ets_kernel.domain.errors import TooEarly

MICROSECOND = timedelta(microseconds=1)


def test_the_deadline_is_seventeen_hours_in_shanghai_and_itself_too_late():
    assert shanghai("2021-12-15 17:00") == CANCELLATION_DEADLINE_TIME
    assert refusal_of_cancellation_time(CANCELLATION_DEADLINE_TIME - MICROSECOND) is None
    refusal = refusal_of_cancellation_time(CANCELLATION_DEADLINE_TIME)
    assert isinstance(refusal, CancellationWindowClosed)
    assert refusal.metadata["deadline_time"] == "2021-12-15T09:00:00+00:00"


def test_the_last_cut_off_is_the_deadline_so_nothing_is_left_behind():
    assert handover_cut_off(HANDOVER_LAST_DATE) == CANCELLATION_DEADLINE_TIME


@pytest.mark.parametrize(
    ("day", "at", "refusal"),
    [
        (date(2021, 10, 25), "2021-10-26 17:00", OutsideHandoverWindow),
        (date(2021, 10, 26), "2021-10-26 16:59:59.999999", TooEarly),
        (date(2021, 10, 26), "2021-10-26 17:00", None),
        (date(2021, 12, 15), "2021-12-15 17:00", None),
        (date(2021, 12, 15), "2021-12-31 17:00", None),
        (date(2021, 12, 16), "2021-12-16 17:00", OutsideHandoverWindow),
        (date(2021, 12, 16), "2021-12-15 17:00", OutsideHandoverWindow),
    ],
)
def test_a_hand_over_runs_in_its_window_from_seventeen_hours(day, at, refusal):
    assert type(refusal_of_handover(day, shanghai(at))) is (refusal or type(None))


def test_the_window_has_fifty_one_dates():
    dates = list(handover_dates(None, HANDOVER_LAST_DATE))
    assert (len(dates), dates[0], dates[-1]) == (51, HANDOVER_FIRST_DATE, HANDOVER_LAST_DATE)


def test_dates_go_on_behind_the_last_one_run():
    assert list(handover_dates(date(2021, 10, 30), date(2021, 11, 1))) == [
        date(2021, 10, 31),
        date(2021, 11, 1),
    ]
    assert list(handover_dates(date(2021, 11, 1), date(2021, 11, 1))) == []
    assert list(handover_dates(date(2021, 11, 5), date(2021, 11, 1))) == []
