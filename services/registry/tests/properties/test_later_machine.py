"""Random commands of the years from 2022 to 2026 against the registry and an independent model.

REG-42 to REG-45, REG-50 to REG-57 and REG-67, beside what the machine of 2021 plays: later plans with deductions,
borrowing and what provinces hold for entities, forced surrender, and the carry-over into 2025.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test
from later_machine import LaterMachine
from later_model import LaterModel
from runs import LONG


@pytest.mark.slow
def test_the_registry_does_what_the_later_model_says(bind):
    run_state_machine_as_test(bind(LaterModel, LaterMachine), settings=LONG)
