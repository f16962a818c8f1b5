import pytest
from allocation_steps import CLOCK, with_accounts
from registry.app.record_allocation_adjustments import (
    DecisionForm,
    RecordAllocationAdjustments,
    record_allocation_adjustments,
)
from registry.domain.adjustment import AdjustmentKind, outstanding
from registry.domain.events import AllocationAdjustmentChanged
from registry_fakes import reasons
from registry_messages import DEFICIT, SURPLUS, code


@pytest.fixture
async def uow():
    return await with_accounts()


def form(change_tco2e, *, credit_code=DEFICIT, from_period="2021", kind=AdjustmentKind.CORRECTION):
    return DecisionForm(
        credit_code=credit_code,
        from_period=from_period,
        kind=kind,
        change_tco2e=change_tco2e,
        document_no="鲁环函〔2023〕1号",
    )


async def record(uow, *forms, province_code="37"):
    command = RecordAllocationAdjustments(
        province_code=province_code, decisions=forms, recorded_by="official"
    )
    return await record_allocation_adjustments(command, uow=uow, clock=CLOCK)


async def test_decisions_add_up_by_entity_and_period(uow):
    outcomes = await record(
        uow,
        form(100),
        form(20, kind=AdjustmentKind.OTHER),
        form(7, from_period="2023"),
        form(-50),
        form(1, credit_code=SURPLUS),
    )
    assert outcomes == [
        f"{DEFICIT}/2021/1",
        f"{DEFICIT}/2021/2",
        f"{DEFICIT}/2023/1",
        f"{DEFICIT}/2021/3",
        f"{SURPLUS}/2021/1",
    ]
    remainders = await uow.adjustments.remainders({DEFICIT, SURPLUS})
    assert [outstanding(remainders, DEFICIT, period) for period in ("2019-2020", "2021", "2022", "2023")] == [
        0,
        70,
        70,
        77,
    ]
    assert [fact.change for fact in uow.told(AllocationAdjustmentChanged)] == uow.adjustments.changes


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (form(1, credit_code="1234"), "CREDIT_CODE_INVALID"),
        (form(1, from_period="2020"), "PERIOD_UNKNOWN"),
        (form(1, from_period="2019-2020"), "PERIOD_UNKNOWN"),
        (form(1, credit_code=code(3)), "ACCOUNT_NOT_FOUND"),
        (form(-6), "ADJUSTMENT_EXCEEDED"),
        (form(-1, from_period="2022"), "ADJUSTMENT_EXCEEDED"),
    ],
)
async def test_a_refused_decision_changes_nothing(uow, refused, reason):
    outcomes = await record(uow, form(5), refused, form(-5))
    assert reasons(outcomes) == ["", reason, ""]
    assert [one.change_tco2e for one in uow.adjustments.changes] == [5, -5]


async def test_a_province_decides_on_its_own_entities(uow):
    outcomes = await record(uow, form(5), province_code="11")
    assert reasons(outcomes) == ["PROVINCE_MISMATCH"]
    assert uow.adjustments.changes == []
