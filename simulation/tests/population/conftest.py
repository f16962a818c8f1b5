"""Plans of two seeds, made once."""

from collections.abc import Mapping

import pytest
from simulation.population.generate import generate
from simulation.population.plan import Plan
from simulation.scenario import Scenario, load_scenario

SEEDS = (2021, 7)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("2019-2020")


@pytest.fixture(scope="session")
def plans(scenario: Scenario) -> Mapping[int, Plan]:
    return {seed: generate(scenario, seed) for seed in SEEDS}


@pytest.fixture(params=SEEDS)
def plan(plans: Mapping[int, Plan], request: pytest.FixtureRequest) -> Plan:
    return plans[request.param]
