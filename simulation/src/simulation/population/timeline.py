"""The days of the window, from the calendars of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ets_kernel.domain.calendars import load_session_calendar, load_work_calendar

from simulation.scenario import Scenario

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Dates of the window in order; `opening` is the session before it, on which everything is prepared."""

    opening: date
    dates: tuple[date, ...]
    sessions: tuple[date, ...]
    work_days: tuple[date, ...]

    def previous_session(self, day: date) -> date:
        """Give the last session before a day, or the opening day."""
        return max((session for session in self.sessions if session < day), default=self.opening)

    def next_session(self, day: date) -> date | None:
        """Give the first session after a day, or nothing at the end of the window."""
        return min((session for session in self.sessions if session > day), default=None)

    def work_days_between(self, first: date, last: date) -> tuple[date, ...]:
        """Give the work days from first to last, both included."""
        return tuple(day for day in self.work_days if first <= day <= last)

    def next_work_day(self, day: date) -> date | None:
        """Give the first work day after a day, or nothing at the end of the window."""
        return min((other for other in self.work_days if other > day), default=None)


def make_timeline(scenario: Scenario) -> Timeline:
    """Give the days from the first to the last date of the scenario."""
    first, last = scenario.first_date, scenario.last_date
    count = (last - first).days + 1
    return Timeline(
        opening=load_session_calendar().previous(first),
        dates=tuple(first + _DAY * number for number in range(count)),
        sessions=load_session_calendar().sessions(first, last),
        work_days=load_work_calendar().work_days(first, last),
    )
