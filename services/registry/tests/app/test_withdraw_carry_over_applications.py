import pytest
from registry.domain.carry_over import CarryOverStatus
from registry_messages import CEA, DEFICIT, SURPLUS
from retirement_steps import ACCOUNT, CLOSED, applied_no, apply, noticed, run_batch, withdraw


@pytest.fixture
async def uow():
    """Two applications of 30,000 t wait."""
    made = await noticed()
    await apply(made, (DEFICIT, (CEA, 30_000)), (DEFICIT, (CEA, 30_000)))
    return made


async def test_units_and_notice_are_free_again(uow):
    assert await withdraw(uow, (applied_no(1), DEFICIT)) == [""]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 90_000, (CEA, "pending_carry_over"): 30_000}
    assert uow.carry_overs.kept_notices[DEFICIT].applied_tco2e == 30_000
    assert uow.carry_overs.applications[applied_no(1)].status is CarryOverStatus.WITHDRAWN
    assert await apply(uow, (DEFICIT, (CEA, 40_000))) == [applied_no(3)]


async def test_another_entity_finds_nothing_to_withdraw(uow):
    assert await withdraw(uow, (applied_no(1), SURPLUS), ("COA-x", DEFICIT)) == ["APPLICATION_NOT_FOUND"] * 2


async def test_an_application_is_withdrawn_once_and_never_in_processing(uow):
    twice = await withdraw(uow, (applied_no(1), DEFICIT), (applied_no(1), DEFICIT))
    assert twice == ["", "APPLICATION_ALREADY_DECIDED"]
    await run_batch(uow)
    assert await withdraw(uow, (applied_no(2), DEFICIT), at=CLOSED) == ["APPLICATION_ALREADY_DECIDED"]
