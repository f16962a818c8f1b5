import pytest
from ccer_bridge.app.apply_for_accounts import ApplyForAccounts, apply_for_accounts
from ccer_bridge.app.first_review_accounts import FirstReviewAccounts, first_review_accounts
from ccer_bridge.app.issue_reductions import IssueReductions, issue_reductions
from ccer_bridge.app.register_projects import RegisterProjects, register_projects
from ccer_bridge.app.second_review_accounts import SecondReviewAccounts, second_review_accounts
from ccer_bridge.domain.accounts import AccountApplication, AccountStatus
from ccer_bridge.domain.errors import AccountAppliedAlready, IssuedAlready, ReviewOutOfOrder
from ccer_bridge.domain.events import AccountReviewed, ProjectRegistered, ReductionsIssued
from ccer_bridge.domain.projects import WantedIssue
from ccer_fakes import NOW, project, registry
from ccer_messages import C_OWNER, code, name
from ets_kernel.domain.clock import FixedClock

CLOCK = FixedClock(NOW)
NUMBER = f"C-{code(5)}"


@pytest.fixture
async def uow():
    return await registry(CLOCK)


async def test_an_account_opens_in_three_steps_and_both_reviews_are_told(uow):
    application = AccountApplication(credit_code=code(5), name=name(5), province_code="37", venue="BJ")
    applied = await apply_for_accounts(
        ApplyForAccounts(applications=(application, application)), uow=uow, clock=CLOCK
    )
    assert applied[0] == NUMBER
    assert isinstance(applied[1], AccountAppliedAlready)
    first = FirstReviewAccounts(venue="BJ", reviewed_by="venue", reviews=((NUMBER, True), (NUMBER, True)))
    once, again = await first_review_accounts(first, uow=uow, clock=CLOCK)
    assert once == NUMBER
    assert isinstance(again, ReviewOutOfOrder)
    second = SecondReviewAccounts(reviewed_by="centre", reviews=((NUMBER, True),))
    assert await second_review_accounts(second, uow=uow, clock=CLOCK) == [NUMBER]
    assert uow.accounts.accounts[NUMBER].status is AccountStatus.OPEN
    assert [fact.reviewed_by for fact in uow.told(AccountReviewed)] == ["venue", "centre"]


async def test_a_project_is_registered_once_and_its_reductions_are_issued_once(uow):
    command = RegisterProjects(projects=(project("NEW1"), project("NEW1"), project("WIND1")))
    assert await register_projects(command, uow=uow, clock=CLOCK) == ["NEW1", "NEW1", "WIND1"]
    assert [fact.project.project_no for fact in uow.told(ProjectRegistered)] == ["NEW1"]
    wanted = WantedIssue(
        project_no="NEW1",
        reduction_year=2015,
        period_start="2015-01-01",
        period_end="2015-12-31",
        quantity_tco2e=70,
    )
    issued = await issue_reductions(IssueReductions(issues=(wanted, wanted)), uow=uow, clock=CLOCK)
    assert issued[0] == "CCER-NEW1-2015/1-70"
    assert isinstance(issued[1], IssuedAlready)
    assert uow.ledger.held(C_OWNER) == {("CCER-NEW1-2015", "registered"): 70}
    assert [fact.issuance.block for fact in uow.told(ReductionsIssued)] == [(1, 70)]
