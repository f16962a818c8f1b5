import pytest
from registry.domain.cancellation import CancellationStatus
from registry_fakes import market
from registry_messages import CEA, DEFICIT, SURPLUS
from retirement_steps import ACCOUNT, ask, asked_no, check, register, take_back


@pytest.fixture
async def uow():
    """Two applications of 30 t wait."""
    made = await market(held_tco2e=100)
    await ask(made, 30, 30)
    return made


async def test_the_units_are_free_again(uow):
    await check(uow, (asked_no(2), True))
    assert await take_back(uow, (asked_no(1), DEFICIT), (asked_no(2), DEFICIT)) == ["", ""]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 100}
    application = uow.cancellations.applications[asked_no(1)]
    assert (application.status, application.decided_by) == (CancellationStatus.WITHDRAWN, "owner")


async def test_another_holder_finds_nothing_to_withdraw(uow):
    assert await take_back(uow, (asked_no(1), SURPLUS), ("VC-x", DEFICIT)) == ["APPLICATION_NOT_FOUND"] * 2


async def test_what_is_decided_stays_decided(uow):
    await check(uow, (asked_no(1), True), (asked_no(2), False))
    await register(uow, (asked_no(1), True))
    held = uow.ledger.held(ACCOUNT)
    again = await take_back(uow, (asked_no(1), DEFICIT), (asked_no(2), DEFICIT))
    assert again == ["APPLICATION_ALREADY_DECIDED"] * 2
    assert uow.ledger.held(ACCOUNT) == held


async def test_an_application_is_withdrawn_once(uow):
    assert await take_back(uow, (asked_no(1), DEFICIT), (asked_no(1), DEFICIT)) == [
        "",
        "APPLICATION_ALREADY_DECIDED",
    ]
