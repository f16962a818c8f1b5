"""Courses of commands that depend on each other, of which the machine draws some for its beginning."""

from collections.abc import Callable, Iterable
from typing import Any

from model_state import CEA, account_of
from registry_messages import code

OFFSET = "OFFSET-WIND1-2015"
HOME = "37"

Steps = Iterable[Callable[[], None]]


def trades(machine: Any) -> Steps:
    """Units change hands, and some come back."""
    yield lambda: machine.settle_trades([(1, 2, CEA, "some", None, False), (2, 3, CEA, "some", None, False)])
    yield lambda: machine.withdraw(2, "some", None, is_reversed=False)


def surrenders(machine: Any) -> Steps:
    """An entity surrenders a part."""
    yield lambda: machine.submit([(2, [(CEA, "some", False)], True), (3, [(CEA, "some", False)], True)])
    yield lambda: machine.decide([(index, True) for index in range(3)], HOME)
    yield machine.register


def offsets(machine: Any) -> Steps:
    """Credits wait for a decision, and more are handed over."""
    yield lambda: machine.submit([(1, [(OFFSET, "one", False)], True), (2, [(OFFSET, "all", False)], True)])
    yield lambda: machine.hand_over([(number, "WIND1", 3, 40 + 5 * number, "") for number in (1, 2)], "", 1)
    yield lambda: machine.create_credits(is_early=False)


def operators(machine: Any) -> Steps:
    """The commands of one holder need a second operator from now on, and two wait for one."""
    yield lambda: machine.apply_for_operators(2, is_removal=False)
    yield from _two_reviews(machine)
    for is_surrender in (False, True):
        yield lambda is_surrender=is_surrender: machine.instruct(2, "alice", "one", is_surrender=is_surrender)


def owes_less(machine: Any) -> Steps:
    """An obligation is lowered under what is applied for."""
    yield lambda: machine.propose_change(1, 40, "first")
    yield lambda: machine.confirm_change(0, "second")


def cancels(machine: Any) -> Steps:
    """Units are given up for good, and others wait."""
    yield lambda: machine.check_cancellation(0, "first", is_passed=True)
    yield lambda: machine.register_cancellation(0, "second", is_passed=True)
    yield lambda: machine.apply_to_cancel([(2, CEA, "one", "highest", False)], is_staff=False)


def merges(machine: Any) -> Steps:
    """A new enterprise takes over what one of them holds, if nothing of it is in process."""
    yield from _fifth_opens(machine)
    yield lambda: machine.file_split(1, 5, "some", "", HOME)
    yield lambda: machine.take_up(0, "first")
    yield lambda: machine.confirm_registration(0, "second")
    yield lambda: machine.file_merger(5, 2, HOME)
    yield lambda: machine.take_up(0, "first")


def is_late(machine: Any) -> Steps:
    """The deadline passes, and what is missing is deducted."""
    yield lambda: machine.wait(24 * 70)
    yield lambda: machine.deduct(2, "some", HOME, is_back=False)


def is_frozen_out(machine: Any) -> Steps:
    """A court freezes what an entity has and moves a part of it; a mistake is corrected."""
    yield lambda: machine.freeze(1, [(CEA, "some", ""), (CEA, "one", "highest")], "first")
    yield lambda: machine.confirm_registration(0, "second")
    yield lambda: machine.transfer_by_judgment(1, 1, 3, CEA, "some", "first")
    yield lambda: machine.confirm_registration(0, "second")
    yield lambda: machine.correct(0, "one", "", "first", is_all=False)
    yield lambda: machine.confirm_registration(0, "second")


def is_helped(machine: Any) -> Steps:
    """Help is consented to."""
    yield lambda: machine.answer_help(0, is_consented=True, is_other=False)
    yield lambda: machine.decide([(0, True), (1, True)], HOME)


def closes(machine: Any) -> Steps:
    """A new account is opened and about to be closed; another is restricted."""
    yield from _fifth_opens(machine)
    yield lambda: machine.restrict(account_of(code(3)), frozenset({"receipt"}), "")
    yield lambda: machine.apply_for_closing(5)
    yield lambda: machine.review([(0, True)], "first", is_second=False)


def _fifth_opens(machine: Any) -> Steps:
    yield lambda: machine.list_entity(5, is_other=False)
    yield lambda: machine.apply_for_accounts([(5, "right")])
    yield from _two_reviews(machine)


def _two_reviews(machine: Any) -> Steps:
    yield lambda: machine.review([(0, True)], "first", is_second=False)
    yield lambda: machine.review([(0, True)], "second", is_second=True)
