"""Deductions for non-surrender: after the deadline, of what is unmet, and none from the day of the code on."""

from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from registry.domain.adjustment import AdjustmentKind
from registry.domain.compliance_rules import rules_of
from registry.domain.deduction import decide_deduction, next_period
from registry.domain.obligation import deduct, impose, register

SECOND = timedelta(seconds=1)
DEADLINE = datetime(2021, 12, 31, 9, 0, tzinfo=UTC)
LAW = datetime(2026, 8, 15, tzinfo=ZONE)


def owed(period="2019-2020"):
    obligation = impose(
        credit_code=make_credit_code("91370000000000001"),
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of(period),
        at=datetime(2021, 10, 1, tzinfo=UTC),
    )
    return register(obligation, surrendered_tco2e=400, offset_tco2e=0, at=datetime(2021, 11, 1, tzinfo=UTC))


def decided(quantity=500, *, at=DEADLINE, province_code="37", period="2019-2020"):
    found = decide_deduction(
        owed(period),
        province_code=province_code,
        quantity_tco2e=quantity,
        pending_tco2e=100,
        document_no="D-1",
        at=at,
    )
    return found.reason if isinstance(found, EtsError) else found


def test_what_is_unmet_and_not_applied_for_goes_to_the_next_allocation():
    decision = decided()
    assert (decision.from_period, decision.kind) == ("2021", AdjustmentKind.UNSURRENDERED)
    assert (decision.change_tco2e, decision.reference) == (500, "D-1")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 501}, "DEDUCTION_EXCEEDED"),
        ({"at": DEADLINE - SECOND}, "DEADLINE_NOT_PASSED"),
        ({"at": LAW}, "DEDUCTION_ENDED"),
        ({"province_code": "11"}, "PROVINCE_MISMATCH"),
        # Where more apply: province, law, deadline, quantity.
        ({"province_code": "11", "at": LAW, "quantity": 501}, "PROVINCE_MISMATCH"),
        ({"at": LAW, "quantity": 501, "period": "2025"}, "DEDUCTION_ENDED"),
        ({"at": DEADLINE - SECOND, "quantity": 501}, "DEADLINE_NOT_PASSED"),
    ],
)
def test_each_refusal_stands_at_its_boundary(changes, refusal):
    assert decided(**changes) == refusal


def test_the_last_second_before_the_code_still_decides():
    assert decided(at=LAW - SECOND).change_tco2e == 500


def test_what_was_decided_can_be_taken_back_and_no_more_also_under_the_code():
    assert decided(-1) == "DEDUCTION_EXCEEDED"
    deducted = deduct(owed(), 500)
    for at in (DEADLINE, LAW):
        taken_back = [
            decide_deduction(
                deducted,
                province_code="37",
                quantity_tco2e=quantity,
                pending_tco2e=0,
                document_no="D-2",
                at=at,
            )
            for quantity in (-500, -501)
        ]
        assert taken_back[0].change_tco2e == -500
        assert taken_back[1].reason == "DEDUCTION_EXCEEDED"
    assert deduct(deducted, -500) == owed()


def test_the_last_period_has_none_after_it():
    assert (next_period("2024"), next_period("2025")) == ("2025", None)
