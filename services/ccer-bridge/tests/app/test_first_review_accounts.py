from dataclasses import replace

import pytest
from ccer_bridge.app.first_review_accounts import FirstReviewAccounts, first_review_accounts
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.events import AccountReviewed
from ccer_fakes import NOW, account, registry
from ccer_messages import C_OTHER, C_OWNER, C_PLANT
from ets_kernel.domain.clock import FixedClock
from venue_steps import reasons

CLOCK = FixedClock(NOW)


@pytest.fixture
async def uow():
    """Both plants have applied; the owner's account is open."""
    made = await registry(CLOCK)
    for number in (1, 2):
        applied = replace(account(number, AccountStatus.SUBMITTED), first_reviewed_by="", version=1)
        made.accounts.accounts[applied.account_no] = applied
    return made


async def review(uow, *reviews, venue="BJ"):
    command = FirstReviewAccounts(venue=venue, reviewed_by="li", reviews=reviews)
    return reasons(await first_review_accounts(command, uow=uow, clock=CLOCK))


async def test_passed_and_refused_reviews_are_kept_with_who_made_them_and_told(uow):
    assert await review(uow, (C_PLANT, True), (C_OTHER, False)) == [C_PLANT, C_OTHER]
    accounts = [uow.accounts.accounts[number] for number in (C_PLANT, C_OTHER)]
    assert [one.status for one in accounts] == [AccountStatus.FIRST_REVIEWED, AccountStatus.REFUSED]
    assert [(one.first_reviewed_by, one.version) for one in accounts] == [("li", 2)] * 2
    assert uow.facts == [AccountReviewed(account=one, reviewed_by="li", at=NOW) for one in accounts]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await review(uow, ("C-x", True), (C_OWNER, True), (C_PLANT, True), venue="SH") == [
        "ACCOUNT_NOT_FOUND",
        "REVIEW_OUT_OF_ORDER",
        "VENUE_MISMATCH",
    ]
    assert uow.accounts.accounts[C_PLANT].status is AccountStatus.SUBMITTED
    assert uow.facts == []


async def test_a_review_is_made_once(uow):
    assert await review(uow, (C_PLANT, True), (C_PLANT, False)) == [C_PLANT, "REVIEW_OUT_OF_ORDER"]
    assert await review(uow, (C_PLANT, True)) == ["REVIEW_OUT_OF_ORDER"]
    assert len(uow.facts) == 1
