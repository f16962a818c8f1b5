"""The generator: a scenario and a seed give one plan, always the same."""

from __future__ import annotations

import random

from simulation.population.agenda import Agenda, Stage
from simulation.population.market import trade_allowances
from simulation.population.offset import plan_offsets
from simulation.population.plan import Plan
from simulation.population.roles import choose_roles
from simulation.population.roster import make_roster
from simulation.population.surrender import plan_surrenders
from simulation.population.timeline import make_timeline
from simulation.scenario import Scenario


def generate(scenario: Scenario, seed: int) -> Plan:
    """Make the plan of a cycle; every choice comes from one generator of random numbers with this seed."""
    chance = random.Random(seed)  # noqa: S311 (a made-up world needs repetition, not secrecy)
    timeline = make_timeline(scenario)
    agenda = Agenda(timeline)
    stage = Stage(scenario=scenario, chance=chance, timeline=timeline, agenda=agenda)
    entities = make_roster(scenario, chance)
    roles = choose_roles(scenario, chance, entities)
    world = plan_offsets(stage, entities, roles)
    bought = trade_allowances(stage, roles)
    plan_surrenders(stage, entities, roles, bought=bought, cases=world.cases)
    return Plan(
        cycle=scenario.cycle,
        seed=seed,
        first_date=scenario.first_date,
        last_date=scenario.last_date,
        last_handover_date=scenario.last_cancellation_date,
        last_application_date=scenario.last_application_date,
        moments=scenario.moments,
        entities=entities,
        venues=scenario.venues,
        owners=world.owners,
        projects=world.projects,
        issues=world.issues,
        previous_close_fen=scenario["opening_close_fen"],
        reference_prices_fen=world.reference_prices_fen,
        days=agenda.days(),
    )
