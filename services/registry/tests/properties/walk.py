"""One way through the machine on which every kind of command is accepted at least once."""

from collections.abc import Iterator

from machine import RegistryMachine
from machine_base import WHO, province_of
from model_state import CEA, Plant, account_of
from registry_messages import code, name

OFFSET = "OFFSET-WIND1-2015"


def small_plants() -> dict[int, Plant]:
    """The second plant makes so much less than in 2018 that units are taken back."""
    return {
        number: Plant(
            credit_code=code(number),
            name=name(number),
            province_code=province_of(number),
            supply_mwh={2018: 100, 2019: 60 if number == 2 else 100, 2020: 60 if number == 2 else 110},
            emissions_tco2e={2019: 90, 2020: 80},
        )
        for number in WHO[:-1]
    }


def walk(machine: RegistryMachine) -> None:
    """Take the steps one after the other, and compare after each."""
    machine.begin(small_plants(), "busy", [])
    machine.compare()
    for course in (trade, surrender, cancel, change, act_for_holders, merge, restrict_and_repeat):
        for _ in course(machine):
            machine.compare()
    machine.teardown()


def trade(machine: RegistryMachine) -> Iterator[None]:
    """Units go to trading and change hands, and some come back."""
    machine.register_project("SOLAR2", is_inside=True)
    yield
    machine.answer_transfer(0, is_accepted=False, is_other=False, is_foreign=False)
    yield
    machine.settle_trades([(1, 2, CEA, "some", None, False), (2, 3, CEA, "all", None, False)])
    yield
    machine.settle_trades([(1, 2, CEA, "one", 0, False), (1, 2, CEA, "one", 0, True)])
    yield
    machine.withdraw(3, "some", None, is_reversed=True)
    yield


def surrender(machine: RegistryMachine) -> Iterator[None]:
    """Own units, credits, help of others, and another obligation."""
    machine.keep_this_moment()
    yield
    machine.submit([(1, [(CEA, "one", False), (OFFSET, "one", False)], True)])
    yield
    machine.decide([(0, True), (1, False), (2, True)], "37")
    yield
    machine.register()
    yield
    machine.correct(0, "one", "", "first", is_all=True)
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.correct(0, "one", "", "first", is_all=True)
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.hand_over_again(0)
    yield
    machine.answer_help(0, is_consented=True, is_other=False)
    yield
    machine.withdraw_surrender(0, is_other=False)
    yield
    machine.propose_change(1, 60, "first")
    yield
    machine.confirm_change(0, "second")
    yield


def cancel(machine: RegistryMachine) -> Iterator[None]:
    """Units are given up, and an application is taken back."""
    machine.apply_to_cancel([(3, CEA, "one", "highest", False)], is_staff=False)
    yield
    machine.check_cancellation(0, "first", is_passed=True)
    yield
    machine.register_cancellation(0, "second", is_passed=True)
    yield
    machine.withdraw_cancellation(0, is_other=False)
    yield


def change(machine: RegistryMachine) -> Iterator[None]:
    """What the registration body does to holdings."""
    machine.release(0, "one", "first", is_all=False)
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.transfer_by_judgment(0, 1, 3, CEA, "one", "first")
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.transfer_by_judgment(None, 1, 3, CEA, "one", "first")
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.recover(3, CEA, "one", "highest", "first")
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.correct(0, "one", "", "first", is_all=True)
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.release_reserve("R-P-37", "some", "", "first")
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.file_split(1, 2, "one", "", "37")
    yield
    machine.take_up(0, "first")
    yield
    machine.confirm_registration(0, "second")
    yield


def act_for_holders(machine: RegistryMachine) -> Iterator[None]:
    """After the deadline: a deduction, operators and their instructions."""
    machine.keep_this_moment()
    machine.wait(24 * 70)
    yield
    machine.deduct(3, "most", "37", is_back=False)
    yield
    machine.deduct(3, "one", "37", is_back=True)
    yield
    machine.apply_for_operators(3, is_removal=False)
    yield
    machine.review([(0, True)], "first", is_second=False)
    yield
    machine.review([(0, True)], "second", is_second=True)
    yield
    machine.transfer_to_trading([(3, CEA, "one")])
    yield
    machine.instruct(3, "alice", "one", is_surrender=False)
    yield
    machine.decide_instruction(0, "bob", is_confirmed=True)
    yield
    machine.instruct(3, "alice", "one", is_surrender=False)
    yield
    machine.decide_instruction(0, "bob", is_confirmed=False)
    yield


def merge(machine: RegistryMachine) -> Iterator[None]:
    """A new account is opened and absorbed; a proposal is rejected."""
    machine.list_entity(5, is_other=False)
    yield
    machine.apply_for_accounts([(5, "right")])
    yield
    machine.review([(0, True)], "first", is_second=False)
    yield
    machine.review([(0, True)], "second", is_second=True)
    yield
    machine.file_merger(5, 2, "37")
    yield
    machine.take_up(0, "first")
    yield
    machine.confirm_registration(0, "second")
    yield
    machine.freeze(1, [(CEA, "one", "")], "first")
    yield
    machine.reject_registration(0)
    yield


def restrict_and_repeat(machine: RegistryMachine) -> Iterator[None]:
    """A restriction and its end; the head of the journal; the same again."""
    machine.apply_for_change("R-P-37", is_closing=False)
    yield
    machine.restrict(account_of(code(1)), frozenset({"surrender"}), "")
    yield
    machine.submit([(1, [(CEA, "one", False)], True)])
    yield
    machine.lift(0, "")
    yield
    machine.sign_head("2021-10-26")
    yield
    machine.repeat_a_request(5)
    yield
    machine.use_a_request_id_again(5)
    yield
    machine.repeat_an_event(3)
    yield
    machine.transmit_table("VERIFIED", "37", is_newer=True, is_false=False)
    yield
