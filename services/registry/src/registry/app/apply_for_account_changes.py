"""Apply for changes of open accounts: information, operators, closing."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.taken_applications import applications_of
from registry.domain.account_applications import Content, Paper, apply_for_change, kind_of
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
    account_nos = {form.account_no for form in command.forms}
    accounts = await uow.accounts.lock_known(account_nos)
    operators = await uow.operators.of(account_nos)
    applications = await applications_of(
        account_nos, submitted_by=command.submitted_by, at=clock.now(), calendar=calendar, uow=uow
    )
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        account = accounts.get(form.account_no)
        refusal = refusal_of_change(form.account_no, account, credit_code=form.holder_no)
        if refusal is not None or account is None:
            outcomes.append(refusal or not_open(form.account_no))
            continue
        decided = apply_for_change(
            account,
            form.content,
            form.papers,
            applications.submission(account.account_no, kind_of(form.content)),
            operators=operators.get(account.account_no, ()),
        )
        outcomes.append(applications.take(decided))
    await uow.account_applications.add(applications.taken)
    return outcomes
