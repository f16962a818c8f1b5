"""Second person: issue tables, all of a table or nothing, and tell each entity what it owes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import emitter_account, provincial_account
from ets_kernel.domain.products import allowance_product
from ets_ledger.domain.commands import Command

from registry.app.changed_obligations import Owing, lock_owing
from registry.app.imposed_obligations import impose_obligations
from registry.app.initiate_issuances import table_not_found
from registry.app.ports import UnitOfWork
from registry.app.postings import cause_of
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts
from registry.domain.adjustment import AdjustmentChange, Remainders, changes_of_table
from registry.domain.allocation_history import tables_before
from registry.domain.allocation_table import EntityRow, Issuance, IssuanceStatus, refusal_of_confirmation
from registry.domain.earmark import EarmarkChange, EarmarkKey
from registry.domain.events import AllocationAdjustmentChanged, AllowancesEarmarked, AllowancesIssued
from registry.domain.issuing import (
    earmarks_of_table,
    is_left_with_province,
    refusal_of_figures,
    refusal_of_order,
)
from registry.domain.movements import issuance_commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIssuances:
    """Tables to issue, and who confirms."""

    table_nos: tuple[str, ...]
    confirmed_by: str


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known before a table, and after each one that is issued."""

    tables: dict[str, Issuance]
    rows: Mapping[str, Sequence[EntityRow]]
    accounts: AddressedAccounts
    remainders: Remainders
    earmarks: dict[EarmarkKey, EarmarkChange]
    owing: Owing
    adjusted: list[AdjustmentChange] = field(default_factory=list)
    earmarked: list[EarmarkChange] = field(default_factory=list)
    issued: list[Issuance] = field(default_factory=list)


async def confirm_issuances(
    command: ConfirmIssuances, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Issue each table that a second person may; a refused table issues nothing at all."""
    at = clock.now()
    # Who was absorbed by whom stays as it is meanwhile.
    await uow.changes.hold()
    known = await _known(set(command.table_nos), uow)
    await _lock_holdings(command.table_nos, known, uow, at)
    outcomes = [
        await _issue(table_no, command.confirmed_by, known, uow, at) for table_no in command.table_nos
    ]
    await uow.tables.save(known.issued, at=at)
    await uow.adjustments.add(known.adjusted, by=command.confirmed_by, at=at)
    await uow.earmarks.add(known.earmarked, at=at)
    _tell(known, uow, at)
    await impose_obligations(known.issued, known.rows, known.owing, uow=uow, at=at)
    return outcomes


async def _known(wanted: set[str], uow: UnitOfWork) -> _Known:
    # A true-up looks at the tables before it, so all are locked together, in one order.
    before = {number for table_no in wanted for number in tables_before(table_no)}
    tables = dict(await uow.tables.lock(wanted | before))
    rows = await uow.tables.rows(tables.keys())
    credit_codes = {row.credit_code for number in wanted for row in rows.get(number, ())}
    account_nos: set[str] = {emitter_account(code) for code in credit_codes}
    account_nos |= {provincial_account(table.province_code) for table in tables.values()}
    accounts = await uow.accounts.lock(account_nos)
    # What an issued table changes is locked before the ledger, as everywhere.
    keys = {(row.credit_code, tables[number].period) for number in wanted for row in rows.get(number, ())}
    owing = await lock_owing(keys, uow)
    return _Known(
        tables=tables,
        rows=rows,
        accounts=accounts,
        remainders=await uow.adjustments.remainders(credit_codes),
        earmarks=dict(await uow.earmarks.last(credit_codes)),
        owing=owing,
    )


async def _lock_holdings(table_nos: Sequence[str], known: _Known, uow: UnitOfWork, at: datetime) -> None:
    """Lock all that several tables would move, in one order.

    Locked table after table, two calls could wait for each other's balances; each table is posted for itself all the
    same, because one that is refused issues nothing and those after it count on what was issued.
    """
    wanted = [known.tables[number] for number in dict.fromkeys(table_nos) if number in known.tables]
    if len(wanted) > 1:
        commands = [
            command
            for issuance in wanted
            if issuance.status is IssuanceStatus.INITIATED
            for command in _commands(issuance, known)
        ]
        await uow.ledger.judge(commands, at=at)


def _commands(issuance: Issuance, known: _Known) -> Sequence[Command]:
    rows = known.rows[issuance.table_no]
    return list(issuance_commands(issuance, rows, earmarks_of_table(issuance, rows, known.earmarks)))


async def _issue(
    table_no: str, confirmed_by: str, known: _Known, uow: UnitOfWork, at: datetime
) -> ItemOutcome:
    issuance = known.tables.get(table_no)
    if issuance is None:
        return table_not_found(table_no)
    rows = known.rows[table_no]
    refusal = (
        refusal_of_confirmation(issuance, confirmed_by)
        or refusal_of_order(issuance, known.tables)
        or refusal_of_figures(issuance, known.rows, known.remainders)
        or _refusal_of_accounts(issuance, rows, known)
    )
    if refusal is not None:
        return refusal
    earmarked = earmarks_of_table(issuance, rows, known.earmarks)
    refusal = cause_of(await uow.ledger.post(issuance_commands(issuance, rows, earmarked), at=at))
    if refusal is not None:
        return refusal

    # From here on the table is issued.
    issued = replace(issuance, status=IssuanceStatus.ISSUED, confirmed_by=confirmed_by, confirmed_time=at)
    known.tables[table_no] = issued
    known.issued.append(issued)
    known.earmarks |= {change.key: change for change in earmarked}
    known.earmarked += earmarked
    for row in rows:
        known.adjusted += changes_of_table(issuance, row, known.remainders)
    return table_no


def _refusal_of_accounts(issuance: Issuance, rows: Sequence[EntityRow], known: _Known) -> EtsError | None:
    needed = [provincial_account(issuance.province_code), *(emitter_account(row.credit_code) for row in rows)]
    for account_no in needed:
        account = known.accounts.found(account_no)
        if isinstance(account, EtsError):
            return account
    return None


def _tell(known: _Known, uow: UnitOfWork, at: datetime) -> None:
    for issuance in known.issued:
        rows = known.rows[issuance.table_no]
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
                borrowed_tco2e=sum(row.borrowed_tco2e for row in rows),
                earmarked_tco2e=sum(max(row.issue_tco2e, 0) for row in rows if is_left_with_province(row)),
            )
        )
    for change in known.adjusted:
        uow.record(AllocationAdjustmentChanged(change=change, at=at))
    for earmark in known.earmarked:
        uow.record(AllowancesEarmarked(change=earmark, at=at))
