"""Apply for changes of open accounts: information, operators, closing."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ApplicationNo

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.account_applications import (
    AccountApplication,
    Content,
    Paper,
    Submission,
    apply_for_change,
    due_date,
    kind_of,
)
from registry.domain.accounts import not_open, refusal_of_change


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm:
    """What is asked for of an account; staff of the registration body leave the holder empty."""

    account_no: str
    holder_no: str
    content: Content
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForAccountChanges:
    """Forms in order, and who submits or records them."""

    forms: tuple[ChangeForm, ...]
    submitted_by: str


async def apply_for_account_changes(
    command: ApplyForAccountChanges, *, uow: UnitOfWork, clock: Clock, calendar: WorkCalendar
) -> Sequence[ItemOutcome]:
    """Take each application that may be; it is carried out with the second review."""
    at = clock.now()
    account_nos = {form.account_no for form in command.forms}
    accounts = await uow.accounts.lock_known(account_nos)
    waiting = dict(await uow.account_applications.waiting(account_nos))
    ordinals = dict(await uow.account_applications.last_ordinals(account_nos))
    taken: list[AccountApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        account = accounts.get(form.account_no)
        refusal = refusal_of_change(form.account_no, account, credit_code=form.holder_no)
        if refusal is not None or account is None:
            outcomes.append(refusal or not_open(form.account_no))
            continue
        key = (account.account_no, kind_of(form.content))
        decided = apply_for_change(
            account,
            form.content,
            form.papers,
            Submission(
                submitted_by=command.submitted_by,
                at=at,
                due_date=due_date(at, calendar),
                last_ordinal=ordinals.get(account.account_no, 0),
                waiting=ApplicationNo(waiting[key]) if key in waiting else None,
            ),
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        waiting[key] = decided.application_no
        ordinals[account.account_no] = decided.ordinal
        taken.append(decided)
        outcomes.append(decided.application_no)
    await uow.account_applications.add(taken)
    return outcomes
