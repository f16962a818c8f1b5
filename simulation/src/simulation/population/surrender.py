"""Surrender: when each entity hands in what it owes, or what it has, and when its province answers.

SUR-1  An application comes after everything in it exists: bought units are registered, credits are made.
SUR-2  Every answer is given by the last work day of the window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from simulation.population.agenda import Stage
from simulation.population.offset import OffsetCase
from simulation.population.plan import Entity, SurrenderApplication, SurrenderDecision
from simulation.population.roles import Roles

_SAME_DAY_PERCENT: Final = 60
_SOON: Final = 6
_LATE_PAYERS_FROM: Final = 13  # December: who falls short waits until the last weeks.
_DAY: Final = timedelta(days=1)


def plan_surrenders(
    stage: Stage,
    entities: Sequence[Entity],
    roles: Roles,
    *,
    bought: Mapping[str, date],
    cases: Mapping[str, OffsetCase],
) -> None:
    """Plan the application and the answer of every entity that surrenders anything."""
    order = list(entities)
    stage.chance.shuffle(order)
    answers: dict[date, list[SurrenderDecision]] = {}
    for entity in order:
        total = roles.surrendered_t(entity)
        if total == 0:
            continue
        code = entity.credit_code
        case = cases.get(code)
        offsets = case.credits if case else ()
        application = SurrenderApplication(
            ref=f"SURRENDER{code}",
            credit_code=code,
            province_code=entity.province_code,
            allowance_tco2e=total - sum(line.quantity_tco2e for line in offsets),
            offsets=offsets,
        )
        waits = [bought[code]] if code in bought else []
        waits += [case.ready] if case else []
        if code in roles.shortfall_t:
            waits.append(date(stage.scenario.last_date.year, 12, _LATE_PAYERS_FROM))
        day = _day(stage, max(waits, default=None))
        stage.agenda.put(day, "surrender_applications", application)
        decision = SurrenderDecision(application_ref=application.ref, province_code=entity.province_code)
        next_day = stage.timeline.next_work_day(day)
        if next_day is None or stage.chance.randrange(100) < _SAME_DAY_PERCENT:
            stage.agenda.put(day, "surrender_decisions", decision)
        else:
            answers.setdefault(next_day, []).append(decision)
    for day in sorted(answers):
        stage.agenda.put(day, "morning_surrender_decisions", *answers[day])


def _day(stage: Stage, earliest: date | None) -> date:
    """Choose a work day soon after the earliest one, or by the scenario's weeks when nothing has to be awaited."""
    timeline, chance = stage.timeline, stage.chance
    if earliest is not None:
        return chance.choice(timeline.work_days_between(earliest, timeline.dates[-1])[:_SOON])
    weeks = sorted(stage.scenario.surrender_weights)
    last = chance.choices(weeks, [stage.scenario.surrender_weights[week] for week in weeks])[0]
    number = weeks.index(last)
    first = weeks[number - 1] + _DAY if number else timeline.dates[0] + _DAY
    return chance.choice(timeline.work_days_between(first, last))
