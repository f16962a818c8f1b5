import pytest
from registry.domain.cancellation import CancellationStatus
from registry_fakes import market
from registry_messages import CEA
from retirement_steps import ACCOUNT, ask, asked_no, check


@pytest.fixture
async def uow():
    """Two applications of 30 t wait."""
    made = await market(held_tco2e=100)
    await ask(made, 30, 30)
    return made


async def test_what_is_checked_goes_on_waiting(uow):
    held = uow.ledger.held(ACCOUNT)
    assert await check(uow, (asked_no(1), True)) == [""]
    application = uow.cancellations.applications[asked_no(1)]
    assert (application.status, application.checked_by) == (CancellationStatus.CHECKED, "first")
    assert uow.ledger.held(ACCOUNT) == held
    assert uow.facts == []


async def test_the_units_of_a_refused_application_are_free_again(uow):
    assert await check(uow, (asked_no(1), False)) == [""]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 70, (CEA, "pending_cancellation"): 30}
    application = uow.cancellations.applications[asked_no(1)]
    assert (application.status, application.note) == (CancellationStatus.REFUSED, "no")


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await check(uow, (asked_no(1), True), by="owner") == ["SAME_PERSON"]
    assert await check(uow, ("VC-x", True), (asked_no(2), True)) == ["APPLICATION_NOT_FOUND", ""]
    assert uow.cancellations.applications[asked_no(1)].status is CancellationStatus.SUBMITTED


async def test_an_application_is_checked_once(uow):
    assert await check(uow, (asked_no(1), False), (asked_no(1), True)) == ["", "APPLICATION_ALREADY_DECIDED"]
    assert await check(uow, (asked_no(2), True)) == [""]
    assert await check(uow, (asked_no(2), True)) == ["APPLICATION_ALREADY_DECIDED"]
