"""Compute a province's allocation table from the rows held here."""

from collections.abc import Mapping
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import PreAllocationNotIssued
from ets_kernel.domain.ids import Period, ProvinceCode
from ets_kernel.domain.provinces import parse_province_code

from mrv.app.ports import UnitOfWork
from mrv.domain.allocation import compute, years_of
from mrv.domain.allocation_table import (
    AllocationTable,
    TableKind,
    TableStatus,
    refusal_of_change,
    table_no_of,
)
from mrv.domain.roster import parse_planned_period


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeAllocationTable:
    """Which table."""

    province_code: str
    period: str
    kind: TableKind


async def compute_allocation_table(
    command: ComputeAllocationTable, *, uow: UnitOfWork, clock: Clock
) -> AllocationTable:
    """Compute the table in the place of an earlier computation; rows of earlier ones are kept for reads as of then.

    PROVINCE_UNKNOWN, PERIOD_UNKNOWN, TABLE_ALREADY_ISSUED, PRE_ALLOCATION_NOT_ISSUED, VERIFIED_YEARS_MISSING.
    """
    province_code = parse_province_code(command.province_code)
    period = parse_planned_period(command.period)
    table_no = table_no_of(period=period, kind=command.kind, province_code=province_code)
    present = (await uow.tables.lock({table_no})).get(table_no)
    refusal = refusal_of_change(present)
    if refusal is not None:
        raise refusal
    pre_allocated_tco2e = (
        {} if command.kind is TableKind.PRE_ALLOCATION else await _pre_allocated(period, province_code, uow)
    )
    recorded = await uow.roster.recorded(
        province_code=province_code, period=period, years=years_of(period, command.kind)
    )
    rows = compute(
        table_no,
        period=period,
        kind=command.kind,
        recorded=recorded,
        pre_allocated_tco2e=pre_allocated_tco2e,
    )
    table = AllocationTable(
        table_no=table_no,
        province_code=province_code,
        period=period,
        kind=command.kind,
        status=TableStatus.COMPUTED,
        computation_no=present.computation_no + 1 if present is not None else 1,
        revision=present.revision if present is not None else 0,
        entity_count=len(rows.entity_rows),
        issue_tco2e=rows.issue_tco2e,
        obligation_tco2e=rows.obligation_tco2e,
        digest=rows.digest,
    )
    await uow.tables.save(table, at=clock.now())
    await uow.tables.add_rows(table, rows)
    return table


async def _pre_allocated(period: Period, province_code: ProvinceCode, uow: UnitOfWork) -> Mapping[str, int]:
    number = table_no_of(period=period, kind=TableKind.PRE_ALLOCATION, province_code=province_code)
    before = (await uow.tables.get({number})).get(number)
    if before is None or before.status is not TableStatus.ISSUED:
        raise PreAllocationNotIssued(
            f"{number} is not issued",
            table_no=table_no_of(period=period, kind=TableKind.VERIFIED, province_code=province_code),
            pre_allocation_table_no=number,
        )
    return await uow.tables.issued_tco2e(before)
