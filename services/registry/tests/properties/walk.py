"""One way through the machine on which every kind of command is accepted at least once."""

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
    machine.begin(small_plants(), "busy")
    machine.compare()
    for step in steps(machine):
        step()
        machine.compare()
    machine.teardown()


def steps(machine: RegistryMachine) -> list:
    """The steps, in an order in which each finds what it needs."""
    return [
        lambda: machine.register_project("SOLAR2", is_inside=True),
        lambda: machine.answer_transfer(0, is_accepted=False, is_other=False, is_foreign=False),
        lambda: machine.settle_trades([(1, 2, CEA, "some", None, False), (2, 3, CEA, "all", None, False)]),
        lambda: machine.settle_trades([(1, 2, CEA, "one", 0, False), (1, 2, CEA, "one", 0, True)]),
        lambda: machine.withdraw(3, "some", None, is_reversed=True),
        machine.keep_this_moment,
        lambda: machine.submit([(1, [(CEA, "one", False), (OFFSET, "one", False)], True)]),
        lambda: machine.decide([(0, True), (1, False), (2, True)], "37"),
        machine.register,
        lambda: machine.hand_over_again(0),
        lambda: machine.answer_help(0, is_consented=True, is_other=False),
        lambda: machine.withdraw_surrender(0, is_other=False),
        lambda: machine.propose_change(1, 60, "first"),
        lambda: machine.confirm_change(0, "second"),
        lambda: machine.apply_to_cancel([(3, CEA, "one", "highest", False)], is_staff=False),
        lambda: machine.check_cancellation(0, "first", is_passed=True),
        lambda: machine.register_cancellation(0, "second", is_passed=True),
        lambda: machine.withdraw_cancellation(0, is_other=False),
        lambda: machine.release(0, "one", "first", is_all=False),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.transfer_by_judgment(0, 1, 3, CEA, "one", "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.transfer_by_judgment(None, 1, 3, CEA, "one", "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.recover(3, CEA, "one", "highest", "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.release_reserve("R-P-37", "some", "", "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.file_split(1, 2, "one", "", "37"),
        lambda: machine.take_up(0, "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.wait(24 * 70),
        lambda: machine.deduct(3, "one", "37"),
        lambda: machine.apply_for_operators(3, is_removal=False),
        lambda: machine.review([(0, True)], "first", is_second=False),
        lambda: machine.review([(0, True)], "second", is_second=True),
        lambda: machine.transfer_to_trading([(3, CEA, "one")]),
        lambda: machine.instruct(3, "alice", "one", is_surrender=False),
        lambda: machine.decide_instruction(0, "bob", is_confirmed=True),
        lambda: machine.instruct(3, "alice", "one", is_surrender=False),
        lambda: machine.decide_instruction(0, "bob", is_confirmed=False),
        lambda: machine.list_entity(5, is_other=False),
        lambda: machine.apply_for_accounts([(5, "right")]),
        lambda: machine.review([(0, True)], "first", is_second=False),
        lambda: machine.review([(0, True)], "second", is_second=True),
        lambda: machine.file_merger(5, 2, "37"),
        lambda: machine.take_up(0, "first"),
        lambda: machine.confirm_registration(0, "second"),
        lambda: machine.freeze(1, [(CEA, "one", "")], "first"),
        lambda: machine.reject_registration(0),
        lambda: machine.apply_for_change("R-P-37", is_closing=False),
        lambda: machine.restrict(account_of(code(1)), frozenset({"surrender"}), ""),
        lambda: machine.submit([(1, [(CEA, "one", False)], True)]),
        lambda: machine.lift(0, ""),
        lambda: machine.sign_head("2021-10-26"),
        lambda: machine.repeat_a_request(5),
        lambda: machine.use_a_request_id_again(5),
        lambda: machine.repeat_an_event(3),
        lambda: machine.transmit_table("VERIFIED", "37", is_newer=True, is_false=False),
    ]
