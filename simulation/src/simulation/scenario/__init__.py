"""A scenario: the figures of one compliance cycle with their kind and source, read from package data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

from simulation.population.plan import Moment, Venue

SCENARIOS: Final = {"2019-2020": "first_cycle_2019_2020.toml"}


class FigureKind(StrEnum):
    """Where a figure comes from: stated officially, arithmetic on such statements, or ours."""

    PUBLISHED = "published"
    DERIVED = "derived"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the scenario with its unit, its kind and its source (title and date)."""

    key: str
    value: int
    unit: str
    kind: FigureKind
    source: str
    date: date
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The figures and the assumed shape of one cycle; the file says the source of each."""

    cycle: str
    first_date: date
    last_date: date
    last_application_date: date
    last_cancellation_date: date
    allocation_rounding: str
    moments: Mapping[Moment, time]
    figures: Mapping[str, Figure]
    province_weights: Mapping[str, int]
    close_anchors: Mapping[date, int]
    extremes: Mapping[str, date]
    december_session_weights: Mapping[int, int]
    surrender_weights: Mapping[date, int]
    venues: tuple[Venue, ...]

    def __getitem__(self, key: str) -> int:
        return self.figures[key].value


def load_scenario(cycle: str = "2019-2020") -> Scenario:
    """Read the scenario of a cycle from the package's own data."""
    text = files(__name__).joinpath(SCENARIOS[cycle]).read_text(encoding="utf-8")
    return _scenario(tomllib.loads(text))


def _scenario(table: dict[str, Any]) -> Scenario:
    return Scenario(
        cycle=table["cycle"],
        first_date=table["first_date"],
        last_date=table["last_date"],
        last_application_date=table["last_application_date"],
        last_cancellation_date=table["last_cancellation_date"],
        allocation_rounding=table["allocation_rounding"],
        moments={Moment(name): at for name, at in table["moments"].items()},
        figures={key: _figure(key, row) for key, row in table["figures"].items()},
        province_weights=table["province_weights"],
        close_anchors={date.fromisoformat(day): close for day, close in table["close_anchors"].items()},
        extremes=table["extremes"],
        december_session_weights={int(day): w for day, w in table["december_session_weights"].items()},
        surrender_weights={date.fromisoformat(day): w for day, w in table["surrender_weights"].items()},
        venues=tuple(Venue(**row) for row in table["venues"]),
    )


def _figure(key: str, row: dict[str, Any]) -> Figure:
    return Figure(key=key, **{**row, "kind": FigureKind(row["kind"])})
