"""Issuing a table: in its order, with figures that still hold, and what it leaves with the province.

Source: notice on allocation for 2021 and 2022, 国环规气候〔2023〕1号, 2023-03-13, sections 一(二) and 二(三).

REG-57 Tables of a period and scope are issued in their order, each with what the ones before it allocated and deducted.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.errors import CalendarYearUnknown, EtsError
from ets_kernel.domain.products import allowance_product

from registry.domain.adjustment import Remainders, outstanding
from registry.domain.allocation_history import AllocatedBefore, allocated_before, tables_before
from registry.domain.allocation_plans import plan_of
from registry.domain.allocation_table import EntityRow, Issuance, IssuanceStatus, TableKind
from registry.domain.earmark import EarmarkChange, EarmarkKey, EarmarkKind, put_aside, take
from registry.domain.errors import PreAllocationNotIssued, TableBeforeNotIssued, TableOutdated
from registry.domain.obligation import Obligation
from registry.domain.obligation_change import ObligationChange, ObligationChangeStatus

# Source: section 二(三) of the notice: data are checked and allowances issued within five work days after the sealed
# tables came in. Ours: of every table, from the day on which its seal matched.
ISSUE_WORK_DAYS: Final = 5

_NOTHING = AllocatedBefore()


def issue_due_date(matched: date, calendar: WorkCalendar) -> date | None:
    """Give the day by which a table is to be issued whose seal matched on a day; None in a year not announced yet."""
    try:
        return calendar.add_work_days(matched, ISSUE_WORK_DAYS)
    except CalendarYearUnknown:
        return None


def is_left_with_province(row: EntityRow) -> bool:
    """Tell whether what a row issues stays in the province's account; pre-allocations of such entities are nothing."""
    return row.differentiation.is_held_by_province


def refusal_of_order(issuance: Issuance, tables: Mapping[str, Issuance]) -> EtsError | None:
    """Tell which table must be issued first."""
    if issuance.kind is TableKind.PRE_ALLOCATION:
        return None
    is_verified = issuance.kind is TableKind.VERIFIED
    if is_verified and issuance.period in plan_of(issuance.period, issuance.scope).without_pre_allocation:
        return None
    for number in tables_before(issuance.table_no):
        before = tables.get(number)
        if before is not None and before.status is IssuanceStatus.ISSUED:
            continue
        if is_verified:
            return PreAllocationNotIssued(
                f"{issuance.table_no} trues up {number}, which is not issued",
                table_no=issuance.table_no,
                pre_allocation_table_no=number,
            )
        return TableBeforeNotIssued(
            f"{issuance.table_no} follows {number}, which is not issued",
            table_no=issuance.table_no,
            table_before_no=number,
        )
    return None


def refusal_of_figures(
    issuance: Issuance, rows: Mapping[str, Sequence[EntityRow]], remainders: Remainders
) -> EtsError | None:
    """Tell whose figures are not as they were when the table was computed; it is transmitted again."""
    has_deductions = plan_of(issuance.period, issuance.scope).has_deductions
    before = allocated_before(tables_before(issuance.table_no), rows)
    is_first = issuance.kind is TableKind.PRE_ALLOCATION
    for row in rows[issuance.table_no]:
        known = before.get(row.credit_code, _NOTHING)
        allocated = row.pre_allocated_tco2e if is_first else known.allocated_tco2e
        adjustment = outstanding(remainders, row.credit_code, issuance.period) if has_deductions else 0
        expected = (allocated, known.deducted_tco2e, adjustment)
        if expected != (row.pre_allocated_tco2e, row.deducted_before_tco2e, row.adjustment_tco2e):
            return TableOutdated(
                f"{row.credit_code} has {adjustment} t to be deducted and {allocated} t allocated before",
                table_no=issuance.table_no,
                credit_code=row.credit_code,
                adjustment_tco2e=adjustment,
                allocated_before_tco2e=allocated,
            )
    return None


def earmarks_of_table(
    issuance: Issuance, rows: Sequence[EntityRow], earmarks: Mapping[EarmarkKey, EarmarkChange]
) -> list[EarmarkChange]:
    """Earmark what a table leaves with the province; take back first from what the province holds for the entity."""
    product = allowance_product(issuance.period)
    changes = []
    for row in rows:
        last = earmarks.get((row.credit_code, product))
        if row.issue_tco2e > 0 and is_left_with_province(row):
            changes.append(
                put_aside(
                    last,
                    credit_code=row.credit_code,
                    product=product,
                    province_code=issuance.province_code,
                    quantity_tco2e=row.issue_tco2e,
                    reference=issuance.table_no,
                )
            )
        elif row.issue_tco2e < 0 and last is not None and last.quantity_tco2e > 0:
            quantity = min(-row.issue_tco2e, last.quantity_tco2e)
            changes.append(take(last, quantity, kind=EarmarkKind.RECOVERED, reference=issuance.table_no))
    return changes


def obligation_change(
    issuance: Issuance, row: EntityRow, obligation: Obligation, *, before: AllocatedBefore
) -> ObligationChange | None:
    """Make the change that an issued row brings to what its entity owes for the period; None where it owes the same.

    It is of the sector for which the tables before made the entity owe, and else of the row's.
    """
    to_tco2e = obligation.obligation_tco2e + row.obligation_tco2e - before.obligation_tco2e
    if to_tco2e == obligation.obligation_tco2e or issuance.initiated_time is None:
        return None
    return ObligationChange(
        change_no=f"{issuance.table_no}/{row.credit_code}",
        ordinal=0,
        credit_code=row.credit_code,
        period=issuance.period,
        from_tco2e=obligation.obligation_tco2e,
        to_tco2e=to_tco2e,
        sector=before.sector or row.sector,
        document_no=issuance.table_no,
        words="",
        status=ObligationChangeStatus.CONFIRMED,
        initiated_by=issuance.initiated_by,
        initiated_time=issuance.initiated_time,
        confirmed_by=issuance.confirmed_by,
        confirmed_time=issuance.confirmed_time,
    )
