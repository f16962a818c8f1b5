"""Faults at random moments: what is drawn from a seed, and that each is set off once."""

from collections import Counter
from datetime import date

import pytest
from simulation.platform.layout import SERVICES
from simulation.population.plan import Moment
from simulation.window.faults import (
    CALLS_MAX,
    MOMENTS_LEFT,
    Fault,
    FaultNotSetOff,
    Strike,
    Strikes,
    draw_strikes,
)
from simulation.window.player import acts

DAY = date(2021, 11, 3)


def strike(call_count=1, *, day=DAY, moment=Moment.BLOCK, service="mrv"):
    return Strike(
        fault=Fault.KILL, day=day, moment=moment, call_count=call_count, delay_seconds=0, service=service
    )


@pytest.fixture
def seen():
    return []


@pytest.fixture
def make(seen):
    async def kill(strike):
        seen.append(strike)

    return lambda *strikes: Strikes(7, strikes, {Fault.KILL: kill})


def test_the_same_seed_draws_the_same_faults_and_another_seed_others(plan):
    assert draw_strikes(7, plan) == draw_strikes(7, plan)
    assert draw_strikes(7, plan) != draw_strikes(8, plan)


def test_every_service_is_killed_as_often_as_asked_for(plan):
    drawn = draw_strikes(7, plan, kills_each=3, broker_count=1, cut_count=2)
    kills = Counter(one.service for one in drawn if one.fault is Fault.KILL)
    assert kills == dict.fromkeys(SERVICES, 3)
    assert Counter(one.fault for one in drawn) == {Fault.KILL: 15, Fault.BROKER: 1, Fault.CUT: 2}


def test_faults_fall_into_moments_in_which_somebody_acts_and_early_enough_to_strike(plan):
    moments = [
        (day, moment) for day in sorted(plan.days) for moment in Moment if acts(plan, plan.days[day], moment)
    ]
    drawn = draw_strikes(7, plan, kills_each=100)
    assert {(one.day, one.moment) for one in drawn} <= {*moments[:-MOMENTS_LEFT], (min(plan.days), None)}
    assert all(1 <= one.call_count <= CALLS_MAX for one in drawn)
    assert len({one.moment for one in drawn}) == len(Moment) + 1, "every kind of moment, and the preparation"


def test_the_broker_is_lost_in_the_middle_of_the_window(plan):
    days = sorted(plan.days)
    quarter = len(days) // 4
    drawn = draw_strikes(7, plan, kills_each=0, broker_count=100, cut_count=0)
    assert {one.day for one in drawn} <= set(days[quarter:-quarter])


def test_a_window_that_is_played_in_part_has_its_faults_in_that_part(plan):
    until = date(2021, 11, 5)
    assert max(one.day for one in draw_strikes(7, plan, until=until, kills_each=50)) <= until


async def test_a_fault_strikes_at_its_call_and_once(make, seen):
    strikes = make(strike(2))
    strikes.on_call("before its moment")
    strikes.on_call("before its moment")
    strikes.on_moment(DAY, Moment.BLOCK)
    strikes.on_call("first")
    assert len(strikes._tasks) == 0
    strikes.on_call("second")
    strikes.on_call("third")
    await strikes.finish()
    assert seen == strikes.struck == [strike(2)]


async def test_calls_that_a_moment_does_not_make_are_counted_on_in_the_next(make, seen):
    strikes = make(strike(2))
    strikes.on_moment(DAY, Moment.BLOCK)
    strikes.on_call("the moment's only call")
    strikes.on_moment(DAY, Moment.LISTED_AFTERNOON)
    strikes.on_call("the next moment's first")
    await strikes.finish()
    assert len(seen) == 1


@pytest.mark.parametrize("call_count", [0, 1])
async def test_a_fault_that_was_not_set_off_fails_the_run(make, call_count):
    strikes = make(strike(2))
    for _ in range(call_count):
        strikes.on_moment(DAY, Moment.BLOCK)
        strikes.on_call("first")
    with pytest.raises(FaultNotSetOff, match="mrv killed on 2021-11-03 at block"):
        await strikes.finish()


async def test_a_fault_that_could_not_strike_fails_the_run():
    async def fail(_strike):
        raise ConnectionError("nobody there")

    strikes = Strikes(7, [strike()], {Fault.KILL: fail})
    strikes.on_moment(DAY, Moment.BLOCK)
    strikes.on_call("first")
    with pytest.raises(ConnectionError):
        await strikes.finish()


async def test_what_struck_is_told_with_the_seed(make):
    strikes = make(strike(1, moment=None))
    strikes.on_moment(DAY, None)
    strikes.on_call("first")
    await strikes.finish()
    assert strikes.told().splitlines() == [
        "faults of seed 7:",
        "mrv killed on 2021-11-03 at the preparation of the window, 0.0000 s after call 1",
    ]
