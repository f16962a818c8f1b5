"""Receive a transmitted table and compute it again."""

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.domain.adjustment import outstanding
from registry.domain.allocation_history import allocated_before, tables_before
from registry.domain.allocation_plans import plan_of
from registry.domain.allocation_table import (
    Issuance,
    IssuanceStatus,
    TransmittedTable,
    refusal_of_transmission,
)
from registry.domain.compliance_rules import rules_of
from registry.domain.events import AllocationTableRecomputed
from registry.domain.recomputation import Recomputation, recompute


async def receive_allocation_table(table: TransmittedTable, *, uow: UnitOfWork, clock: Clock) -> None:
    """Store the registry's own figures of a table and tell every one that differs."""
    rules_of(table.period)
    refusal = refusal_of_transmission(table, (await uow.tables.lock({table.table_no})).get(table.table_no))
    if refusal is not None:
        raise refusal
    own = await _recomputed(table, uow)
    issuance = Issuance(
        table_no=table.table_no,
        revision=table.revision,
        province_code=table.province_code,
        period=table.period,
        kind=table.kind,
        status=IssuanceStatus.DIFFERENT if own.differences else IssuanceStatus.AGREED,
        issue_tco2e=sum(row.issue_tco2e for row in own.rows),
        entity_count=len(own.rows),
        difference_count=len(own.differences),
        recomputed_digest=own.digest,
        transmitted_digest=table.digest,
    )
    at = clock.now()
    await uow.tables.replace(issuance, own.rows, own.differences, at=at)
    uow.record(
        AllocationTableRecomputed(
            table_no=table.table_no,
            revision=table.revision,
            differences=own.differences,
            at=at,
        )
    )


async def _recomputed(table: TransmittedTable, uow: UnitOfWork) -> Recomputation:
    plan = plan_of(table.period, table.scope)
    credit_codes: set[str] = {row.credit_code for row in table.entity_rows} | {
        row.credit_code for row in table.raw_rows
    }
    numbers = tables_before(table.table_no)
    before = allocated_before(numbers, await uow.tables.rows(set(numbers)) if numbers else {})
    adjustment: dict[str, int] = {}
    if plan.has_deductions:
        remainders = await uow.adjustments.remainders(credit_codes)
        adjustment = {code: outstanding(remainders, code, table.period) for code in credit_codes}
    return recompute(
        table,
        roster=await uow.roster.listed(credit_codes),
        pre_allocated_tco2e={code: one.allocated_tco2e for code, one in before.items()},
        deducted_tco2e={code: one.deducted_tco2e for code, one in before.items()},
        adjustment_tco2e=adjustment,
    )
