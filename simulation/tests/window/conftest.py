"""A small script of the window, taken from the generator's own plan so that tests need no other."""

import sys
from pathlib import Path

import pytest
from simulation.population.generate import generate
from simulation.population.plan import Plan
from simulation.scenario import Scenario, load_scenario

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario()


@pytest.fixture(scope="session")
def plan(scenario: Scenario) -> Plan:
    return generate(scenario, 2021)
