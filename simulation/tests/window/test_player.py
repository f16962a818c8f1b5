"""The player against a platform that says yes: what is asked when, and again after an interruption."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from fake_platform import FakeWorld, Interrupted
from simulation.platform.secrets import Secrets
from simulation.population.plan import Day, Moment
from simulation.window.batches import MissingRefusal
from simulation.window.player import Player, acts, at, is_handover_day, is_summary_day
from simulation.window.progress import Progress, ProgressFile

UNTIL = date(2021, 10, 29)
# Above the calls of the longest moment, the preparation.
CALLS_MAX = 500
REFUSALS = {"-ineligible": "PROJECT_INSIDE_NATIONAL_MARKET"}


@pytest.fixture
def secrets(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    secrets.ensure()
    return secrets


def player(world, secrets, plan, folder):
    path = folder / "progress.json"
    progress = Progress.read(path) or Progress(cycle=plan.cycle, seed=plan.seed, plan_digest=plan.digest())
    return Player(world, secrets, plan, ProgressFile(path, progress))


async def test_an_interrupted_window_asks_for_the_same_things_as_a_whole_one(plan, secrets, tmp_path):
    whole = FakeWorld(refusals=REFUSALS)
    moments = []
    await player(whole, secrets, plan, tmp_path / "whole").play(UNTIL, lambda *moment: moments.append(moment))
    days = [day for day in sorted(plan.days) if day <= UNTIL]
    played = [(day, moment) for day in days for moment in Moment if acts(plan, plan.days[day], moment)]
    assert moments == [(min(days), None), *played]
    # One run after the other goes away after so many calls; the next one goes on from the file.
    parts = FakeWorld(refusals=REFUSALS)
    is_done = False
    while not is_done:
        part = FakeWorld(refusals=REFUSALS, calls_max=CALLS_MAX)
        with suppress(Interrupted):
            await player(part, secrets, plan, tmp_path / "parts").play(UNTIL, lambda _day, _moment: None)
            is_done = True
        parts.calls += part.calls
    assert parts.requests() == whole.requests()
    assert len(parts.calls) > len(whole.calls)


async def test_a_window_that_was_played_to_a_date_goes_on_behind_it(plan, secrets, tmp_path):
    first = FakeWorld(refusals=REFUSALS)
    await player(first, secrets, plan, tmp_path).play(date(2021, 10, 26), lambda _day, _moment: None)
    second = FakeWorld(refusals=REFUSALS)
    days = set()
    await player(second, secrets, plan, tmp_path).play(date(2021, 10, 27), lambda day, _moment: days.add(day))
    assert days == {date(2021, 10, 27)}
    assert not first.requests().keys() & second.requests().keys()


async def test_a_form_that_must_be_refused_and_is_not_stops_the_window(plan, secrets, tmp_path):
    with pytest.raises(MissingRefusal):
        await player(FakeWorld(), secrets, plan, tmp_path).play(max(plan.days), lambda _day, _moment: None)


async def test_every_reduction_of_the_window_was_made_before_march_2017(plan, secrets, tmp_path):
    world = FakeWorld(refusals=REFUSALS)
    await player(world, secrets, plan, tmp_path).play(date(2021, 10, 26), lambda _day, _moment: None)
    requests = [request for name, request in world.calls if name == "IssueReductions"]
    issues = [issue for request in requests for issue in request.issues]
    assert len(issues) == len(plan.issues)
    assert max(issue.period_end for issue in issues) < "2017-03-01"


def test_hand_overs_run_on_all_51_days_and_weekends(plan):
    days = [day for day in plan.days if is_handover_day(plan, day)]
    assert (days[0], days[-1], len(days)) == (date(2021, 10, 26), date(2021, 12, 15), 51)


def test_summaries_are_sent_on_fridays_until_the_last_decision_is_told(plan):
    fridays = [day for day in plan.days if is_summary_day(plan, day)]
    assert (fridays[0], fridays[-1], len(fridays)) == (date(2021, 10, 29), date(2021, 12, 17), 8)
    decided = max(day.date for day in plan.days.values() if day.decisions)
    assert decided <= fridays[-1]


def test_a_moment_is_in_beijing_time(plan):
    moment = at(date(2021, 12, 15), plan, Moment.HANDOVER)
    assert moment.isoformat() == "2021-12-15T17:05:00+08:00"


def test_nobody_acts_on_an_idle_day_but_the_centre_and_the_registry(plan):
    idle = Day(date=date(2021, 11, 6), is_session=False, is_work_day=False)
    assert [moment for moment in Moment if acts(plan, idle, moment)] == [Moment.HANDOVER, Moment.LATE]


@pytest.mark.parametrize(
    ("field", "moment"),
    [
        ("open_ccer_accounts", Moment.OPENING), ("open_trading_accounts", Moment.OPENING),
        ("transfers_from_trading", Moment.MORNING), ("ccer_from_venue", Moment.MORNING),
        ("cash_withdrawals", Moment.MORNING), ("decisions", Moment.MORNING),
        ("morning_surrender_decisions", Moment.MORNING), ("listed_morning", Moment.LISTED_MORNING),
        ("block_deals", Moment.BLOCK), ("listed_afternoon", Moment.LISTED_AFTERNOON),
        ("applications", Moment.AFTER_CLOSE), ("ineligible_applications", Moment.AFTER_CLOSE),
        ("cancellations", Moment.AFTER_CLOSE), ("surrender_applications", Moment.SURRENDER),
        ("surrender_decisions", Moment.SURRENDER_DECISION), ("deposits", Moment.PREPARATION),
        ("transfers_to_trading", Moment.PREPARATION), ("ccer_to_venue", Moment.PREPARATION),
    ],
)  # fmt: skip
def test_every_kind_of_action_has_its_moment(plan, field, moment):
    idle = Day(date=date(2021, 12, 25), is_session=False, is_work_day=False)
    busy = replace(idle, **{field: ("somebody's action",)})
    assert acts(plan, busy, moment)
    assert not acts(plan, idle, moment)
