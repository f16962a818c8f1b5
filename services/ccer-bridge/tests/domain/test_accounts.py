"""Accounts: every step of their life, and every step that they may not take."""

import pytest
from ccer_bridge.domain.accounts import (
    VENUES,
    Account,
    AccountApplication,
    AccountStatus,
    apply_for_account,
    refusal_of_use,
    review_first,
    review_second,
)
from ccer_messages import C_PLANT, PLANT, shanghai

AT = shanghai("2021-10-26 09:00")


def application(**changes):
    values = {"credit_code": PLANT, "name": "Plant 1", "province_code": "37", "venue": "BJ"} | changes
    return AccountApplication(**values)


def first(account, *, venue="BJ", is_passed=True, by="venue"):
    return review_first(account, account_no=C_PLANT, venue=venue, is_passed=is_passed, reviewed_by=by)


def second(account, *, is_passed=True, by="centre"):
    return review_second(account, account_no=C_PLANT, is_passed=is_passed, reviewed_by=by, at=AT)


SUBMITTED = apply_for_account(application(), known=None)
REVIEWED = first(SUBMITTED)
OPEN = second(REVIEWED)
REFUSED = first(SUBMITTED, is_passed=False)


def test_an_account_goes_from_submitted_over_two_reviews_to_open():
    assert [account.status for account in (SUBMITTED, REVIEWED, OPEN)] == [
        AccountStatus.SUBMITTED,
        AccountStatus.FIRST_REVIEWED,
        AccountStatus.OPEN,
    ]
    assert [account.version for account in (SUBMITTED, REVIEWED, OPEN)] == [1, 2, 3]
    assert (OPEN.first_reviewed_by, OPEN.second_reviewed_by, OPEN.opened_time) == ("venue", "centre", AT)


def test_there_are_nine_venues_and_holders_need_no_province():
    assert len(VENUES) == 9
    for venue in VENUES:
        assert isinstance(apply_for_account(application(venue=venue, province_code=""), known=None), Account)


@pytest.mark.parametrize(
    ("changes", "known", "reason"),
    [
        ({"credit_code": "x", "province_code": "99"}, None, "CREDIT_CODE_INVALID"),
        ({"province_code": "99", "venue": "XX"}, None, "PROVINCE_UNKNOWN"),
        ({"venue": "XX"}, OPEN, "VENUE_UNKNOWN"),
        ({}, SUBMITTED, "ACCOUNT_APPLIED_ALREADY"),
        ({}, REVIEWED, "ACCOUNT_APPLIED_ALREADY"),
        ({}, OPEN, "ACCOUNT_APPLIED_ALREADY"),
    ],
)
def test_the_first_refusal_of_an_application_is_given(changes, known, reason):
    assert apply_for_account(application(**changes), known=known).reason == reason


def test_a_refused_holder_applies_anew_and_versions_go_on():
    again = apply_for_account(application(venue="TJ"), known=REFUSED)
    assert (again.status, again.version, again.venue, again.first_reviewed_by) == (
        AccountStatus.SUBMITTED,
        3,
        "TJ",
        "",
    )


@pytest.mark.parametrize("account", [REVIEWED, OPEN, REFUSED])
def test_a_first_review_is_made_once(account):
    assert first(account, venue="TJ").reason == "REVIEW_OUT_OF_ORDER"


@pytest.mark.parametrize("account", [SUBMITTED, OPEN, REFUSED])
def test_a_second_review_follows_the_first_and_is_made_once(account):
    assert second(account, by="venue").reason == "REVIEW_OUT_OF_ORDER"


def test_reviews_need_an_account_the_venue_that_took_it_and_two_people():
    assert first(None).reason == "ACCOUNT_NOT_FOUND"
    assert second(None).reason == "ACCOUNT_NOT_FOUND"
    assert first(SUBMITTED, venue="TJ").reason == "VENUE_MISMATCH"
    assert second(REVIEWED, by="venue").reason == "SAME_PERSON"
    assert second(REVIEWED, is_passed=False).opened_time is None


def test_only_an_open_account_gives_and_takes_units():
    assert refusal_of_use(OPEN, C_PLANT) is None
    assert refusal_of_use(None, C_PLANT).reason == "ACCOUNT_NOT_FOUND"
    for account in (SUBMITTED, REVIEWED, REFUSED):
        assert refusal_of_use(account, C_PLANT).reason == "ACCOUNT_NOT_OPEN"
