from registry.domain.accounts import AccountUse, refusal_of_province
from registry.domain.restrictions import (
    LiftingOrder,
    RestrictionOrder,
    account_no_of,
    lift,
    restrict,
    stopped_uses,
)
from registry_fakes import NOW, emitter

ACCOUNT = emitter(1)
LIFTING = LiftingOrder(restriction_no="", reason="ok", document_no="D-2")


def imposed(account, *uses, last_ordinal=0, province_code=""):
    order = RestrictionOrder(
        account_no=account.account_no, uses=frozenset(uses), reason="r", document_no="D-1"
    )
    return restrict(
        account, order, last_ordinal=last_ordinal, province_code=province_code, imposed_by="official", at=NOW
    )


def lifted(account, restriction, others, province_code=""):
    return lift(
        account,
        restriction,
        LIFTING,
        others=others,
        province_code=province_code,
        lifted_by="official",
        at=NOW,
    )


def test_restrictions_add_up_and_end_one_by_one():
    account, first = imposed(ACCOUNT, AccountUse.SURRENDER)
    account, second = imposed(account, AccountUse.SURRENDER, AccountUse.RECEIPT, last_ordinal=1)
    assert (second.ordinal, account.version) == (2, 3)
    assert account.restricted_uses == {AccountUse.SURRENDER, AccountUse.RECEIPT}
    account, ended = lifted(account, second, [first, second])
    assert account.restricted_uses == {AccountUse.SURRENDER} == stopped_uses([first, ended])
    again = lifted(account, ended, [first, ended])
    assert again.reason == "RESTRICTION_LIFTED_ALREADY"


def test_a_province_lifts_its_own_restrictions_and_those_above_it_all():
    account, above = imposed(ACCOUNT)
    account, own = imposed(account, last_ordinal=1, province_code="37")
    assert lifted(account, above, [above, own], "37").reason == "SCOPE_FORBIDDEN"
    assert lifted(account, own, [above, own], "11").reason == "SCOPE_FORBIDDEN"
    for province_code in ("37", ""):
        _, ended = lifted(account, own, [above, own], province_code)
        assert ended.lifted_time == NOW


def test_an_order_without_uses_stops_all():
    account, restriction = imposed(ACCOUNT)
    assert account.restricted_uses == restriction.uses == set(AccountUse)


def test_a_province_acts_on_its_own_accounts():
    assert refusal_of_province(ACCOUNT, "37") is None
    assert refusal_of_province(ACCOUNT, "") is None
    assert refusal_of_province(ACCOUNT, "11").reason == "PROVINCE_MISMATCH"
    assert refusal_of_province(emitter(1, province_code=""), "11").reason == "PROVINCE_MISMATCH"


def test_the_number_names_the_account():
    _, restriction = imposed(ACCOUNT, AccountUse.RECEIPT)
    assert account_no_of(restriction.restriction_no) == ACCOUNT.account_no
