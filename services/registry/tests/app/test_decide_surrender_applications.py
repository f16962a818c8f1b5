import pytest
from registry.domain.surrender import SurrenderStatus
from registry_messages import CEA, DEFICIT
from surrender_steps import ACCOUNT, CLOCK, OFFSET, application_no, decide, submit, with_credits

FIRST, SECOND, THIRD = (application_no(ordinal) for ordinal in (1, 2, 3))


@pytest.fixture
async def uow():
    """Two applications wait for the province."""
    made = await with_credits()
    await submit(made, (DEFICIT, (CEA, 100), (OFFSET, 20)), (DEFICIT, (OFFSET, 20)))
    return made


async def test_a_confirmed_application_keeps_its_units_aside_and_tells_nothing(uow):
    told = list(uow.facts)
    held = uow.ledger.held(ACCOUNT)
    assert await decide(uow, (FIRST, True)) == [""]
    application = uow.applications.applications[FIRST]
    assert (application.status, application.decided_by, application.decided_time) == (
        SurrenderStatus.CONFIRMED,
        "official",
        CLOCK.now(),
    )
    assert uow.ledger.held(ACCOUNT) == held
    assert uow.facts == told


async def test_the_units_of_a_refused_application_are_free_and_its_serials_are_picked_again(uow):
    assert await decide(uow, (FIRST, False)) == [""]
    assert uow.applications.applications[FIRST].status is SurrenderStatus.REFUSED
    assert uow.ledger.held(ACCOUNT) == {
        (CEA, "registered"): 1_000,
        (OFFSET, "registered"): 30,
        (OFFSET, "pending_surrender"): 20,
    }
    await submit(uow, (DEFICIT, (OFFSET, 30)))
    uses = uow.applications.applications[THIRD].lines[0].uses
    assert [tuple(use.serials) for use in uses] == [(1, 20), (41, 50)]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await decide(uow, (SECOND, True), province_code="11") == ["PROVINCE_MISMATCH"]
    assert await decide(uow, ("SA-x", True), (SECOND, True)) == ["APPLICATION_NOT_FOUND", ""]
    assert uow.applications.applications[FIRST].status is SurrenderStatus.SUBMITTED


async def test_a_decision_is_made_once(uow):
    assert await decide(uow, (FIRST, False), (FIRST, True)) == ["", "APPLICATION_ALREADY_DECIDED"]
    held = uow.ledger.held(ACCOUNT)
    assert await decide(uow, (FIRST, False)) == ["APPLICATION_ALREADY_DECIDED"]
    assert uow.ledger.held(ACCOUNT) == held
