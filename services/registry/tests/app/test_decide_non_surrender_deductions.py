from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.app.decide_non_surrender_deductions import (
    DecideNonSurrenderDeductions,
    NonSurrender,
    decide_non_surrender_deductions,
)
from registry.domain.adjustment import AdjustmentKind
from registry.domain.events import AllocationAdjustmentChanged
from registry_fakes import market, reasons
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, code
from surrender_steps import submit

DEADLINE = datetime(2021, 12, 31, 9, 0, tzinfo=UTC)


@pytest.fixture
async def uow():
    """Entity 1 has applied for 400 of the 1,000 t that it owes."""
    made = await market()
    await submit(made, (DEFICIT, (CEA, 400)))
    return made


async def deduct(uow, *decisions, at=DEADLINE, province_code="37"):
    command = DecideNonSurrenderDeductions(
        province_code=province_code,
        decided_by="official",
        decisions=tuple(
            NonSurrender(credit_code=who, period=PERIOD, quantity_tco2e=tonnes, document_no="D-1")
            for who, tonnes in decisions
        ),
    )
    return await decide_non_surrender_deductions(command, uow=uow, clock=FixedClock(at))


async def test_a_deduction_is_noted_for_the_next_allocation_and_settles_the_obligation(uow):
    outcomes = await deduct(uow, (DEFICIT, 500), (DEFICIT, 100), (SURPLUS, 1_000))
    assert outcomes == [f"{DEFICIT}/2021/1", f"{DEFICIT}/2021/2", f"{SURPLUS}/2021/1"]
    assert [change.remainder_tco2e for change in uow.adjustments.changes] == [500, 600, 1_000]
    assert len(uow.told(AllocationAdjustmentChanged)) == 3
    owed = uow.obligations.obligations[DEFICIT, PERIOD]
    assert (owed.deducted_tco2e, owed.completed_time) == (600, None)
    assert reasons(await submit(uow, (DEFICIT, (CEA, 1)))) == ["OBLIGATION_EXCEEDED"]


async def test_what_is_taken_back_before_a_table_deducted_it_can_be_surrendered(uow):
    await deduct(uow, (DEFICIT, 600))
    assert reasons(await deduct(uow, (DEFICIT, -601), (DEFICIT, -200))) == ["DEDUCTION_EXCEEDED", ""]
    assert uow.adjustments.changes[-1].remainder_tco2e == 400
    assert reasons(await submit(uow, (DEFICIT, (CEA, 201)), (DEFICIT, (CEA, 200)))) == [
        "OBLIGATION_EXCEEDED",
        "",
    ]
    last = uow.adjustments.changes[-1]
    table = replace(last, ordinal=3, kind=AdjustmentKind.DEDUCTED, change_tco2e=-399, remainder_tco2e=1)
    uow.adjustments.changes.append(table)
    assert reasons(await deduct(uow, (DEFICIT, -2), (DEFICIT, -1))) == ["ADJUSTMENT_EXCEEDED", ""]


async def test_refusals_leave_the_other_items_alone(uow):
    outcomes = await deduct(uow, (code(9), 1), (DEFICIT, 601), (DEFICIT, 600), (DEFICIT, 1))
    assert reasons(outcomes) == ["OBLIGATION_NOT_FOUND", "DEDUCTION_EXCEEDED", "", "DEDUCTION_EXCEEDED"]
    assert reasons(await deduct(uow, (SURPLUS, 1), province_code="11")) == ["PROVINCE_MISMATCH"]


async def test_neither_before_the_deadline_nor_under_the_code_is_anything_deducted(uow):
    before = datetime(2021, 12, 31, 8, 59, 59, tzinfo=UTC)
    assert reasons(await deduct(uow, (SURPLUS, 1), at=before)) == ["DEADLINE_NOT_PASSED"]
    last = datetime(2026, 8, 14, 15, 59, 59, tzinfo=UTC)
    assert reasons(await deduct(uow, (SURPLUS, 1), at=last)) == [""]
    law = datetime(2026, 8, 14, 16, 0, tzinfo=UTC)
    assert reasons(await deduct(uow, (SURPLUS, 1), at=law)) == ["DEDUCTION_ENDED"]
