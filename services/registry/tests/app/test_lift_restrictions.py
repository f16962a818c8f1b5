import pytest
from account_steps import ACCOUNT, CLOCK
from registry.app.lift_restrictions import LiftRestrictions, lift_restrictions
from registry.app.restrict_accounts import RestrictAccounts, restrict_accounts
from registry.domain.accounts import AccountChange, AccountUse
from registry.domain.events import RestrictionLifted
from registry.domain.restrictions import LiftingOrder, RestrictionOrder
from registry_fakes import market, reasons

FIRST, SECOND = (f"AR-{ACCOUNT}-{number}" for number in (1, 2))


@pytest.fixture
async def uow():
    """Entity 1 is restricted twice: in surrender, and in surrender and receipt."""
    uow = await market()
    orders = tuple(
        RestrictionOrder(account_no=ACCOUNT, uses=frozenset(uses), reason="r", document_no="d")
        for uses in ([AccountUse.SURRENDER], [AccountUse.SURRENDER, AccountUse.RECEIPT])
    )
    command = RestrictAccounts(orders=orders, province_code="", imposed_by="official")
    await restrict_accounts(command, uow=uow, clock=CLOCK)
    return uow


async def lift(uow, *numbers, province_code=""):
    orders = tuple(LiftingOrder(restriction_no=number, reason="ok", document_no="D-2") for number in numbers)
    command = LiftRestrictions(orders=orders, province_code=province_code, lifted_by="official")
    return await lift_restrictions(command, uow=uow, clock=CLOCK)


async def test_what_another_restriction_stops_stays_stopped(uow):
    assert await lift(uow, SECOND) == [SECOND]
    assert uow.accounts.accounts[ACCOUNT].restricted_uses == {AccountUse.SURRENDER}
    assert await lift(uow, FIRST) == [FIRST]
    account = uow.accounts.accounts[ACCOUNT]
    assert (account.version, account.restricted_uses) == (5, frozenset())
    assert uow.accounts.steps[-1].change is AccountChange.RESTRICTION_LIFTED
    assert [fact.restriction.restriction_no for fact in uow.told(RestrictionLifted)] == [SECOND, FIRST]
    lifted = uow.restrictions.restrictions[FIRST]
    assert (lifted.lifted_by, lifted.lifting_reason, lifted.lifting_document_no) == ("official", "ok", "D-2")


async def test_a_restriction_is_lifted_once_and_by_whom_it_concerns(uow):
    outcomes = await lift(uow, FIRST, FIRST, "AR-none-1")
    assert reasons(outcomes) == ["", "RESTRICTION_LIFTED_ALREADY", "RESTRICTION_NOT_FOUND"]
    assert reasons(await lift(uow, SECOND, province_code="11")) == ["RESTRICTION_NOT_FOUND"]
    assert reasons(await lift(uow, FIRST)) == ["RESTRICTION_LIFTED_ALREADY"]


async def test_a_province_lifts_what_it_imposed_and_nothing_that_was_imposed_above_it(uow):
    assert reasons(await lift(uow, FIRST, province_code="37")) == ["SCOPE_FORBIDDEN"]
    order = RestrictionOrder(account_no=ACCOUNT, uses=frozenset(), reason="r", document_no="d")
    command = RestrictAccounts(orders=(order,), province_code="37", imposed_by="official")
    (own,) = await restrict_accounts(command, uow=uow, clock=CLOCK)
    assert await lift(uow, own, province_code="37") == [own]
    (again,) = await restrict_accounts(command, uow=uow, clock=CLOCK)
    assert await lift(uow, again) == [again]
