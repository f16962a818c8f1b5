"""Random commands of the years from 2022 to 2026 against the registry and an independent model.

REG-42 to REG-45, REG-50 to REG-57 and REG-67, beside what the machine of 2021 plays: later plans with deductions,
borrowing and what provinces hold for entities, forced surrender, and the carry-over into 2025.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test
from later_machine import LaterMachine
from later_model import LaterModel
from later_state import YEARS, CarryOverNotice
from later_walk import walk_later
from runs import LONG, SHORT


@pytest.mark.slow
def test_the_registry_does_what_the_later_model_says(bind):
    run_state_machine_as_test(bind(LaterModel, LaterMachine), settings=LONG)


class OneBaseForAll(LaterModel):
    """Gives every sector the same base."""

    def _notice(self, credit_code: str, held: int) -> CarryOverNotice:
        notice = super()._notice(credit_code, held)
        return CarryOverNotice(20, notice.sales, notice.computed + 20 - notice.base, held)


class RoundsUp(LaterModel):
    """Rounds T up."""

    def _notice(self, credit_code: str, held: int) -> CarryOverNotice:
        notice = super()._notice(credit_code, held)
        notice.computed += max(notice.sales.sold - notice.sales.bought, 0) % 2
        return notice


class SalesBelowNought(LaterModel):
    """Takes from the base what was bought beyond what was sold."""

    def _notice(self, credit_code: str, held: int) -> CarryOverNotice:
        notice = super()._notice(credit_code, held)
        notice.computed -= max(notice.sales.bought - notice.sales.sold, 0)
        return notice


class HeldToday(LaterModel):
    """Takes for H what is held when notices are issued."""

    def run_notices(self) -> tuple[int, int, int]:
        self.held_at_end = self._held_of_old()
        return super().run_notices()


class EverySale(LaterModel):
    """Counts what was sold on any date."""

    def counted_sales(self, credit_code: str):
        self.trade_days = dict.fromkeys(self.trade_days, "2025-12-31")
        return super().counted_sales(credit_code)


class TakesAnyLate(LaterModel):
    """Lets anybody apply when applications have ended."""

    def _released_late(self, credit_code: str, product: str) -> int:
        return 1_000


class IssuesNothingNew(LaterModel):
    """Takes the old units of a run that is turned down."""

    def decide_run(self, number: str, person: str, *, is_confirmed: bool):
        return super().decide_run(number, person, is_confirmed=True)


class OldestFirst(LaterModel):
    """Uses the oldest units for a forced surrender first, whichever year's they are."""

    def _allotted(self, credit_code: str):
        years = [year for year in YEARS if (credit_code, year) in self.debts]
        owed = {year: self.lacking(credit_code, year) for year in years}
        lines = []
        for _, product in sorted(key for key in self.held_for if key[0] == credit_code):
            left = self.quantity_held_for(credit_code, product)
            for year in years:
                taken = min(owed[year], left) if self.is_usable(product, year) else 0
                lines += [(year, product, taken)] if taken else []
                owed[year], left = owed[year] - taken, left - taken
            lines += [("", product, left)] if left else []
        return lines, {year: quantity for year, quantity in owed.items() if quantity}


class KeepsTheRest(LaterModel):
    """Leaves with the province what a forced surrender does not need."""

    def _allotted(self, credit_code: str):
        lines, shortfalls = super()._allotted(credit_code)
        return [line for line in lines if line[0]], shortfalls


class DeductsNothing(LaterModel):
    """Forgets what is to be deducted from a pre-allocation."""

    def to_deduct(self, credit_code: str, period: str) -> int:
        return 0


class BorrowsForNothing(LaterModel):
    """Does not deduct borrowed allowances from 2023."""

    def _adjust_by_row(self, number: str, credit_code: str, row) -> None:
        borrowed, row.borrowed = row.borrowed, 0
        super()._adjust_by_row(number, credit_code, row)
        row.borrowed = borrowed


class GivesToThoseAtRisk(LaterModel):
    """Lets anybody take what a province holds for entities."""

    def not_free(self, account_no: str, product: str) -> int:
        return 0


def test_the_later_model_is_right_on_the_walk(bind):
    machine = bind(LaterModel, LaterMachine)
    walk_later(machine())
    refused = {reason for _, reason in machine.seen}
    # What only a course of several commands leads to.
    assert refused > {"TABLE_OUTDATED", "FORCED_SURRENDER_STALE", "CARRY_OVER_CLOSED"}


@pytest.mark.parametrize(
    "wrong",
    [
        OneBaseForAll,
        RoundsUp,
        SalesBelowNought,
        HeldToday,
        EverySale,
        TakesAnyLate,
        IssuesNothingNew,
        OldestFirst,
        KeepsTheRest,
        DeductsNothing,
        BorrowsForNothing,
        GivesToThoseAtRisk,
    ],
)
def test_a_later_model_with_a_wrong_rule_is_found_on_the_walk(bind, wrong):
    with pytest.raises(AssertionError):
        walk_later(bind(wrong, LaterMachine)())


def test_a_later_model_with_a_wrong_rule_is_found_by_chance(bind):
    with pytest.raises(AssertionError):
        run_state_machine_as_test(bind(KeepsTheRest, LaterMachine), settings=SHORT)
