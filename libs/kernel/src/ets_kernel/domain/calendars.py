"""Work days of the authorities and sessions of the exchange, from data files with their source, 2019 to 2026.

One file per year in `data/` holds what the General Office of the State Council and the exchange announced.
The allowance market opened on 16 July 2021; sessions before that day are those of the securities exchanges.

CAL-1  A work day is a Monday to Friday outside the announced holidays, or an announced make-up day.
CAL-2  A session day is a Monday to Friday outside the announced holidays and the exchange's own closures;
       a make-up day is never one.
CAL-3  A year without a file refuses: no calendar guesses.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import CalendarYearUnknown

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """What was announced for one year."""

    year: int
    sources: tuple[str, ...]
    holidays: frozenset[date]
    make_up_work_days: frozenset[date]
    exchange_closures: frozenset[date]

    def __post_init__(self) -> None:
        for day in self.holidays | self.make_up_work_days | self.exchange_closures:
            ensure(day.year == self.year, f"{day} is a day of {self.year}")
        for day in self.make_up_work_days:
            ensure(day.weekday() >= _SATURDAY, f"The make-up day {day} is on a weekend")
        ensure(self.holidays.isdisjoint(self.make_up_work_days), f"{self.year}: no holiday is a make-up day")
        ensure(bool(self.sources), f"{self.year} has a source")

    def work_days(self) -> Iterator[date]:
        """Give the work days of the year, in order."""
        for day in self._days():
            if day in self.make_up_work_days or (day.weekday() < _SATURDAY and day not in self.holidays):
                yield day

    def session_days(self) -> Iterator[date]:
        """Give the session days of the year, in order."""
        closed = self.holidays | self.exchange_closures
        for day in self._days():
            if day.weekday() < _SATURDAY and day not in closed:
                yield day

    def _days(self) -> Iterator[date]:
        day = date(self.year, 1, 1)
        while day.year == self.year:
            yield day
            day += _DAY


class WorkCalendar:
    """The work days (工作日) in which terms are counted. Every method may raise CALENDAR_YEAR_UNKNOWN."""

    __slots__ = ("_open",)

    def __init__(self, years: Sequence[CalendarYear]) -> None:
        self._open = _open_days(years, [day for year in years for day in year.work_days()])

    def is_work_day(self, day: date) -> bool:
        """Tell whether the authorities work on a day."""
        return self._open.is_open(day)

    def work_days(self, first: date, last: date) -> tuple[date, ...]:
        """Give the work days from first to last, both included."""
        return self._open.between(first, last)

    def add_work_days(self, day: date, count: int) -> date:
        """Give the last day of a term of `count` work days that begins the day after `day`."""
        return self._open.after(day, count)


class SessionCalendar:
    """The days on which the exchange trades (交易日). Every method may raise CALENDAR_YEAR_UNKNOWN."""

    __slots__ = ("_open",)

    def __init__(self, years: Sequence[CalendarYear]) -> None:
        self._open = _open_days(years, [day for year in years for day in year.session_days()])

    def is_session_day(self, day: date) -> bool:
        """Tell whether the exchange trades on a day."""
        return self._open.is_open(day)

    def sessions(self, first: date, last: date) -> tuple[date, ...]:
        """Give the session days from first to last, both included."""
        return self._open.between(first, last)

    def next(self, day: date, count: int = 1) -> date:
        """Give the session day that is `count` sessions after a day."""
        return self._open.after(day, count)

    def previous(self, day: date, count: int = 1) -> date:
        """Give the session day that is `count` sessions before a day."""
        return self._open.before(day, count)


@cache
def load_work_calendar() -> WorkCalendar:
    """Give the work calendar of all years in the package."""
    return WorkCalendar(calendar_years())


@cache
def load_session_calendar() -> SessionCalendar:
    """Give the session calendar of all years in the package."""
    return SessionCalendar(calendar_years())


@cache
def calendar_years() -> tuple[CalendarYear, ...]:
    """Read the announced years from the package, in order."""
    folder = resources.files("ets_kernel.domain") / "data"
    files = sorted(
        (file for file in folder.iterdir() if file.name.startswith("calendar_")), key=lambda f: f.name
    )
    return tuple(_year_of(json.loads(file.read_text(encoding="utf-8"))) for file in files)


def _year_of(record: dict[str, Any]) -> CalendarYear:
    return CalendarYear(
        year=record["year"],
        sources=tuple(f"{item['title']}, {item['number']}, {item['date']}" for item in record["sources"]),
        holidays=frozenset(day for span in record["holidays"] for day in _span(span["first"], span["last"])),
        make_up_work_days=frozenset(map(date.fromisoformat, record["make_up_work_days"])),
        exchange_closures=frozenset(date.fromisoformat(item["day"]) for item in record["exchange_closures"]),
    )


def _span(first: str, last: str) -> Iterator[date]:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    ensure(day <= end, f"The holiday from {first} to {last} begins before it ends")
    while day <= end:
        yield day
        day += _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenDays:
    first_year: int
    last_year: int
    days: tuple[date, ...]
    members: frozenset[date]

    def is_open(self, day: date) -> bool:
        self._require_year(day.year)
        return day in self.members

    def between(self, first: date, last: date) -> tuple[date, ...]:
        self._require_year(first.year)
        self._require_year(last.year)
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def after(self, day: date, count: int) -> date:
        ensure(count > 0, "A day after another is at least one step away")
        self._require_year(day.year)
        return self._at(bisect_right(self.days, day) + count - 1)

    def before(self, day: date, count: int) -> date:
        ensure(count > 0, "A day before another is at least one step away")
        self._require_year(day.year)
        return self._at(bisect_left(self.days, day) - count)

    def _at(self, index: int) -> date:
        if index < 0:
            raise self._unknown(self.first_year - 1)
        if index >= len(self.days):
            raise self._unknown(self.last_year + 1)
        return self.days[index]

    def _require_year(self, year: int) -> None:
        if not self.first_year <= year <= self.last_year:
            raise self._unknown(year)

    def _unknown(self, year: int) -> CalendarYearUnknown:
        return CalendarYearUnknown(
            f"The calendar has no data for {year}, only for {self.first_year} to {self.last_year}.",
            year=year,
            first_year=self.first_year,
            last_year=self.last_year,
        )


def _open_days(years: Sequence[CalendarYear], days: Sequence[date]) -> _OpenDays:
    numbers = [year.year for year in years]
    ensure(bool(numbers), "A calendar has years")
    ensure(
        numbers == list(range(numbers[0], numbers[0] + len(numbers))),
        "The years of a calendar follow each other",
    )
    return _OpenDays(first_year=numbers[0], last_year=numbers[-1], days=tuple(days), members=frozenset(days))
