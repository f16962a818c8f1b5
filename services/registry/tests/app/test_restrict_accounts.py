import pytest
from account_steps import ACCOUNT, CLOCK
from registry.app.restrict_accounts import RestrictAccounts, restrict_accounts
from registry.domain.accounts import AccountChange, AccountKind, AccountStatus, AccountUse
from registry.domain.events import AccountRestricted
from registry.domain.restrictions import RestrictionOrder
from registry_fakes import NOW, emitter, market, reasons


@pytest.fixture
async def uow():
    return await market()


def order(*uses, account_no=ACCOUNT):
    return RestrictionOrder(
        account_no=account_no, uses=frozenset(uses), reason="licence expired", document_no="D-1"
    )


async def restrict(uow, *orders, province_code=""):
    command = RestrictAccounts(orders=orders, province_code=province_code, imposed_by="official")
    return await restrict_accounts(command, uow=uow, clock=CLOCK)


async def test_restrictions_add_up_and_are_told(uow):
    assert await restrict(uow, order(AccountUse.SURRENDER), order(AccountUse.RECEIPT)) == [
        f"AR-{ACCOUNT}-1",
        f"AR-{ACCOUNT}-2",
    ]
    account = uow.accounts.accounts[ACCOUNT]
    assert (account.version, account.restricted_uses) == (3, {AccountUse.SURRENDER, AccountUse.RECEIPT})
    assert [step.change for step in uow.accounts.steps] == [AccountChange.RESTRICTED] * 2
    assert [fact.account.version for fact in uow.told(AccountRestricted)] == [2, 3]
    imposed = uow.restrictions.restrictions[f"AR-{ACCOUNT}-1"]
    assert (imposed.reason, imposed.document_no, imposed.imposed_by) == ("licence expired", "D-1", "official")


async def test_an_order_without_uses_stops_all(uow):
    await restrict(uow, order())
    assert uow.accounts.accounts[ACCOUNT].restricted_uses == set(AccountUse)


async def test_each_refusal_leaves_the_other_items_alone(uow):
    await uow.accounts.add([emitter(3, status=AccountStatus.CLOSED, closed_time=NOW)])
    closed_no = emitter(3).account_no
    outcomes = await restrict(
        uow,
        order(account_no="R-E-nobody"),
        order(account_no="R-RECOVERED"),
        order(account_no=closed_no),
        order(),
        province_code="37",
    )
    assert reasons(outcomes) == ["ACCOUNT_NOT_FOUND", "SYSTEM_ACCOUNT", "ACCOUNT_CLOSED", ""]
    assert reasons(await restrict(uow, order(), province_code="11")) == ["PROVINCE_MISMATCH"]


@pytest.mark.parametrize("status", [AccountStatus.OPEN, AccountStatus.CLOSED])
async def test_a_province_does_not_learn_who_else_has_an_account_elsewhere(uow, status):
    closed_time = NOW if status is AccountStatus.CLOSED else None
    institution = emitter(3, kind=AccountKind.INSTITUTION, status=status, closed_time=closed_time)
    await uow.accounts.add([institution])
    (refused,) = await restrict(uow, order(account_no=institution.account_no), province_code="11")
    (nobodys,) = await restrict(uow, order(account_no="R-I-nobody"), province_code="11")
    assert refused.reason == nobodys.reason == "ACCOUNT_NOT_FOUND"
    assert refused.message == nobodys.message.replace("R-I-nobody", institution.account_no)
