import pytest
from account_steps import ACCOUNT, PEOPLE
from registry.domain.instructions import (
    InstructionStatus,
    account_no_of,
    decide,
    initiate,
    refusal_of_decision,
)
from registry.domain.operators import change_operators
from registry_fakes import NOW, emitter

OPERATORS = change_operators(ACCOUNT, [], PEOPLE, application_no="AA-1", at=NOW)


def start(*, is_confirmation_needed=True, initiated_by="clerk"):
    return initiate(
        emitter(1, is_confirmation_needed=is_confirmation_needed),
        OPERATORS,
        kind="transfer_to_trading",
        body=b"body",
        last_ordinal=4,
        initiated_by=initiated_by,
        at=NOW,
    )


def test_a_command_waits_under_the_next_number():
    waiting = start()
    assert (waiting.instruction_no, waiting.status) == (f"IN-{ACCOUNT}-5", InstructionStatus.INITIATED)
    assert account_no_of(waiting.instruction_no) == ACCOUNT


def test_an_account_without_a_confirmer_has_no_instructions():
    assert start(is_confirmation_needed=False, initiated_by="x").reason == "CONFIRMATION_NOT_NEEDED"


@pytest.mark.parametrize("person", ["head", "stranger"])
def test_only_an_initiator_initiates(person):
    assert start(initiated_by=person).reason == "OPERATOR_DUTY_MISSING"


def test_refusals_of_a_decision_come_in_this_order():
    waiting = start()
    done = decide(waiting, InstructionStatus.REJECTED, decided_by="head", reference="", at=NOW)
    assert refusal_of_decision(done, OPERATORS, "clerk").reason == "INSTRUCTION_DECIDED_ALREADY"
    assert refusal_of_decision(waiting, OPERATORS, "clerk").reason == "SAME_PERSON"
    assert refusal_of_decision(waiting, OPERATORS, "stranger").reason == "OPERATOR_DUTY_MISSING"
    assert refusal_of_decision(waiting, OPERATORS, "head") is None
