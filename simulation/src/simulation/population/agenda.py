"""The days in the making: actions are put in as they are decided and come out as a plan's days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from simulation.population.plan import Day
from simulation.population.timeline import Timeline
from simulation.scenario import Scenario


class Agenda:
    """Collects the actions of every day under the field names of `Day`, in the order of `put`."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._actions: dict[date, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))

    def put(self, day: date, field: str, *actions: object) -> None:
        """Add actions to one field of a day."""
        self._actions[day][field].extend(actions)

    def days(self) -> dict[date, Day]:
        """Give every day from the opening day to the last date, also those without any action."""
        line = self._timeline
        sessions, work_days = frozenset(line.sessions), frozenset(line.work_days)
        return {
            day: Day(
                date=day,
                is_session=day in sessions,
                is_work_day=day in work_days or day == line.opening,
                **{field: tuple(actions) for field, actions in self._actions[day].items()},
            )
            for day in (line.opening, *line.dates)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every part of the generator needs: the figures, chance, the calendar, and where actions go."""

    scenario: Scenario
    chance: Random
    timeline: Timeline
    agenda: Agenda
