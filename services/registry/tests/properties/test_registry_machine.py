"""Random commands of all chapters against the registry and an independent model.

REG-1 to REG-13, REG-20 to REG-22, REG-24 to REG-38, REG-40, REG-41, REG-60, REG-62 to REG-66, and of the ledger LED-1
to LED-3 and LED-5: the books are compared after each step, and the journal is verified offline at the end.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test
from model_books import Model
from model_corrections import Registered
from model_registrations import Registration, Step
from model_state import Outcome, registered
from runs import LONG, SHORT
from walk import walk


@pytest.mark.slow
def test_the_registry_does_what_the_model_says(bind):
    run_state_machine_as_test(bind(Model), settings=LONG)


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


class CountsOn(Model):
    """Lets a surrender count on whose units a correction brought back."""

    def _correct_obligation(self, number: str, of: Registered, step: Step, change: int) -> None:
        owed = self.owed[of.credit_code]
        stood = owed.surrendered, owed.offset
        super()._correct_obligation(number, of, step, change)
        owed.surrendered, owed.offset = stood


@pytest.mark.parametrize(
    "wrong",
    [
        CountsOn,
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
        run_state_machine_as_test(bind(HighestFirst), settings=SHORT)


def test_units_that_vanish_from_the_database_are_found(bind):
    machine = bind(Model)()
    walk(machine)
    machine.registry.damage(
        "UPDATE ledger_balance SET quantity = quantity - 1 WHERE bucket = 'trading' AND quantity > 0"
    )
    with pytest.raises(AssertionError, match="holdings"):
        machine.compare()
