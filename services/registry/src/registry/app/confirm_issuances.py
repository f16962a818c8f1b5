"""Second person: issue tables, all of a table or nothing, and tell each entity what it owes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import AccountNotFound, EtsError
from ets_kernel.domain.ids import emitter_account, provincial_account
from ets_kernel.domain.products import allowance_product
from ets_ledger.domain.commands import Command
from ets_ledger.domain.errors import LinkedTransferRefused

from registry.app.initiate_issuances import table_not_found
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.allocation_table import (
    EntityRow,
    Issuance,
    IssuanceStatus,
    TableKind,
    pre_allocation_table_no,
    refusal_of_confirmation,
)
from registry.domain.compliance_rules import rules_of
from registry.domain.errors import PreAllocationNotIssued
from registry.domain.events import AllowancesIssued, ComplianceCertificateIssued, ComplianceNoticeIssued
from registry.domain.movements import issuance_commands
from registry.domain.obligation import Obligation, impose

POSTED_COMMANDS_MAX = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIssuances:
    """Tables to issue, and who confirms."""

    table_nos: tuple[str, ...]
    confirmed_by: str


async def confirm_issuances(
    command: ConfirmIssuances, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Issue each table that a second person may; a refused table issues nothing at all."""
    at = clock.now()
    wanted = set(command.table_nos)
    # A true-up looks at its pre-allocation, so both are locked together, in one order.
    tables = dict(
        await uow.tables.lock(wanted | {number.replace("/VERIFIED/", "/PRE/") for number in wanted})
    )
    rows = await uow.tables.rows(wanted)
    accounts = await uow.accounts.lock(_account_nos(tables, rows))
    outcomes: list[ItemOutcome] = []
    issued: list[Issuance] = []
    for table_no in command.table_nos:
        issuance = tables.get(table_no)
        if issuance is None:
            outcomes.append(table_not_found(table_no))
            continue
        refusal = (
            refusal_of_confirmation(issuance, command.confirmed_by)
            or _refusal_of_order(issuance, tables)
            or _refusal_of_accounts(issuance, rows[table_no], frozenset(accounts))
            or await _post(list(issuance_commands(issuance, rows[table_no])), uow, at)
        )
        if refusal is not None:
            outcomes.append(refusal)
            continue
        tables[table_no] = replace(
            issuance, status=IssuanceStatus.ISSUED, confirmed_by=command.confirmed_by, confirmed_time=at
        )
        issued.append(tables[table_no])
        outcomes.append(table_no)
    await uow.tables.save(issued, at=at)
    await _tell(issued, rows, uow, at)
    return outcomes


async def _post(commands: Sequence[Command], uow: UnitOfWork, at: datetime) -> EtsError | None:
    """Post a table's one group; give the refusal that the others were linked to."""
    results = await uow.ledger.post(commands, at=at)
    refusals = [result for result in results if isinstance(result, EtsError)]
    causes = [refusal for refusal in refusals if not isinstance(refusal, LinkedTransferRefused)]
    return next(iter(causes or refusals), None)


def _account_nos(tables: Mapping[str, Issuance], rows: Mapping[str, Sequence[EntityRow]]) -> set[str]:
    numbers: set[str] = {provincial_account(table.province_code) for table in tables.values()}
    for table_rows in rows.values():
        numbers |= {emitter_account(row.credit_code) for row in table_rows}
    return numbers


def _refusal_of_order(issuance: Issuance, tables: Mapping[str, Issuance]) -> EtsError | None:
    if issuance.kind is TableKind.PRE_ALLOCATION:
        return None
    number = pre_allocation_table_no(issuance)
    before = tables.get(number)
    if before is not None and before.status is IssuanceStatus.ISSUED:
        return None
    return PreAllocationNotIssued(
        f"{issuance.table_no} trues up {number}, which is not issued",
        table_no=issuance.table_no,
        pre_allocation_table_no=number,
    )


def _refusal_of_accounts(
    issuance: Issuance, rows: Sequence[EntityRow], open_nos: frozenset[str]
) -> EtsError | None:
    needed = [provincial_account(issuance.province_code), *(emitter_account(row.credit_code) for row in rows)]
    for account_no in needed:
        if account_no not in open_nos:
            return AccountNotFound(f"{account_no} is not open", account_no=account_no)
    return None


async def _tell(
    issued: Sequence[Issuance], rows: Mapping[str, Sequence[EntityRow]], uow: UnitOfWork, at: datetime
) -> None:
    imposed: list[Obligation] = []
    for issuance in issued:
        uow.record(
            AllowancesIssued(
                table_no=issuance.table_no,
                revision=issuance.revision,
                product=allowance_product(issuance.period),
                issue_tco2e=issuance.issue_tco2e,
                entity_count=issuance.entity_count,
                initiated_by=issuance.initiated_by,
                confirmed_by=issuance.confirmed_by,
                at=at,
            )
        )
        if issuance.kind is TableKind.VERIFIED:
            imposed += [
                impose(
                    credit_code=row.credit_code,
                    province_code=issuance.province_code,
                    obligation_tco2e=row.obligation_tco2e,
                    rules=rules_of(issuance.period),
                    at=at,
                )
                for row in rows[issuance.table_no]
            ]
    await uow.obligations.add(imposed)
    for obligation in imposed:
        uow.record(ComplianceNoticeIssued(obligation=obligation, at=at))
        if obligation.completed_time is not None:
            uow.record(ComplianceCertificateIssued(obligation=obligation, at=at))
