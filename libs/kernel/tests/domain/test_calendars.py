from datetime import date, timedelta

import pytest
from ets_kernel.domain.calendars import (
    CalendarYear,
    SessionCalendar,
    calendar_years,
    load_session_calendar,
    load_work_calendar,
)
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import CalendarYearUnknown
from hypothesis import given
from hypothesis import strategies as st

# Work days and session days of each year, counted from independent calendars when the data was entered.
COUNTS = {
    2019: (250, 244),
    2020: (249, 243),
    2021: (250, 243),
    2022: (249, 242),
    2023: (249, 242),
    2024: (251, 242),
    2025: (248, 243),
    2026: (248, 242),
}

work = load_work_calendar()
sessions = load_session_calendar()
days = st.dates(min_value=date(2019, 1, 10), max_value=date(2026, 12, 20))


@pytest.mark.parametrize("year", COUNTS)
def test_year_has_so_many_work_days_and_sessions(year):
    first, last = date(year, 1, 1), date(year, 12, 31)
    assert (len(work.work_days(first, last)), len(sessions.sessions(first, last))) == COUNTS[year]


def test_ccer_window_of_the_first_cycle_has_49_sessions():
    assert len(sessions.sessions(date(2021, 10, 26), date(2021, 12, 31))) == 49


def test_first_market_year_has_114_sessions():
    assert len(sessions.sessions(date(2021, 7, 16), date(2021, 12, 31))) == 114


@pytest.mark.parametrize(
    ("day", "is_work_day", "is_session_day"),
    [
        (date(2021, 10, 9), True, False),  # Saturday, made up for National Day.
        (date(2021, 9, 26), True, False),  # Sunday, made up for National Day.
        (date(2021, 10, 7), False, False),  # National Day, a Thursday.
        (date(2021, 10, 8), True, True),
        (date(2021, 10, 16), False, False),  # A plain Saturday.
        (date(2021, 12, 31), True, True),
        (date(2020, 1, 31), False, False),  # A Friday; the holiday was prolonged in the epidemic.
        (date(2020, 2, 1), False, False),  # First announced as a make-up Saturday, then taken back.
        (date(2020, 2, 3), True, True),
        (date(2019, 5, 2), False, False),  # Made a holiday in March of that year.
        (date(2019, 5, 5), True, False),
        (date(2024, 2, 9), True, False),  # Only the exchange was closed.
    ],
)
def test_day_is_what_was_announced(day, is_work_day, is_session_day):
    assert work.is_work_day(day) is is_work_day
    assert sessions.is_session_day(day) is is_session_day


def test_next_and_previous_session_skip_a_holiday():
    assert sessions.next(date(2021, 9, 30)) == date(2021, 10, 8)
    assert sessions.previous(date(2021, 10, 8)) == date(2021, 9, 30)
    assert sessions.next(date(2021, 10, 3)) == date(2021, 10, 8)
    assert sessions.previous(date(2021, 10, 3)) == date(2021, 9, 30)
    assert sessions.next(date(2021, 9, 29), 2) == date(2021, 10, 8)
    assert sessions.previous(date(2021, 10, 11), 2) == date(2021, 9, 30)


def test_next_session_crosses_the_year():
    assert sessions.next(date(2021, 12, 31)) == date(2022, 1, 4)


def test_term_of_work_days_counts_make_up_days_and_starts_the_day_after():
    assert work.add_work_days(date(2021, 9, 30), 1) == date(2021, 10, 8)
    assert work.add_work_days(date(2021, 9, 30), 2) == date(2021, 10, 9)
    assert work.add_work_days(date(2021, 9, 30), 3) == date(2021, 10, 11)


@pytest.mark.parametrize("count", [0, -1])
def test_term_of_no_days_is_our_own_mistake(count):
    with pytest.raises(BrokenClaim):
        work.add_work_days(date(2021, 9, 30), count)


@pytest.mark.parametrize(
    ("ask", "year"),
    [
        (lambda: work.is_work_day(date(2018, 12, 31)), "2018"),
        (lambda: work.is_work_day(date(2027, 1, 1)), "2027"),
        (lambda: sessions.is_session_day(date(2027, 1, 1)), "2027"),
        (lambda: sessions.sessions(date(2018, 12, 31), date(2019, 1, 2)), "2018"),
        (lambda: work.work_days(date(2026, 12, 31), date(2027, 1, 1)), "2027"),
        (lambda: sessions.next(date(2026, 12, 31)), "2027"),
        (lambda: sessions.previous(date(2019, 1, 2)), "2018"),
        (lambda: work.add_work_days(date(2026, 12, 1), 100), "2027"),
    ],
)
def test_year_without_data_refuses(ask, year):
    with pytest.raises(CalendarYearUnknown) as caught:
        ask()
    assert caught.value.metadata == {"year": year, "first_year": "2019", "last_year": "2026"}


@given(days)
def test_next_session_is_the_first_open_day_after(day):
    following = day + timedelta(days=1)
    while not sessions.is_session_day(following):
        following += timedelta(days=1)
    assert sessions.next(day) == following
    assert sessions.previous(following) <= day


@given(days)
def test_session_day_is_a_work_day_on_monday_to_friday(day):
    if sessions.is_session_day(day):
        assert work.is_work_day(day)
        assert day.weekday() < 5


@pytest.mark.parametrize("year", calendar_years(), ids=lambda year: str(year.year))
def test_every_year_cites_the_notice_it_comes_from(year):
    assert (
        f"国务院办公厅关于{year.year}年部分节假日安排的通知, 国办发明电〔{year.year - 1}〕" in year.sources[0]
    )


def _year(number, **changes):
    announced = {
        "sources": ("test",),
        "holidays": frozenset(),
        "make_up_work_days": frozenset(),
        "exchange_closures": frozenset(),
    }
    return CalendarYear(year=number, **(announced | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"holidays": frozenset({date(2022, 1, 1)})},
        {"make_up_work_days": frozenset({date(2021, 1, 4)})},
        {"holidays": frozenset({date(2021, 1, 2)}), "make_up_work_days": frozenset({date(2021, 1, 2)})},
        {"sources": ()},
    ],
)
def test_year_that_contradicts_itself_is_our_own_mistake(changes):
    with pytest.raises(BrokenClaim):
        _year(2021, **changes)


@pytest.mark.parametrize("numbers", [(), (2021, 2023), (2022, 2021)])
def test_calendar_with_a_hole_is_our_own_mistake(numbers):
    with pytest.raises(BrokenClaim):
        SessionCalendar([_year(number) for number in numbers])
