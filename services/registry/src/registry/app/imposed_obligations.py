"""Impose the obligations of issued tables: a step of issuing them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from registry.app.changed_obligations import carry_out_changes, carry_out_table_changes
from registry.app.ports import UnitOfWork
from registry.domain.allocation_history import allocated_before, tables_before
from registry.domain.allocation_table import EntityRow, Issuance, TableKind
from registry.domain.compliance_rules import rules_of
from registry.domain.events import ComplianceCertificateIssued, ComplianceNoticeIssued
from registry.domain.issuing import obligation_change
from registry.domain.obligation import Obligation, impose
from registry.domain.obligation_change import ObligationChange


async def impose_obligations(
    issued: Sequence[Issuance],
    rows: Mapping[str, Sequence[EntityRow]],
    *,
    uow: UnitOfWork,
    at: datetime,
) -> None:
    """Impose what issued tables say that entities owe, or change what they owe already, and tell them.

    An entity with two tables of a period, of power and of industry, owes both together. The accounts are locked.
    """
    for issuance in issued:
        if issuance.kind is not TableKind.PRE_ALLOCATION:
            await _impose(issuance, rows, uow, at)


async def _impose(
    issuance: Issuance, rows: Mapping[str, Sequence[EntityRow]], uow: UnitOfWork, at: datetime
) -> None:
    own = rows[issuance.table_no]
    keys = {(row.credit_code, issuance.period) for row in own}
    # Applications before obligations, as registration locks them.
    await uow.applications.lock_pending(keys)
    owing = await uow.obligations.get(keys)
    before = (
        allocated_before(tables_before(issuance.table_no), rows) if issuance.kind is TableKind.CHANGED else {}
    )
    imposed: list[Obligation] = []
    changes: list[ObligationChange] = []
    for row in own:
        obligation = owing.get((row.credit_code, issuance.period))
        if obligation is None:
            imposed.append(
                impose(
                    credit_code=row.credit_code,
                    province_code=issuance.province_code,
                    obligation_tco2e=row.obligation_tco2e,
                    rules=rules_of(issuance.period),
                    at=at,
                    name=row.name,
                    sector=row.sector,
                )
            )
            _tell(imposed[-1], row, uow, at)
            continue
        owed_before = before[row.credit_code].obligation_tco2e if row.credit_code in before else 0
        change = obligation_change(issuance, row, obligation, owed_before_tco2e=owed_before)
        if change is not None:
            changes.append(change)
    await uow.obligations.add(imposed)
    if changes and issuance.kind is TableKind.CHANGED:
        await carry_out_table_changes(changes, uow=uow, at=at)
    elif changes:
        # A verified table of the other scope says itself what is owed beside: it is no change of what tables say.
        await carry_out_changes(changes, uow=uow, at=at)


def _tell(obligation: Obligation, row: EntityRow, uow: UnitOfWork, at: datetime) -> None:
    is_through_province = row.differentiation.is_held_by_province
    uow.record(ComplianceNoticeIssued(obligation=obligation, at=at, is_through_province=is_through_province))
    if obligation.completed_time is not None:
        uow.record(ComplianceCertificateIssued(obligation=obligation, at=at))
