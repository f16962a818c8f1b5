"""Impose the obligations of issued tables: a step of issuing them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from registry.app.changed_obligations import Owing, carry_out_table_changes
from registry.app.ports import UnitOfWork
from registry.domain.allocation_history import AllocatedBefore, allocated_before, tables_before
from registry.domain.allocation_table import EntityRow, Issuance, TableKind
from registry.domain.change import Succession, merger_into_successor
from registry.domain.compliance_rules import rules_of
from registry.domain.events import ComplianceCertificateIssued, ComplianceNoticeIssued
from registry.domain.issuing import obligation_change
from registry.domain.obligation import Obligation, impose
from registry.domain.obligation_change import ObligationChange


async def impose_obligations(
    issued: Sequence[Issuance],
    rows: Mapping[str, Sequence[EntityRow]],
    owing: Owing,
    *,
    uow: UnitOfWork,
    at: datetime,
) -> None:
    """Impose what issued tables say that entities owe, or change what they owe already, and tell them.

    An entity with two tables of a period, of power and of industry, owes both together, each part under the rules of
    its sector. The accounts, and what is `owing`, are locked.
    """
    for issuance in issued:
        if issuance.kind is not TableKind.PRE_ALLOCATION:
            await _impose(issuance, rows, owing, uow, at)


async def _impose(
    issuance: Issuance, rows: Mapping[str, Sequence[EntityRow]], owing: Owing, uow: UnitOfWork, at: datetime
) -> None:
    own = rows[issuance.table_no]
    before = (
        allocated_before(tables_before(issuance.table_no), rows) if issuance.kind is TableKind.CHANGED else {}
    )
    imposed: list[Obligation] = []
    changes: list[ObligationChange] = []
    for row in own:
        obligation = owing.obligations.get((row.credit_code, issuance.period))
        if obligation is None:
            imposed.append(_imposed(row, issuance, at))
            continue
        change = obligation_change(
            issuance, row, obligation, before=before.get(row.credit_code, AllocatedBefore())
        )
        if change is not None:
            changes.append(change)
    imposed, successions = await _owed_by_successors(imposed, uow)
    await uow.obligations.add(imposed)
    owing.obligations |= {(owed.credit_code, owed.period): owed for owed in imposed}
    await uow.changes.add_successions(successions)
    for obligation in imposed:
        _tell(obligation, uow, at)
    if changes:
        through = {row.credit_code for row in own if row.differentiation.is_held_by_province}
        await carry_out_table_changes(changes, owing, through_province=through, uow=uow, at=at)


def _imposed(row: EntityRow, issuance: Issuance, at: datetime) -> Obligation:
    return impose(
        credit_code=row.credit_code,
        province_code=issuance.province_code,
        obligation_tco2e=row.obligation_tco2e,
        rules=rules_of(issuance.period),
        at=at,
        name=row.name,
        sector=row.sector,
        is_through_province=row.differentiation.is_held_by_province,
    )


async def _owed_by_successors(
    imposed: Sequence[Obligation], uow: UnitOfWork
) -> tuple[list[Obligation], list[tuple[str, Succession]]]:
    """Let what is imposed on an absorbed entity be owed by its successor from the start."""
    mergers = await uow.changes.mergers({owed.credit_code for owed in imposed})
    told: list[Obligation] = []
    successions: list[tuple[str, Succession]] = []
    for owed in imposed:
        merger = merger_into_successor(owed.credit_code, mergers)
        told.append(owed if merger is None else replace(owed, owed_by=merger.survivor_credit_code))
        if merger is not None:
            succession = Succession(
                credit_code=owed.credit_code,
                period=owed.period,
                successor_credit_code=merger.survivor_credit_code,
                outstanding_tco2e=owed.unmet_tco2e,
            )
            successions.append((merger.registration_no, succession))
    return told, successions


def _tell(obligation: Obligation, uow: UnitOfWork, at: datetime) -> None:
    uow.record(ComplianceNoticeIssued(obligation=obligation, at=at))
    if obligation.completed_time is not None:
        uow.record(ComplianceCertificateIssued(obligation=obligation, at=at))
