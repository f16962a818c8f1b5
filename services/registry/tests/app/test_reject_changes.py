import pytest
from change_registration_steps import (
    CLOCK,
    carried_out,
    confirm,
    file,
    freeze,
    merger,
    propose,
    told,
    units,
    with_authorities,
)
from registry.app.reject_changes import RejectChanges, reject_changes
from registry.domain.change import ChangeStatus


@pytest.fixture
async def uow():
    return await with_authorities()


async def reject(uow, *numbers, person="second"):
    command = RejectChanges(
        rejections=tuple((number, "no such judgment") for number in numbers), rejected_by=person
    )
    return told(await reject_changes(command, uow=uow, clock=CLOCK))


async def test_a_rejected_registration_says_who_when_and_why_and_moved_nothing(uow):
    held = dict(uow.ledger.balances)
    (number,) = told(await propose(uow, freeze(units(10))))
    assert await reject(uow, number) == [number]
    change = uow.changes.changes[number]
    assert (change.status, change.rejected_by, change.rejected_time, change.reject_reason) == (
        ChangeStatus.REJECTED,
        "second",
        CLOCK.now(),
        "no such judgment",
    )
    assert uow.ledger.balances == held
    assert told(await confirm(uow, number, person="third")) == ["CHANGE_ALREADY_DECIDED"]


async def test_the_first_person_may_take_a_proposal_back_and_anybody_what_was_filed(uow):
    (proposed,) = told(await propose(uow, freeze(units(10))))
    (filed,) = told(await file(uow, merger()))
    assert await reject(uow, proposed, filed, person="first") == [proposed, filed]


async def test_what_is_decided_or_unknown_is_not_rejected(uow):
    (number,) = await carried_out(uow, freeze(units(10)))
    assert await reject(uow, number, "CR-9") == ["CHANGE_ALREADY_DECIDED", "CHANGE_NOT_FOUND"]
    (second,) = told(await propose(uow, freeze(units(10))))
    assert await reject(uow, second, second) == [second, "CHANGE_ALREADY_DECIDED"]
