"""Apply for registration accounts (开户申请)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.taken_applications import applications_of
from registry.domain.account_applications import (
    AccountForm,
    ApplicationKind,
    account_applied_for,
    apply_for_account,
)
from registry.domain.accounts import Account, AccountStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForAccounts:
    """Forms in order, and who submits them."""

    forms: tuple[AccountForm, ...]
    submitted_by: str


async def apply_for_accounts(
    command: ApplyForAccounts, *, uow: UnitOfWork, clock: Clock, calendar: WorkCalendar
) -> Sequence[ItemOutcome]:
    """Take each application that may be; the account is on record from then on, and opens with the second review."""
    holder_nos = {form.holder_no for form in command.forms}
    listed = await uow.roster.listed(holder_nos)
    await uow.accounts.hold_openings()
    known = {
        holder: list(accounts)
        for holder, accounts in (await uow.accounts.known_of_holders(holder_nos)).items()
    }
    person_count = await uow.accounts.person_count()
    numbers = {account.account_no for accounts in known.values() for account in accounts}
    applications = await applications_of(
        numbers, submitted_by=command.submitted_by, at=clock.now(), calendar=calendar, uow=uow
    )
    new: list[Account] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        account = account_applied_for(form, person_ordinal=person_count + 1)
        if isinstance(account, EtsError):
            outcomes.append(account)
            continue
        before = known.setdefault(account.holder_no, [])
        present = next((one for one in before if one.kind is account.kind), None)
        if present is not None:
            account = replace(account, account_no=present.account_no)
        outcome = applications.take(
            apply_for_account(
                account,
                form.papers,
                applications.submission(account.account_no, ApplicationKind.OPENING),
                listed=listed.get(account.credit_code),
                open_account_no=_open_account_no(before),
            )
        )
        outcomes.append(outcome)
        if present is None and not isinstance(outcome, EtsError):
            before.append(account)
            new.append(account)
            person_count += bool(account.identity_number)
    await uow.accounts.add(new)
    await uow.account_applications.add(applications.taken)
    return outcomes


def _open_account_no(accounts: Sequence[Account]) -> str | None:
    return next((one.account_no for one in accounts if one.status is AccountStatus.OPEN), None)
