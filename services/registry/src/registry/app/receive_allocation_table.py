"""Receive a transmitted table and compute it again."""

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import TableNo

from registry.app.ports import UnitOfWork
from registry.domain.allocation_table import (
    Issuance,
    IssuanceStatus,
    TableKind,
    TransmittedTable,
    refusal_of_transmission,
)
from registry.domain.compliance_rules import rules_of
from registry.domain.events import AllocationTableRecomputed
from registry.domain.recomputation import recompute


async def receive_allocation_table(table: TransmittedTable, *, uow: UnitOfWork, clock: Clock) -> None:
    """Store the registry's own figures of a table and tell every one that differs."""
    rules_of(table.period)
    refusal = refusal_of_transmission(table, (await uow.tables.lock({table.table_no})).get(table.table_no))
    if refusal is not None:
        raise refusal
    credit_codes = {row.credit_code for row in table.entity_rows} | {
        row.credit_code for row in table.unit_rows
    }
    own = recompute(
        table,
        roster=await uow.roster.listed(credit_codes),
        pre_allocated_tco2e=await _pre_allocated(table, uow),
    )
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


async def _pre_allocated(table: TransmittedTable, uow: UnitOfWork) -> dict[str, int]:
    if table.kind is TableKind.PRE_ALLOCATION:
        return {}
    number = TableNo(f"{table.period}/{TableKind.PRE_ALLOCATION}/{table.province_code}")
    rows = await uow.tables.rows({number})
    return {row.credit_code: row.issue_tco2e for row in rows.get(number, ())}
