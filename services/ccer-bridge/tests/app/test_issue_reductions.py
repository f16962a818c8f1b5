from dataclasses import replace

import pytest
from ccer_bridge.app.issue_reductions import IssueReductions, issue_reductions
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.events import ReductionsIssued
from ccer_bridge.domain.projects import WantedIssue
from ccer_fakes import NOW, project, registry
from ccer_messages import C_OWNER
from ets_kernel.domain.clock import FixedClock, business_date
from venue_steps import reasons

CLOCK = FixedClock(NOW)
PRODUCT = "CCER-NEW1-2015"
WANTED = WantedIssue(
    project_no="NEW1",
    reduction_year=2015,
    period_start="2015-01-01",
    period_end="2015-12-31",
    quantity_tco2e=70,
)


@pytest.fixture
async def uow():
    made = await registry(CLOCK)
    await made.projects.add([project("NEW1")], at=NOW)
    return made


async def issue(uow, *issues):
    return reasons(await issue_reductions(IssueReductions(issues=issues), uow=uow, clock=CLOCK))


async def test_reductions_are_one_block_in_the_owners_account_and_told(uow):
    other_half = replace(WANTED, period_start="2015-07-01", quantity_tco2e=30)
    assert await issue(uow, WANTED, other_half) == [f"{PRODUCT}/1-70", f"{PRODUCT}/71-100"]
    assert uow.ledger.held(C_OWNER) == {(PRODUCT, "registered"): 100}
    facts = uow.told(ReductionsIssued)
    assert [(fact.issuance.block, fact.issuance.origin) for fact in facts] == [
        ((1, 70), "NEW1/2015-01-01/2015-12-31"),
        ((71, 100), "NEW1/2015-07-01/2015-12-31"),
    ]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    today = business_date(NOW)
    assert await issue(
        uow,
        replace(WANTED, project_no="NONE1"),
        replace(WANTED, period_end="2015-12-32"),
        replace(WANTED, period_start="2016-01-01", period_end="2015-12-31"),
        replace(WANTED, reduction_year=2016),
        replace(WANTED, period_end=today.replace(day=today.day + 1).isoformat()),
        replace(WANTED, period_end=today.isoformat()),
    ) == [
        "PROJECT_NOT_FOUND",
        *["MONITORING_PERIOD_INVALID"] * 4,
        f"{PRODUCT}/1-70",
    ]
    assert uow.ledger.held(C_OWNER) == {(PRODUCT, "registered"): 70}
    assert len(uow.facts) == 1


async def test_an_owner_without_an_open_account_gets_nothing(uow):
    uow.accounts.accounts[C_OWNER] = replace(uow.accounts.accounts[C_OWNER], status=AccountStatus.SUBMITTED)
    assert await issue(uow, WANTED) == ["ACCOUNT_NOT_FOUND"]
    del uow.accounts.accounts[C_OWNER]
    assert await issue(uow, WANTED) == ["ACCOUNT_NOT_FOUND"]
    assert uow.facts == []


async def test_a_period_of_a_year_is_issued_once(uow):
    assert await issue(uow, WANTED, WANTED) == [f"{PRODUCT}/1-70", "ISSUED_ALREADY"]
    assert await issue(uow, replace(WANTED, quantity_tco2e=1)) == ["ISSUED_ALREADY"]
    assert uow.ledger.held(C_OWNER) == {(PRODUCT, "registered"): 70}
    assert len(uow.facts) == 1
