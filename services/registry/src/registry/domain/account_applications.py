"""Applications about accounts (开户、信息变更、操作人、注销): papers, two reviews, and what follows.

Source: 碳排放权登记管理规则(试行), 公告2021年第21号, 2021-05-14: a change of name or licence is filed with proof and
made after a review. 温室气体自愿减排注册登记规则(试行), 2023-11-16, articles 5 to 11, is the nearest full text.

REG-24  What an application asks for happens after two reviews by two people of the registration body, and once.
REG-25  Of an account, one application of a kind waits at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import business_date
from ets_kernel.domain.errors import (
    CalendarYearUnknown,
    EtsError,
    ProvinceMismatch,
    ReviewOutOfOrder,
    SamePerson,
)
from ets_kernel.domain.ids import (
    AccountNo,
    ApplicationNo,
    CreditCode,
    emitter_account,
    individual_account,
    institution_account,
    parse_credit_code,
    parse_identity_number,
)
from ets_kernel.domain.provinces import parse_province_code

from registry.domain.accounts import (
    Account,
    AccountKind,
    AccountStatus,
    ListedEntity,
    open_already,
    refusal_of_holder,
)
from registry.domain.closing import Closing
from registry.domain.errors import (
    AccountApplicationPending,
    AccountKindWrong,
    ChangeEmpty,
    EntityNotListed,
    NameMismatch,
)
from registry.domain.operators import Operator, OperatorChange, change_operators

# Source: 温室气体自愿减排注册登记规则（试行）, 2023-11-16, articles 7 and 8: opening and change of information within
# 15 work days. That this holds for accounts of allowances too is ours: their rules as we have them name no number.
REVIEW_WORK_DAYS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper of an application, by the SHA-256 of its scan."""

    kind: str
    document_no: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Information about a holder; what is None stays as it is."""

    name: str | None = None
    province_code: str | None = None
    licence_no: str | None = None
    contact: str | None = None


class ApplicationKind(StrEnum):
    """What an application asks for."""

    OPENING = "opening"
    INFORMATION = "information"
    OPERATORS = "operators"
    CLOSING = "closing"


class ApplicationStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    FIRST_REVIEWED = "first_reviewed"
    PASSED = "passed"
    REFUSED = "refused"


WAITING: Final = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.FIRST_REVIEWED})

Content = Information | OperatorChange | Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountApplication:
    """An application about an account, with its papers and reviews."""

    application_no: ApplicationNo
    account_no: AccountNo
    ordinal: int
    kind: ApplicationKind
    content: Content
    papers: tuple[Paper, ...]
    status: ApplicationStatus
    submitted_by: str
    submitted_time: datetime
    # None where the calendar of that year is not announced yet.
    due_date: date | None
    first_reviewed_by: str = ""
    first_reviewed_time: datetime | None = None
    second_reviewed_by: str = ""
    second_reviewed_time: datetime | None = None
    # What the last reviewer said, and the first one.
    review_note: str = ""
    first_review_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """An account that its holder asks for."""

    kind: AccountKind
    holder_no: str
    information: Information
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Who submits, when, how many applications the account had before, and which of them waits."""

    submitted_by: str
    at: datetime
    due_date: date | None
    last_ordinal: int
    waiting: ApplicationNo | None


def due_date(at: datetime, calendar: WorkCalendar) -> date | None:
    """Give the day by which an application is to be reviewed."""
    try:
        return calendar.add_work_days(business_date(at), REVIEW_WORK_DAYS)
    except CalendarYearUnknown:
        return None


def account_applied_for(form: AccountForm, *, person_ordinal: int) -> Account | EtsError:
    """Name the account that a holder asks for; a person's gets this number if it has none yet."""
    province_code = form.information.province_code or ""
    try:
        credit_code, identity_number = "", ""
        if form.kind is AccountKind.INDIVIDUAL:
            identity_number = parse_identity_number(form.holder_no)
            account_no = individual_account(person_ordinal)
        elif form.kind in (AccountKind.EMITTER, AccountKind.INSTITUTION):
            credit_code = parse_credit_code(form.holder_no)
            is_emitter = form.kind is AccountKind.EMITTER
            account_no = (emitter_account if is_emitter else institution_account)(CreditCode(credit_code))
        else:
            return AccountKindWrong(f"nobody applies for an account of kind {form.kind}", kind=form.kind)
        if province_code or form.kind is AccountKind.EMITTER:
            parse_province_code(province_code)
    except EtsError as refusal:
        return refusal
    return Account(
        account_no=account_no,
        kind=form.kind,
        credit_code=credit_code,
        identity_number=identity_number,
        name=form.information.name or "",
        province_code=province_code,
        licence_no=form.information.licence_no or "",
        contact=form.information.contact or "",
        opened_time=None,
        status=AccountStatus.APPLIED,
        version=0,
    )


