"""Steps that the use cases of change registrations share: locking, what a change finds, whether it can be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import NATIONAL_ACCOUNT

from registry.app.corrected_records import (
    carry_over_nos,
    first_entries,
    lock_cases,
    lock_records,
    records_standing,
)
from registry.app.ports import UnitOfWork
from registry.app.postings import cause_of
from registry.domain.accounts import AccountKind, AddressedAccounts
from registry.domain.change import ChangeKind, ChangeRegistration, ProposedChange
from registry.domain.change_errors import ChangeNotFound
from registry.domain.change_movements import change_commands
from registry.domain.change_rules import Step, record_changes, steps_of
from registry.domain.change_standing import Standing
from registry.domain.corrected_records import Record
from registry.domain.corrected_standing import records_after

_OF_NATIONAL = frozenset({ChangeKind.RESERVE, ChangeKind.RESERVE_RELEASE})


def as_proposed(change: ChangeRegistration) -> ProposedChange:
    """Give what a registration asks for, to be judged again."""
    return ProposedChange(
        kind=change.kind,
        document=change.document,
        lines=change.lines,
        account_no=change.account_no,
        survivor_account_no=change.survivor_account_no,
        expiry_date=change.expiry_date,
    )


def change_not_found(registration_no: str) -> ChangeNotFound:
    """Refuse a registration that does not exist."""
    return ChangeNotFound(f"there is no {registration_no}", registration_no=registration_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What changes touch: accounts, and what the entries to correct have registered."""

    accounts: AddressedAccounts
    records: Mapping[str, Record]


async def lock_named(proposals: Iterable[ProposedChange], *, uow: UnitOfWork) -> Locked:
    """Lock every account and record that the changes touch, in order; `uow.changes` is held, so freezes stay."""
    proposals = list(proposals)
    first = await first_entries(proposals, uow)
    cases = await lock_cases(first, uow)
    accounts = await _lock_accounts(proposals, uow)
    if carry_over_nos(first) or any(proposed.kind is ChangeKind.MERGER for proposed in proposals):
        await uow.carry_overs.notices({account.credit_code for account in accounts.values()})
    return Locked(accounts=accounts, records=await lock_records(first, cases, uow))


async def _lock_accounts(proposals: Sequence[ProposedChange], uow: UnitOfWork) -> AddressedAccounts:
    lines = [line for proposed in proposals for line in proposed.lines]
    named = {proposed.account_no for proposed in proposals}
    named |= {proposed.survivor_account_no for proposed in proposals}
    named |= {line.source_account_no for line in lines} | {line.target_account_no for line in lines}
    freezes = await uow.changes.freezes({line.freeze_no for line in lines} - {""})
    named |= {freeze.account_no for freeze in freezes.values()}
    for entry in (await uow.ledger.entries({line.corrects for line in lines} - {""})).values():
        named |= {entry.source.account, entry.destination.account}
    if any(proposed.kind in _OF_NATIONAL for proposed in proposals):
        named.add(NATIONAL_ACCOUNT)
    return await uow.accounts.lock(named - {""})


async def standing_of(proposals: Sequence[ProposedChange], locked: Locked, *, uow: UnitOfWork) -> Standing:
    """Read what changes find now; each looks only at what it names."""
    accounts = locked.accounts
    lines = [line for proposed in proposals for line in proposed.lines]
    entries = await uow.ledger.entries({line.corrects for line in lines} - {""})
    giving = {proposed.account_no for proposed in proposals} | {line.source_account_no for line in lines}
    giving = giving - {""} | {entry.destination.account for entry in entries.values()}
    provinces = {
        accounts[account_no].province_code: account_no
        for account_no in giving & accounts.keys()
        if accounts[account_no].kind is AccountKind.PROVINCIAL
    }
    earmarked = await uow.changes.earmarked(provinces.keys())
    freezes = dict(await uow.changes.freezes({line.freeze_no for line in lines} - {""}))
    absorbed = {proposed.account_no for proposed in proposals if proposed.kind is ChangeKind.MERGER}
    freezes |= await uow.changes.freezes_of(absorbed)
    records = {number: locked.records[number] for number in entries if number in locked.records}
    return Standing(
        accounts=accounts,
        held=await uow.ledger.positions(giving),
        freezes=freezes,
        entries=entries,
        corrected=frozenset(await uow.changes.corrected(entries.keys())),
        earmarked={(provinces[code], product): held for (code, product), held in earmarked.items()},
        records=records,
        of_records=await records_standing(records.values(), entries.values(), uow),
    )


async def lock_holdings(
    proposals: Sequence[ProposedChange], locked: Locked, *, uow: UnitOfWork, at: datetime
) -> Sequence[Sequence[Step] | EtsError]:
    """Settle changes, each as if it were the only one, and lock all that they would move, in one order.

    Locked one after the other, two batches could wait for each other's balances.
    """
    standing = await standing_of(proposals, locked, uow=uow)
    found = [settled(proposed, standing, at=at) for proposed in proposals]
    commands = [
        command
        for index, (proposed, steps) in enumerate(zip(proposals, found, strict=True))
        if not isinstance(steps, EtsError)
        for command in change_commands(f"{index}", proposed.kind, steps)
    ]
    await uow.ledger.judge(commands, at=at)
    return found


async def tried(
    registration_no: str,
    kind: ChangeKind,
    steps: Sequence[Step] | EtsError,
    *,
    uow: UnitOfWork,
    at: datetime,
) -> Sequence[Step] | EtsError:
    """Give the steps of a change that the ledger would carry out now, or why it would not."""
    if isinstance(steps, EtsError):
        return steps
    return cause_of(await uow.ledger.judge(change_commands(registration_no, kind, steps), at=at)) or steps


def settled(proposed: ProposedChange, standing: Standing, *, at: datetime) -> Sequence[Step] | EtsError:
    """Give the steps of a change, or why there are none; the ledger is not asked."""
    try:
        steps = steps_of(proposed, standing)
        records_after(record_changes(steps), standing.of_records, reference="", at=at)
    except EtsError as refusal:
        return refusal
    return steps
