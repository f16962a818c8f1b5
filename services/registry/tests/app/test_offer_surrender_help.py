from dataclasses import replace

import pytest
from help_steps import HELPER, offer
from registry.domain.accounts import AccountUse
from registry.domain.surrender import SurrenderStatus
from registry_fakes import reasons
from registry_messages import CEA, DEFICIT, SURPLUS, code
from surrender_steps import OFFSET, application_no, submit, with_credits


@pytest.fixture
async def uow():
    return await with_credits()


async def test_offered_units_are_set_aside_in_the_helpers_account_and_fill_no_obligation(uow):
    assert await offer(uow, (CEA, 600)) == application_no(1)
    assert uow.ledger.held(HELPER) == {(CEA, "registered"): 400, (CEA, "pending_surrender"): 600}
    offered = uow.applications.applications[application_no(1)]
    assert (offered.status, offered.helper_credit_code) == (SurrenderStatus.OFFERED, SURPLUS)
    assert reasons(await submit(uow, (DEFICIT, (CEA, 950), (OFFSET, 50)))) == [""]


async def test_offers_share_the_helpers_holding(uow):
    assert await offer(uow, (CEA, 600)) == application_no(1)
    assert await offer(uow, (CEA, 401)) == "INSUFFICIENT_HOLDING"
    assert await offer(uow, (CEA, 400)) == application_no(2)


async def test_refusals_come_in_their_order(uow):
    await submit(uow, (DEFICIT, (CEA, 600)))
    assert await offer(uow, (CEA, 1), account_no="R-E-none") == "ACCOUNT_NOT_FOUND"
    assert await offer(uow, (CEA, 1), helper=code(9)) == "ACCOUNT_NOT_FOUND"
    assert await offer(uow, (CEA, 1), credit_code=code(9)) == "OBLIGATION_NOT_FOUND"
    assert await offer(uow, (CEA, 1), helper=DEFICIT, account_no=f"R-E-{DEFICIT}") == "HELPER_IS_ENTITY"
    assert await offer(uow, (CEA, 401)) == "OBLIGATION_EXCEEDED"
    assert await offer(uow, (OFFSET, 1)) == "PRODUCT_NOT_USABLE"
    assert await offer(uow, ("BORROWED-2023", 1)) == "PRODUCT_NOT_USABLE"


async def test_a_restricted_account_helps_nobody(uow):
    account = uow.accounts.accounts[HELPER]
    uow.accounts.known[HELPER] = replace(account, restricted_uses=frozenset({AccountUse.SURRENDER}))
    assert await offer(uow, (CEA, 1)) == "ACCOUNT_RESTRICTED"
