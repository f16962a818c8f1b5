"""Random commands of all chapters against the registry and an independent model.

REG-1 to REG-13, REG-20 to REG-22, REG-24 to REG-36, REG-40, REG-41, REG-60, REG-62 to REG-66, and of the ledger LED-1
to LED-3 and LED-5: the books are compared after each step, and the journal is verified offline at the end.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from ets_kernel.runtime import retries
from ets_kernel.testing.plugin import TestServer
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from machine import RegistryMachine
from machine_registry import RegistryUnderTest
from model_books import Model
from model_changes import Registration, Step
from model_state import Outcome, registered
from registry.adapters.db.schema import metadata
from walk import walk

# More of them tell more; see docs/operations.md.
EXAMPLES = int(os.environ.get("ETS_PROPERTY_EXAMPLES", "20"))
STEPS = 40
# Making a failing course shorter takes minutes, which whoever asks for many examples has.
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "ETS_PROPERTY_EXAMPLES" in os.environ]

# Commands and events that the machine does not play, each with its reason.
NOT_PLAYED = dict.fromkeys(
    (
        "DeclareNetSales",
        "RunCarryOverNotices",
        "SubmitCarryOverApplications",
        "WithdrawCarryOverApplications",
        "RunCarryOverBatch",
        "DecideCarryOverRuns",
    ),
    "the carry-over is of 2025 and 2026, with vintages that the machine's market of 2021 does not have",
) | dict.fromkeys(
    (
        "InitiateForcedSurrenders",
        "ConfirmForcedSurrenders",
        "RecordAllocationAdjustments",
    ),
    "earmarks and adjustments come with the tables of later plans",
)

Bind = Callable[[type[Model]], type[RegistryMachine]]


@pytest.fixture
def bind(postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bind]:
    """Bind the machine to a registry on a database of its own, and to a model."""
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    name = asyncio.run(postgres_server.fresh_database(metadata))
    registry = RegistryUnderTest(postgres_server.postgres.url(name))

    def bound(model: type[Model]) -> type[RegistryMachine]:
        values = {"registry": registry, "model_class": model, "seen": Counter()}
        return type("BoundMachine", (RegistryMachine,), values)

    yield bound
    registry.close()
    asyncio.run(postgres_server.postgres.drop_database(name))


@pytest.mark.slow
def test_the_registry_does_what_the_model_says(bind):
    run_state_machine_as_test(
        bind(Model), settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, phases=PHASES)
    )


def test_every_kind_of_command_is_accepted_on_the_walk(bind):
    machine = bind(Model)
    walk(machine())
    accepted = {kind for kind, reason in machine.seen if not reason}
    assert {kind for kind, _ in machine.seen} == accepted
    assert machine.registry.kinds - accepted == set(NOT_PLAYED)


class HighestFirst(Model):
    """Moves the highest serials where the lowest go first."""

    def _send(self, number: str, account_no: str, product: str, quantity: int) -> Outcome:
        held = self.units.held(registered(account_no), product)
        outcome = super()._send(number, account_no, product, quantity)
        for serial in held:
            self.units.owner[product][serial] = registered(account_no)
        for serial in held[-quantity:]:
            self.units.owner[product][serial] = (account_no, "in_transit")
        return outcome


class SettledTwice(Model):
    """Settles a trade number as often as it comes."""

    def settle(self, trades: list[tuple[str, str, str, str, int]]) -> list[Outcome]:
        self.trades = {}
        return super().settle(trades)


class NeverTakesBack(Model):
    """Takes nothing back where a true-up is below zero."""

    def _issue_row(self, number: str, credit_code: str, issue_tco2e: int, province_code: str) -> None:
        super()._issue_row(number, credit_code, max(issue_tco2e, 0), province_code)


class KeepsRefused(Model):
    """Leaves the units of a refused application set aside."""

    def _move_lines(self, number: str, bucket: str) -> None:
        if bucket != "registered":
            super()._move_lines(number, bucket)


class FreezesTheHighest(Model):
    """Freezes the highest serials where the lowest are frozen."""

    def _freeze(self, change: Registration) -> list[Step]:
        steps = super()._freeze(change)
        for step in steps:
            step.serials = self.units.held(step.source, step.line.product)[-step.line.quantity :]
        return steps


class NumbersFromNought(Model):
    """Numbers the certificates of a year from 0."""

    def register_cancellation(self, number: str, person: str, *, is_passed: bool) -> Outcome:
        reason, reference = super().register_cancellation(number, person, is_passed=is_passed)
        return reason, reference.replace("-000001", "-000000")


@pytest.mark.parametrize(
    "wrong",
    [
        HighestFirst,
        SettledTwice,
        NeverTakesBack,
        KeepsRefused,
        FreezesTheHighest,
        NumbersFromNought,
    ],
)
def test_a_model_with_a_wrong_rule_is_found_on_the_walk(bind, wrong):
    with pytest.raises(AssertionError):
        walk(bind(wrong)())


def test_a_model_with_a_wrong_rule_is_found_by_chance(bind):
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            bind(HighestFirst),
            settings=settings(
                max_examples=20, stateful_step_count=10, database=None, phases=[Phase.generate]
            ),
        )


def test_units_that_vanish_from_the_database_are_found(bind):
    machine = bind(Model)()
    walk(machine)
    machine.registry.damage(
        "UPDATE ledger_balance SET quantity = quantity - 1 WHERE bucket = 'trading' AND quantity > 0"
    )
    with pytest.raises(AssertionError, match="holdings"):
        machine.compare()
