"""Steps of the work on accounts for tests with fakes: apply, review twice."""

from datetime import UTC, date, datetime

from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import make_identity_number
from registry.app.apply_for_account_changes import (
    ApplyForAccountChanges,
    ChangeForm,
    apply_for_account_changes,
)
from registry.app.apply_for_accounts import ApplyForAccounts, apply_for_accounts
from registry.app.first_review_account_applications import (
    FirstReviewAccountApplications,
    Review,
    first_review_account_applications,
)
from registry.app.second_review_account_applications import (
    SecondReviewAccountApplications,
    second_review_account_applications,
)
from registry.domain.account_applications import AccountForm, Information, Paper
from registry.domain.accounts import AccountKind
from registry.domain.operators import OperatorChange, OperatorDuties
from registry_messages import DEFICIT, code, name

CLOCK = FixedClock(datetime(2021, 11, 1, 1, 0, tzinfo=UTC))
CALENDAR = load_work_calendar()
DUE_DATE = date(2021, 11, 22)
ACCOUNT = f"R-E-{DEFICIT}"
PERSON = make_identity_number("11010519491231002")
PAPERS = (Paper(kind="business licence", document_no="L-1", digest=b"d" * 32),)
PEOPLE = OperatorChange(
    registered=(
        OperatorDuties(subject="clerk", is_initiator=True, is_confirmer=False),
        OperatorDuties(subject="head", is_initiator=False, is_confirmer=True),
    )
)


def form(number=1, *, kind=AccountKind.EMITTER, holder_no=None, **information):
    """The application of the entity with this number."""
    told = {"name": name(number), "province_code": "37", "licence_no": "", "contact": ""} | information
    return AccountForm(
        kind=kind, holder_no=holder_no or code(number), information=Information(**told), papers=PAPERS
    )


async def apply(uow, *forms):
    command = ApplyForAccounts(forms=forms, submitted_by="agent")
    return await apply_for_accounts(command, uow=uow, clock=CLOCK, calendar=CALENDAR)


async def ask(uow, *contents, account_no=ACCOUNT, holder_no=""):
    """Apply for changes of an account."""
    forms = tuple(
        ChangeForm(account_no=account_no, holder_no=holder_no, content=content, papers=PAPERS)
        for content in contents
    )
    command = ApplyForAccountChanges(forms=forms, submitted_by="agent")
    return await apply_for_account_changes(command, uow=uow, clock=CLOCK, calendar=CALENDAR)


async def first(uow, *application_nos, is_passed=True, reviewed_by="first"):
    reviews = tuple(Review(application_no=number, is_passed=is_passed, note="") for number in application_nos)
    command = FirstReviewAccountApplications(reviews=reviews, reviewed_by=reviewed_by)
    return await first_review_account_applications(command, uow=uow, clock=CLOCK)


async def second(uow, *application_nos, is_passed=True, reviewed_by="second"):
    reviews = tuple(Review(application_no=number, is_passed=is_passed, note="") for number in application_nos)
    command = SecondReviewAccountApplications(reviews=reviews, reviewed_by=reviewed_by)
    return await second_review_account_applications(command, uow=uow, clock=CLOCK)


async def pass_both(uow, *application_nos):
    """Let applications pass both reviews."""
    assert await first(uow, *application_nos) == list(application_nos)
    return await second(uow, *application_nos)


async def with_operators(uow):
    """Register "clerk" to initiate and "head" to confirm for entity 1."""
    await pass_both(uow, *await ask(uow, PEOPLE))
    return uow
