import pytest
from change_registration_steps import (
    CLOCK,
    A,
    carried_out,
    confirm,
    file,
    freeze,
    merger,
    propose,
    take,
    told,
    units,
    with_authorities,
)
from registry.domain.change import ChangeStatus
from registry_messages import CEA


@pytest.fixture
async def uow():
    uow = await with_authorities()
    await file(uow, merger())
    return uow


async def test_the_first_person_takes_up_what_was_filed_and_stays_the_first(uow):
    assert told(await take(uow, "CR-000001")) == ["CR-000001"]
    assert told(await take(uow, "CR-000001", person="third")) == ["CR-000001"]
    change = uow.changes.changes["CR-000001"]
    assert (change.status, change.filed_by, change.initiated_by, change.initiated_time) == (
        ChangeStatus.INITIATED,
        "official",
        "first",
        CLOCK.now(),
    )


async def test_what_nobody_has_taken_up_is_not_confirmed(uow):
    assert told(await confirm(uow, "CR-000001")) == ["CHANGE_NOT_INITIATED"]
    assert told(await take(uow, "CR-000009")) == ["CHANGE_NOT_FOUND"]


async def test_what_cannot_be_carried_out_any_more_stays_filed(uow):
    await uow.put_in_trading(A, CEA, 1, CLOCK.now())
    assert told(await take(uow, "CR-000001")) == ["HOLDINGS_IN_PROCESS"]
    assert uow.changes.changes["CR-000001"].status is ChangeStatus.FILED


async def test_what_is_decided_is_not_taken_up(uow):
    (number,) = await carried_out(uow, freeze(units(1)))
    assert told(await take(uow, number)) == ["CHANGE_ALREADY_DECIDED"]


async def test_what_somebody_proposed_stays_theirs(uow):
    (number,) = told(await propose(uow, freeze(units(1)), person="other"))
    assert told(await take(uow, number)) == [number]
    assert uow.changes.changes[number].initiated_by == "other"
