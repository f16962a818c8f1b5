from datetime import timedelta

import pytest
from account_steps import ACCOUNT, PEOPLE
from registry.domain.operators import (
    Duty,
    OperatorChange,
    OperatorDuties,
    change_operators,
    has_confirmer,
    refusal_of_command,
    refusal_of_operator,
)
from registry_fakes import NOW, emitter

TWO = [("clerk", "i"), ("head", "c")]


def change(operators, registered=(), removed=(), at=NOW):
    wanted = OperatorChange(
        registered=tuple(
            OperatorDuties(subject=subject, is_initiator="i" in duties, is_confirmer="c" in duties)
            for subject, duties in registered
        ),
        removed_subjects=tuple(removed),
    )
    return change_operators(ACCOUNT, operators, wanted, application_no="AA-1", at=at)


def present(operators):
    return {one.duties.subject: one.operator_no for one in operators if one.removed_time is None}


def test_a_change_of_duties_ends_one_span_and_begins_another():
    people = change([], TWO)
    after = change(people, [("clerk", "ic")], at=NOW + timedelta(days=1))
    assert present(after) == {"head": 2, "clerk": 3}
    assert after[0].removed_time == NOW + timedelta(days=1)
    assert after[1] == people[1]
    assert after[2].duties.is_confirmer


def test_a_person_named_twice_has_the_duties_named_last():
    people = change([], [("a", "i"), ("a", "c"), ("b", "i")])
    assert [one.duties.is_confirmer for one in people] == [True, False]


def test_whoever_is_no_operator_is_not_removed():
    people = change([], TWO)
    assert change(people, removed=["nobody"]).reason == "OPERATOR_NOT_FOUND"
    gone = change(people, removed=["clerk", "head"])
    assert present(gone) == {}
    assert change(gone, removed=["clerk"]).reason == "OPERATOR_NOT_FOUND"


def test_an_operator_has_a_duty():
    assert change([], [("clerk", "")]).reason == "CHANGE_EMPTY"


@pytest.mark.parametrize(
    ("registered", "removed", "counts"),
    [
        ([("head", "c")], [], (0, 1)),
        ([("clerk", "i")], [], (1, 0)),
        ([("a", "ic")], [], (1, 1)),
        ([("a", "i"), ("b", "i")], [], (2, 0)),
        ([("a", "ic"), ("b", "c")], [], None),
        ([("a", "ic"), ("b", "i")], [], None),
        (TWO, [], None),
    ],
)
def test_who_initiates_needs_somebody_else_who_confirms_and_the_other_way_round(registered, removed, counts):
    decided = change([], registered, removed)
    if counts is None:
        assert len(present(decided)) == len(registered)
        return
    assert decided.reason == "OPERATORS_INCOMPLETE"
    assert (decided.metadata["initiator_count"], decided.metadata["confirmer_count"]) == tuple(
        map(str, counts)
    )


@pytest.mark.parametrize("subject", ["clerk", "head"])
def test_neither_of_the_last_two_goes_alone(subject):
    people = change([], TWO)
    assert change(people, removed=[subject]).reason == "OPERATORS_INCOMPLETE"
    assert present(change(people, [("new", "ic")], [subject])).keys() == {"clerk", "head", "new"} - {subject}


def test_the_duties_say_what_somebody_may_do():
    people = change_operators(ACCOUNT, [], PEOPLE, application_no="AA-1", at=NOW)
    assert refusal_of_operator(ACCOUNT, people, "clerk", Duty.INITIATOR) is None
    assert refusal_of_operator(ACCOUNT, people, "clerk", Duty.CONFIRMER).reason == "OPERATOR_DUTY_MISSING"
    removed = change(people, removed=["clerk", "head"])
    assert refusal_of_operator(ACCOUNT, removed, "head", Duty.CONFIRMER).reason == "OPERATOR_DUTY_MISSING"
    assert (has_confirmer(people), has_confirmer(removed)) == (True, False)


def test_only_a_confirmer_makes_a_second_person_needed():
    needed = emitter(1, is_confirmation_needed=True)
    assert refusal_of_command(emitter(1), is_confirmed=False) is None
    assert refusal_of_command(needed, is_confirmed=False).reason == "CONFIRMATION_NEEDED"
    assert refusal_of_command(needed, is_confirmed=True) is None
