import pytest
from account_steps import ACCOUNT, CLOCK, apply, first, form
from registry.domain.account_applications import ApplicationStatus
from registry_fakes import reasons, with_roster

NUMBER = f"AA-{ACCOUNT}-1"


@pytest.fixture
async def uow():
    uow = await with_roster()
    await apply(uow, form())
    return uow


async def test_a_review_is_recorded_with_its_person_and_time(uow):
    assert await first(uow, NUMBER) == [NUMBER]
    reviewed = uow.account_applications.applications[NUMBER]
    assert reviewed.status is ApplicationStatus.FIRST_REVIEWED
    assert (reviewed.first_reviewed_by, reviewed.first_reviewed_time) == ("first", CLOCK.now())
    assert not uow.accounts.accounts


async def test_a_refused_application_is_over_and_its_holder_may_apply_again(uow):
    assert await first(uow, NUMBER, is_passed=False) == [NUMBER]
    assert uow.account_applications.applications[NUMBER].status is ApplicationStatus.REFUSED
    assert await apply(uow, form()) == [f"AA-{ACCOUNT}-2"]


async def test_each_application_is_reviewed_once(uow):
    outcomes = await first(uow, NUMBER, NUMBER, "AA-none-1")
    assert reasons(outcomes) == ["", "REVIEW_OUT_OF_ORDER", "APPLICATION_NOT_FOUND"]
    assert reasons(await first(uow, NUMBER)) == ["REVIEW_OUT_OF_ORDER"]
