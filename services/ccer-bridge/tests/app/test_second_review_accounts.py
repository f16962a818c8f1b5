from dataclasses import replace

import pytest
from ccer_bridge.app.second_review_accounts import SecondReviewAccounts, second_review_accounts
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.events import AccountReviewed
from ccer_fakes import NOW, account, registry
from ccer_messages import C_OTHER, C_OWNER, C_PLANT
from ets_kernel.domain.clock import FixedClock
from venue_steps import reasons

CLOCK = FixedClock(NOW)


@pytest.fixture
async def uow():
    """Both plants passed their first review; the owner's account is open."""
    made = await registry(CLOCK)
    for number in (1, 2):
        reviewed = replace(
            account(number, AccountStatus.FIRST_REVIEWED), second_reviewed_by="", opened_time=None, version=2
        )
        made.accounts.accounts[reviewed.account_no] = reviewed
    return made


async def review(uow, *reviews, reviewed_by="wang"):
    command = SecondReviewAccounts(reviewed_by=reviewed_by, reviews=reviews)
    return reasons(await second_review_accounts(command, uow=uow, clock=CLOCK))


async def test_a_passed_review_opens_the_account_and_each_is_told(uow):
    assert await review(uow, (C_PLANT, True), (C_OTHER, False)) == [C_PLANT, C_OTHER]
    accounts = [uow.accounts.accounts[number] for number in (C_PLANT, C_OTHER)]
    assert [(one.status, one.opened_time) for one in accounts] == [
        (AccountStatus.OPEN, NOW),
        (AccountStatus.REFUSED, None),
    ]
    assert [(one.second_reviewed_by, one.version) for one in accounts] == [("wang", 3)] * 2
    assert uow.facts == [AccountReviewed(account=one, reviewed_by="wang", at=NOW) for one in accounts]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await review(uow, ("C-x", True), (C_OWNER, True), (C_PLANT, True), reviewed_by="venue") == [
        "ACCOUNT_NOT_FOUND",
        "REVIEW_OUT_OF_ORDER",
        "SAME_PERSON",
    ]
    assert uow.accounts.accounts[C_PLANT].status is AccountStatus.FIRST_REVIEWED
    assert uow.facts == []


async def test_a_review_is_made_once(uow):
    assert await review(uow, (C_PLANT, True), (C_PLANT, False)) == [C_PLANT, "REVIEW_OUT_OF_ORDER"]
    assert await review(uow, (C_PLANT, True)) == ["REVIEW_OUT_OF_ORDER"]
    assert len(uow.facts) == 1
