from dataclasses import replace

import pytest
from ccer_bridge.app.apply_for_accounts import ApplyForAccounts, apply_for_accounts
from ccer_bridge.domain.accounts import AccountApplication, AccountStatus
from ccer_fakes import NOW, registry
from ccer_messages import code, name
from ets_kernel.domain.clock import FixedClock
from venue_steps import reasons

CLOCK = FixedClock(NOW)
NUMBER = f"C-{code(5)}"
APPLICATION = AccountApplication(credit_code=code(5), name=name(5), province_code="37", venue="BJ")


@pytest.fixture
async def uow():
    return await registry(CLOCK)


async def apply(uow, *applications):
    command = ApplyForAccounts(applications=applications)
    return reasons(await apply_for_accounts(command, uow=uow, clock=CLOCK))


async def test_an_application_waits_for_its_first_review_and_tells_nothing_yet(uow):
    assert await apply(uow, APPLICATION) == [NUMBER]
    account = uow.accounts.accounts[NUMBER]
    assert (account.status, account.venue, account.version) == (AccountStatus.SUBMITTED, "BJ", 1)
    assert uow.facts == []


async def test_each_refusal_leaves_the_other_items_alone(uow):
    before = len(uow.accounts.accounts)
    assert await apply(
        uow,
        replace(APPLICATION, credit_code="x"),
        replace(APPLICATION, province_code="99"),
        replace(APPLICATION, venue="XX"),
        replace(APPLICATION, credit_code=code(1)),
        APPLICATION,
    ) == [
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
        "VENUE_UNKNOWN",
        "ACCOUNT_APPLIED_ALREADY",
        NUMBER,
    ]
    assert len(uow.accounts.accounts) == before + 1


async def test_a_holder_applies_once_unless_it_was_refused(uow):
    assert await apply(uow, APPLICATION, APPLICATION) == [NUMBER, "ACCOUNT_APPLIED_ALREADY"]
    refused = replace(uow.accounts.accounts[NUMBER], status=AccountStatus.REFUSED, version=2)
    uow.accounts.accounts[NUMBER] = refused
    assert await apply(uow, replace(APPLICATION, venue="SH")) == [NUMBER]
    again = uow.accounts.accounts[NUMBER]
    assert (again.status, again.venue, again.version) == (AccountStatus.SUBMITTED, "SH", 3)
