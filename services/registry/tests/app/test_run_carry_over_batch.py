from datetime import UTC, datetime

import pytest
from registry.domain.carry_over import CarryOverStatus
from registry_messages import CEA, DEFICIT
from retirement_steps import SPRING, applied_no, apply, noticed, run_batch

CLOSING = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
END = datetime(2026, 6, 11, 2, 0, tzinfo=UTC)


@pytest.fixture
async def uow():
    """Two applications of the first batch wait, one of the second."""
    made = await noticed()
    await apply(made, (DEFICIT, (CEA, 10)), (DEFICIT, (CEA, 20)))
    await apply(made, (DEFICIT, (CEA, 40)), at=CLOSING)
    return made


async def test_a_run_takes_what_waits_of_a_closed_batch_and_nothing_moves(uow):
    facts = list(uow.facts)
    (run,) = await run_batch(uow, by="clock")
    assert (run.run_no, run.application_count, run.quantity_tco2e) == ("COR-1-1", 2, 30)
    assert run.initiated_by == "clock"
    statuses = [uow.carry_overs.applications[applied_no(ordinal)].status for ordinal in (1, 2, 3)]
    assert statuses == [CarryOverStatus.PROCESSING] * 2 + [CarryOverStatus.SUBMITTED]
    assert uow.facts == facts


async def test_nothing_is_processed_before_the_batch_is_closed(uow):
    assert await run_batch(uow, at=SPRING) == []
    assert await run_batch(uow, at=datetime(2026, 3, 20, 15, 59, 59, tzinfo=UTC)) == []


async def test_running_again_takes_only_what_came_since(uow):
    await run_batch(uow)
    assert await run_batch(uow) == []
    (run,) = await run_batch(uow, at=END)
    assert (run.run_no, run.quantity_tco2e) == ("COR-2-1", 40)


async def test_a_call_that_was_missed_is_made_up_for_by_the_next(uow):
    assert [run.run_no for run in await run_batch(uow, at=END)] == ["COR-1-1", "COR-2-1"]
