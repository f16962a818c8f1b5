import pytest
from registry.domain.carry_over import CarryOverStatus, RunStatus
from registry.domain.events import UnitsCarriedOver
from registry_fakes import NOW
from registry_messages import CEA, DEFICIT
from retirement_steps import ACCOUNT, CLOSED, applied_no, apply, decide, noticed, run_batch

RUN = "COR-1-1"


@pytest.fixture
async def uow():
    """A run of two applications waits: 500 t of two vintages, and 60 t."""
    made = await noticed()
    await made.issue(ACCOUNT, "CEA-2021", 100, NOW)
    await apply(made, (DEFICIT, (CEA, 400), ("CEA-2021", 100)), (DEFICIT, (CEA, 60)))
    await run_batch(made)
    return made


async def test_old_units_are_given_up_and_as_many_new_ones_issued(uow):
    assert await decide(uow, (RUN, True)) == [""]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 119_540, ("CEA-2025", "registered"): 560}
    assert uow.ledger.held("R-CARRIED-OVER") == {(CEA, "recovered"): 460, ("CEA-2021", "recovered"): 100}
    blocks = uow.ledger.blocks[(ACCOUNT, "CEA-2025", "registered")]
    assert [(block.origin, block.quantity) for block in blocks] == [(applied_no(1), 500), (applied_no(2), 60)]
    told = uow.told(UnitsCarriedOver)
    assert [(fact.application.application_no, fact.application.quantity_tco2e) for fact in told] == [
        (applied_no(1), 500),
        (applied_no(2), 60),
    ]
    application = uow.carry_overs.applications[applied_no(1)]
    assert (application.status, application.registered_time) == (CarryOverStatus.REGISTERED, CLOSED)
    assert uow.carry_overs.runs[RUN].decided_by == "second"


async def test_who_initiated_does_not_confirm(uow):
    assert await decide(uow, (RUN, True), by="first") == ["SAME_PERSON"]
    assert uow.ledger.held("R-CARRIED-OVER") == {}


async def test_a_run_is_decided_once(uow):
    assert await decide(uow, (RUN, True), (RUN, False)) == ["", "CARRY_OVER_RUN_DECIDED"]
    assert await decide(uow, (RUN, True)) == ["CARRY_OVER_RUN_DECIDED"]
    assert uow.ledger.held(ACCOUNT)["CEA-2025", "registered"] == 560


async def test_an_unknown_run_leaves_the_others_alone(uow):
    assert await decide(uow, ("COR-9-9", True), (RUN, True)) == ["CARRY_OVER_RUN_NOT_FOUND", ""]


async def test_applications_of_a_run_that_is_turned_down_are_taken_by_the_next(uow):
    held = uow.ledger.held(ACCOUNT)
    assert await decide(uow, (RUN, False)) == [""]
    assert uow.carry_overs.runs[RUN].status is RunStatus.REFUSED
    assert uow.ledger.held(ACCOUNT) == held
    assert uow.told(UnitsCarriedOver) == []
    (run,) = await run_batch(uow)
    assert (run.run_no, run.quantity_tco2e) == ("COR-1-2", 560)
    assert await decide(uow, (run.run_no, True)) == [""]
