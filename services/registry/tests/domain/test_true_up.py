"""REG-50, REG-51: the arithmetic of issuing, with its worked example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.true_up import pre_issued, trued_up

TONNES = st.integers(min_value=0, max_value=10**9)


def test_the_worked_example_of_a_deduction_above_the_allocation():
    """50,000 pre-allocated, 30,000 verified, 70,000 to deduct."""
    before = pre_issued(pre_allocated_tco2e=50_000, adjustment_tco2e=70_000)
    assert before == (0, 50_000, 0, 20_000)
    after = trued_up(
        verified_tco2e=30_000,
        allocated_before_tco2e=50_000,
        deducted_before_tco2e=50_000,
        adjustment_tco2e=before.remainder_tco2e,
    )
    assert (after.issue_tco2e, after.returned_tco2e) == (0, 20_000)
    assert (after.deducted_tco2e, after.remainder_tco2e) == (0, 40_000)


@pytest.mark.parametrize(
    ("pre_allocated", "adjustment", "settled"),
    [
        (100, 0, (100, 0, 0, 0)),
        (100, 40, (60, 40, 0, 0)),
        (100, 100, (0, 100, 0, 0)),
        (100, 101, (0, 100, 0, 1)),
        (0, 5, (0, 0, 0, 5)),
    ],
)
def test_a_pre_allocation_is_issued_less_the_adjustment(pre_allocated, adjustment, settled):
    assert pre_issued(pre_allocated_tco2e=pre_allocated, adjustment_tco2e=adjustment) == settled


@pytest.mark.parametrize(
    ("verified", "allocated", "deducted", "adjustment", "settled"),
    [
        pytest.param(130, 100, 0, 0, (30, 0, 0, 0), id="more is issued"),
        pytest.param(130, 100, 0, 20, (10, 20, 0, 0), id="less what is to be deducted"),
        pytest.param(130, 100, 0, 30, (0, 30, 0, 0), id="all of it is deducted"),
        pytest.param(130, 100, 0, 31, (0, 30, 0, 1), id="what exceeds it remains"),
        pytest.param(100, 100, 0, 5, (0, 0, 0, 5), id="nothing is issued, nothing deducted"),
        pytest.param(70, 100, 0, 0, (-30, 0, 0, 0), id="less is taken back"),
        pytest.param(70, 100, 0, 5, (-30, 0, 0, 5), id="nothing is deducted below zero"),
        pytest.param(70, 100, 70, 0, (-30, 0, 0, 0), id="no more was deducted than is verified"),
        pytest.param(70, 100, 80, 0, (-20, 0, 10, 10), id="what was deducted beyond it returns"),
        pytest.param(0, 100, 100, 3, (0, 0, 100, 103), id="nothing is verified"),
    ],
)
def test_a_true_up_in_both_directions(verified, allocated, deducted, adjustment, settled):
    assert settled == trued_up(
        verified_tco2e=verified,
        allocated_before_tco2e=allocated,
        deducted_before_tco2e=deducted,
        adjustment_tco2e=adjustment,
    )


@given(pre_allocated=TONNES, verified=TONNES, adjustment=TONNES, later=TONNES)
def test_what_is_issued_and_deducted_is_what_is_allocated(pre_allocated, verified, adjustment, later):
    before = pre_issued(pre_allocated_tco2e=pre_allocated, adjustment_tco2e=adjustment)
    after = trued_up(
        verified_tco2e=verified,
        allocated_before_tco2e=pre_allocated,
        deducted_before_tco2e=before.deducted_tco2e,
        adjustment_tco2e=before.remainder_tco2e + later,
    )
    issued = before.issue_tco2e + after.issue_tco2e
    deducted = before.deducted_tco2e + after.deducted_tco2e - after.returned_tco2e
    assert issued == verified - deducted
    assert issued >= 0
    assert after.remainder_tco2e == adjustment + later - deducted
    assert min(before.deducted_tco2e, after.deducted_tco2e, after.remainder_tco2e) >= 0