def apply_for_account(
    account: Account,
    papers: tuple[Paper, ...],
    submission: Submission,
    *,
    listed: ListedEntity | None,
    open_account_no: str | None,
) -> AccountApplication | EtsError:
    """Take an application for an account, which may be one that was refused or closed before."""
    if account.kind is AccountKind.EMITTER:
        refusal = refusal_of_holder(account.credit_code, account.name, account.province_code, listed)
        if refusal is not None:
            return refusal
    if open_account_no is not None:
        return open_already(open_account_no)
    information = Information(
        name=account.name,
        province_code=account.province_code,
        licence_no=account.licence_no,
        contact=account.contact,
    )
    return _submit(account, ApplicationKind.OPENING, information, papers, submission)


def apply_for_change(
    account: Account,
    content: Content,
    papers: tuple[Paper, ...],
    submission: Submission,
    *,
    operators: Sequence[Operator] = (),
) -> AccountApplication | EtsError:
    """Take an application about an open account, which has these operators now."""
    if content in (Information(), OperatorChange()):
        return ChangeEmpty(f"nothing of {account.account_no} changes", account_no=account.account_no)
    if isinstance(content, Information) and content.province_code is not None:
        try:
            parse_province_code(content.province_code)
        except EtsError as refusal:
            return refusal
    if isinstance(content, OperatorChange):
        after = change_operators(account.account_no, operators, content, application_no="", at=submission.at)
        if isinstance(after, EtsError):
            return after
    return _submit(account, kind_of(content), content, papers, submission)


def kind_of(content: Content) -> ApplicationKind:
    """Tell what a change of an open account is an application for."""
    if isinstance(content, Information):
        return ApplicationKind.INFORMATION
    return ApplicationKind.OPERATORS if isinstance(content, OperatorChange) else ApplicationKind.CLOSING


def account_no_of(application_no: str) -> str:
    """Give the number of the account that an application is about."""
    return application_no.removeprefix("AA-").rpartition("-")[0]


def review_first(
    application: AccountApplication, *, is_passed: bool, reviewed_by: str, note: str, at: datetime
) -> AccountApplication | ReviewOutOfOrder:
    """Make the first review (初审)."""
    if application.status is not ApplicationStatus.SUBMITTED:
        return _out_of_order(application)
    return replace(
        application,
        status=ApplicationStatus.FIRST_REVIEWED if is_passed else ApplicationStatus.REFUSED,
        first_reviewed_by=reviewed_by,
        first_reviewed_time=at,
        review_note=note,
        first_review_note=note,
    )


def review_second(
    application: AccountApplication, *, is_passed: bool, reviewed_by: str, note: str, at: datetime
) -> AccountApplication | ReviewOutOfOrder | SamePerson:
    """Make the second review (复审); what passes is then carried out."""
    if application.status is not ApplicationStatus.FIRST_REVIEWED:
        return _out_of_order(application)
    if application.first_reviewed_by == reviewed_by:
        return SamePerson(
            f"{reviewed_by} made the first review of {application.application_no}", subject=reviewed_by
        )

    # From here on the review is made.
    return replace(
        application,
        status=ApplicationStatus.PASSED if is_passed else ApplicationStatus.REFUSED,
        second_reviewed_by=reviewed_by,
        second_reviewed_time=at,
        review_note=note,
    )


def refusal_of_information(
    account: Account, *, listed: ListedEntity | None
) -> EntityNotListed | NameMismatch | ProvinceMismatch | None:
    """Tell why an account cannot stand like this: an emitter has the roster's name and province."""
    if account.kind is not AccountKind.EMITTER:
        return None
    return refusal_of_holder(account.credit_code, account.name, account.province_code, listed)


def with_information(account: Account, information: Information) -> Account:
    """Put information on an account; what is None stays."""
    return replace(
        account,
        name=_new(information.name, account.name),
        province_code=_new(information.province_code, account.province_code),
        licence_no=_new(information.licence_no, account.licence_no),
        contact=_new(information.contact, account.contact),
    )


def _submit(
    account: Account,
    kind: ApplicationKind,
    content: Content,
    papers: tuple[Paper, ...],
    submission: Submission,
) -> AccountApplication | AccountApplicationPending:
    if submission.waiting is not None:
        return AccountApplicationPending(
            f"{submission.waiting} waits",
            account_no=account.account_no,
            application_no=submission.waiting,
        )

    # From here on the application is taken.
    ordinal = submission.last_ordinal + 1
    return AccountApplication(
        application_no=ApplicationNo(f"AA-{account.account_no}-{ordinal}"),
        account_no=account.account_no,
        ordinal=ordinal,
        kind=kind,
        content=content,
        papers=papers,
        status=ApplicationStatus.SUBMITTED,
        submitted_by=submission.submitted_by,
        submitted_time=submission.at,
        due_date=submission.due_date,
    )


def _new(changed: str | None, present: str) -> str:
    return present if changed is None else changed


def _out_of_order(application: AccountApplication) -> ReviewOutOfOrder:
    return ReviewOutOfOrder(
        f"{application.application_no} is {application.status}",
        application_no=application.application_no,
        status=application.status,
    )
