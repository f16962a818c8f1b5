"""Rules of applications: order of refusals, the five percent, checks, decisions, receipts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ets_kernel.domain.ids import Period
from hypothesis import given
from hypothesis import strategies as st
from mrv.domain.errors import ReceiptAboveConfirmed
from mrv.domain.offset_application import (
    ApplicationStatus,
    CcerAccount,
    CheckCode,
    OffsetApplication,
    OffsetForm,
    OffsetLine,
    Standing,
    cancel,
    check,
    decide,
    refusal_of_decision,
    refusal_of_moment,
    submit,
)
from mrv.domain.roster import Entity

AT = datetime(2021, 11, 1, 1, 0, tzinfo=UTC)
LATE = datetime(2021, 12, 11, 0, 0, tzinfo=UTC)
PROJECTS = {"WIND1": False, "CAPTIVE1": True}
ENTITY = Entity(credit_code="A", name="one", province_code="37", period="2019-2020")
STANDING = Standing(entity=ENTITY, obligation_tco2e=1_019, applied_tco2e=0, last_ordinal=0)
ACCOUNT = CcerAccount(account_no="C-A", credit_code="A", is_open=True)


def form(*quantities: int, project_no: str = "WIND1", **changes) -> OffsetForm:
    values = {
        "credit_code": "A",
        "entity_name": "one",
        "province_code": "37",
        "period": "2019-2020",
        "obligation_tco2e": 1_019,
        "ccer_account_no": "C-A",
        "lines": tuple(
            OffsetLine(project_no=project_no, reduction_year=2010 + number, quantity_tco2e=quantity)
            for number, quantity in enumerate(quantities)
        ),
    }
    return OffsetForm(**(values | changes))


def submitted(quantity: int = 50) -> OffsetApplication:
    application, _ = submit(form(quantity), STANDING, projects=PROJECTS, at=AT)
    return application


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2021, 10, 25, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2021, 10, 25, 16, 0, tzinfo=UTC), True),
        (datetime(2021, 12, 10, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2021, 12, 10, 16, 0, tzinfo=UTC), False),
    ],
)
def test_the_window_is_from_26_october_to_the_end_of_10_december_in_shanghai(moment, is_open):
    assert (refusal_of_moment(Period("2019-2020"), moment) is None) is is_open


@pytest.mark.parametrize(
    ("obligation", "limit"), [(0, 0), (19, 0), (20, 1), (999, 49), (1_000, 50), (1_019, 50), (1_020, 51)]
)
def test_the_limit_is_five_percent_of_the_obligation_rounded_down(obligation, limit):
    assert replace(STANDING, obligation_tco2e=obligation).limit_tco2e == limit


def test_an_application_asks_for_the_limit_and_no_tonne_more():
    assert isinstance(submit(form(30, 20), STANDING, projects=PROJECTS, at=AT), tuple)
    assert submit(form(30, 21), STANDING, projects=PROJECTS, at=AT).reason == "OFFSET_LIMIT_EXCEEDED"


def test_an_application_follows_the_ones_before_it():
    application, after = submit(
        form(5), replace(STANDING, applied_tco2e=45, last_ordinal=3), projects=PROJECTS, at=AT
    )
    assert (application.application_no, application.submitted_time) == ("OA-2019-2020-A-4", AT)
    assert (after.applied_tco2e, after.last_ordinal) == (50, 4)
    assert submit(form(1), after, projects=PROJECTS, at=AT).reason == "OFFSET_LIMIT_EXCEEDED"


UNLISTED = replace(STANDING, entity=None)
UNKNOWN = replace(STANDING, obligation_tco2e=None)
TWICE = form(99, 99).lines[:1] * 2
ORDER = [
    (form(99, project_no="NOWHERE"), UNLISTED, LATE, "APPLICATION_WINDOW_CLOSED"),
    (form(99, project_no="NOWHERE", province_code="32"), UNLISTED, AT, "ENTITY_NOT_LISTED"),
    (form(99, project_no="NOWHERE", province_code="32"), UNKNOWN, AT, "PROVINCE_MISMATCH"),
    (form(99, project_no="NOWHERE"), UNKNOWN, AT, "OBLIGATION_UNKNOWN"),
    (form(lines=TWICE), STANDING, AT, "OFFSET_LINE_REPEATED"),
    (form(99, project_no="NOWHERE"), STANDING, AT, "PROJECT_UNKNOWN"),
    (form(99, project_no="CAPTIVE1"), STANDING, AT, "PROJECT_INSIDE_NATIONAL_MARKET"),
    (form(99), STANDING, AT, "OFFSET_LIMIT_EXCEEDED"),
]


@pytest.mark.parametrize(("wrong", "standing", "at", "expected"), ORDER)
def test_refusals_of_a_form_come_in_their_order(wrong, standing, at, expected):
    assert submit(wrong, standing, projects=PROJECTS, at=at).reason == expected


def failed(application, standing=STANDING, projects=PROJECTS, account=ACCOUNT):
    found = check(application, standing, projects=projects, account=account)
    assert [made.check for made in found] == list(CheckCode)
    return [made.check for made in found if not made.is_passed]


def test_every_check_fails_for_its_own_reason():
    application = submitted()
    assert failed(application) == []
    assert failed(application, replace(STANDING, entity=replace(ENTITY, name="two"))) == ["NAME_MATCHES"]
    assert failed(application, replace(STANDING, obligation_tco2e=1_020)) == ["OBLIGATION_MATCHES"]
    assert failed(application, replace(STANDING, applied_tco2e=50)) == []
    assert failed(application, replace(STANDING, applied_tco2e=51)) == ["WITHIN_FIVE_PERCENT"]
    assert failed(application, replace(STANDING, entity=None)) == ["NAME_MATCHES"]
    assert failed(application, projects={"WIND1": True}) == ["PROJECTS_ELIGIBLE"]
    assert failed(application, projects={}) == ["PROJECTS_ELIGIBLE"]
    assert failed(application, account=None) == ["ACCOUNT_OPEN"]
    assert failed(application, account=replace(ACCOUNT, is_open=False)) == ["ACCOUNT_OPEN"]
    assert failed(application, account=replace(ACCOUNT, credit_code="B")) == ["ACCOUNT_OPEN"]


def test_a_decision_is_the_provinces_once_and_a_refusal_says_why():
    application = submitted()

    def reason(of=application, *, province_code="37", is_confirmed=True, refusal_text=""):
        refusal = refusal_of_decision(
            of, province_code=province_code, is_confirmed=is_confirmed, refusal_text=refusal_text
        )
        return refusal.reason if refusal is not None else ""

    decided = replace(application, status=ApplicationStatus.REFUSED)
    assert reason() == ""
    assert reason(decided, province_code="32") == "PROVINCE_MISMATCH"
    assert reason(decided, is_confirmed=False) == "APPLICATION_ALREADY_DECIDED"
    assert reason(is_confirmed=False) == "MALFORMED_REQUEST"
    assert reason(is_confirmed=False, refusal_text="no") == ""


def test_failed_checks_leave_only_refusal():
    application = submitted()
    checks = check(application, STANDING, projects=PROJECTS, account=None)
    told = {"decided_by": "official", "refusal_text": "no account", "at": AT}
    assert decide(application, checks, is_confirmed=True, **told).metadata["failed"] == "ACCOUNT_OPEN"
    refused = decide(application, checks, is_confirmed=False, **told)
    assert (refused.status, refused.confirmed_tco2e, refused.refusal_text) == (
        ApplicationStatus.REFUSED,
        0,
        "no account",
    )
    assert refused.checks == checks


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_no_more_is_taken_as_cancelled_than_was_confirmed(quantities):
    application = replace(submitted(50), status=ApplicationStatus.CONFIRMED)
    for quantity in quantities:
        if application.cancelled_tco2e + quantity > 50:
            with pytest.raises(ReceiptAboveConfirmed):
                cancel(application, quantity)
        else:
            application = cancel(application, quantity)
        assert (application.status is ApplicationStatus.CANCELLED) is (application.cancelled_tco2e == 50)
        assert application.confirmed_tco2e == 50


def test_nothing_is_cancelled_under_an_application_that_is_not_confirmed():
    for status in (ApplicationStatus.SUBMITTED, ApplicationStatus.REFUSED):
        with pytest.raises(ReceiptAboveConfirmed):
            cancel(replace(submitted(), status=status), 1)
