"""Issuance arithmetic (多退少补): what a table issues of an allocation, what it deducts, and what remains.

The columns are those of the forms for pre-allocation and for verified allocation (预分配实发配额, 核定实发配额).
Source: notice on allocation for 2021 and 2022, 国环规气候〔2023〕1号, 2023-03-13, section 一.
Source: 2025、2026年度全国碳排放权交易市场配额总量和分配方案(征求意见稿), 2026-07-27, tables 1-5 and 2-5 with
their notes and worked example.

REG-50  What an entity was issued for a period is what it was allocated less what was deducted, after every table of it.
REG-51  A table deducts no more than is still to be deducted, and no more than it would issue.
"""

from typing import NamedTuple

from ets_kernel.domain.ensure import ensure


class Settled(NamedTuple):
    """What a table does with an entity's allocation, tCO2e. `issue_tco2e` below zero is taken back."""

    issue_tco2e: int
    deducted_tco2e: int
    returned_tco2e: int
    remainder_tco2e: int


def pre_issued(*, pre_allocated_tco2e: int, adjustment_tco2e: int) -> Settled:
    """Issue a pre-allocation less the adjustment; where the adjustment exceeds it nothing, and the rest remains."""
    deducted = min(pre_allocated_tco2e, adjustment_tco2e)
    return Settled(
        issue_tco2e=pre_allocated_tco2e - deducted,
        deducted_tco2e=deducted,
        returned_tco2e=0,
        remainder_tco2e=adjustment_tco2e - deducted,
    )


def trued_up(
    *, verified_tco2e: int, allocated_before_tco2e: int, deducted_before_tco2e: int, adjustment_tco2e: int
) -> Settled:
    """Issue what a verified allocation has more than the one before, less the adjustment, or take back what it lacks.

    What was deducted beyond the verified allocation returns to the adjustment. Ours: from a true-up below zero
    nothing is deducted, because nothing is issued that it could be deducted from; the adjustment remains.
    """
    ensure(0 <= deducted_before_tco2e <= allocated_before_tco2e, "no more was deducted than was allocated")
    true_up = verified_tco2e - allocated_before_tco2e
    deducted = min(max(true_up, 0), adjustment_tco2e)
    returned = max(deducted_before_tco2e - verified_tco2e, 0)
    settled = Settled(
        issue_tco2e=true_up - deducted + returned,
        deducted_tco2e=deducted,
        returned_tco2e=returned,
        remainder_tco2e=adjustment_tco2e - deducted + returned,
    )
    issued_before = allocated_before_tco2e - deducted_before_tco2e
    deducted_in_all = deducted_before_tco2e + deducted - returned
    ensure(
        issued_before + settled.issue_tco2e == verified_tco2e - deducted_in_all,
        "what is issued and what is deducted are together what is allocated",
    )
    return settled
