from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from account_steps import ACCOUNT, CALENDAR, PAPERS, PEOPLE
from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    ApplicationStatus,
    Information,
    account_no_of,
    due_date,
    kind_of,
    review_first,
    review_second,
    with_information,
)
from registry.domain.accounts import AccountStatus
from registry.domain.carrying_out import Situation, carry_out
from registry.domain.closing import Closing, ClosingReason
from registry_fakes import NOW, emitter

APPLICATION = AccountApplication(
    application_no=f"AA-{ACCOUNT}-1",
    account_no=ACCOUNT,
    ordinal=1,
    kind=ApplicationKind.INFORMATION,
    content=Information(contact="new"),
    papers=PAPERS,
    status=ApplicationStatus.SUBMITTED,
    submitted_by="agent",
    submitted_time=NOW,
    due_date=None,
)
REVIEWED = replace(APPLICATION, status=ApplicationStatus.FIRST_REVIEWED, first_reviewed_by="first")


def review(function, application, *, is_passed=True, reviewed_by="second"):
    return function(application, is_passed=is_passed, reviewed_by=reviewed_by, note="n", at=NOW)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        # Fifteen work days, over the seven days off at the beginning of October 2021 with their make-up days.
        (datetime(2021, 9, 27, 1, tzinfo=UTC), date(2021, 10, 22)),
        # At 17:00 UTC it is the next day in Shanghai.
        (datetime(2021, 11, 1, 17, tzinfo=UTC), date(2021, 11, 23)),
        (datetime(2021, 11, 1, 15, tzinfo=UTC), date(2021, 11, 22)),
        # The calendar of 2027 is not announced.
        (datetime(2026, 12, 28, 1, tzinfo=UTC), None),
    ],
)
def test_an_application_is_to_be_reviewed_within_fifteen_work_days(at, due):
    assert due_date(at, CALENDAR) == due


def test_each_review_leads_on_or_ends():
    assert review(review_first, APPLICATION).status is ApplicationStatus.FIRST_REVIEWED
    assert review(review_first, APPLICATION, is_passed=False).status is ApplicationStatus.REFUSED
    assert review(review_second, REVIEWED).status is ApplicationStatus.PASSED
    assert review(review_second, REVIEWED, is_passed=False).status is ApplicationStatus.REFUSED


@pytest.mark.parametrize("status", set(ApplicationStatus) - {ApplicationStatus.SUBMITTED})
def test_only_a_new_application_is_reviewed_first(status):
    assert review(review_first, replace(APPLICATION, status=status)).reason == "REVIEW_OUT_OF_ORDER"


@pytest.mark.parametrize("status", set(ApplicationStatus) - {ApplicationStatus.FIRST_REVIEWED})
def test_only_one_that_was_reviewed_first_is_reviewed_second(status):
    application = replace(REVIEWED, status=status)
    assert review(review_second, application, reviewed_by="first").reason == "REVIEW_OUT_OF_ORDER"


def test_one_person_does_not_review_twice():
    for is_passed in (True, False):
        assert (
            review(review_second, REVIEWED, is_passed=is_passed, reviewed_by="first").reason == "SAME_PERSON"
        )


def test_information_that_is_not_named_stays():
    account = emitter(1, licence_no="B-1", contact="old")
    changed = with_information(account, Information(contact=""))
    assert (changed.contact, changed.licence_no, changed.name) == ("", "B-1", account.name)


def test_a_change_is_an_application_of_its_kind():
    closing = Closing(reason=ClosingReason.DIED, note="")
    assert [kind_of(content) for content in (Information(), PEOPLE, closing)] == [
        ApplicationKind.INFORMATION,
        ApplicationKind.OPERATORS,
        ApplicationKind.CLOSING,
    ]


def test_the_number_names_the_account():
    assert account_no_of(APPLICATION.application_no) == ACCOUNT
    assert account_no_of("AA-R-P-37-12") == "R-P-37"
    assert account_no_of("x") == ""


def test_nothing_is_carried_out_about_an_account_that_is_closed_meanwhile():
    situation = Situation(
        account=emitter(1, status=AccountStatus.CLOSED, closed_time=NOW),
        operators=(),
        listed=None,
        open_account_no=None,
        is_empty=True,
        pending=(),
    )
    assert carry_out(APPLICATION, situation, at=NOW).reason == "ACCOUNT_CLOSED"
