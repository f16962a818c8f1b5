from dataclasses import replace

import pytest
from registry.domain.accounts import (
    SYSTEM_ACCOUNTS,
    AccountKind,
    AccountOpening,
    AccountStatus,
    AccountUse,
    AddressedAccounts,
    AddressedHolders,
    next_version,
    open_account,
    refusal_of_change,
    refusal_of_holder,
    refusal_of_use,
)
from registry_fakes import NOW, emitter
from registry_messages import DEFICIT, SURPLUS

ACCOUNT = emitter(1)
CLOSED = replace(ACCOUNT, status=AccountStatus.CLOSED, closed_time=NOW)
APPLIED = replace(ACCOUNT, status=AccountStatus.APPLIED, version=0, opened_time=None)


@pytest.mark.parametrize(
    ("opening", "account_no"),
    [
        (("national", ""), "R-NATIONAL"),
        (("provincial", "66"), "R-P-66"),
    ],
)
def test_accounts_of_authorities_are_numbered_by_what_they_are(opening, account_no):
    kind, province_code = opening
    wanted = AccountOpening(kind=AccountKind(kind), name="x", province_code=province_code)
    opened = open_account(wanted, is_open=False, at=NOW)
    assert (opened.account_no, opened.version, opened.status) == (account_no, 1, AccountStatus.OPEN)
    assert open_account(wanted, is_open=True, at=NOW).reason == "ACCOUNT_OPEN_ALREADY"


@pytest.mark.parametrize("kind", ["emitter", "institution", "individual", "system"])
def test_other_kinds_are_not_opened_like_this(kind):
    wanted = AccountOpening(kind=AccountKind(kind), name="x", province_code="37")
    assert open_account(wanted, is_open=False, at=NOW).reason == "ACCOUNT_KIND_WRONG"


@pytest.mark.parametrize("use", list(AccountUse))
def test_a_restriction_stops_the_uses_that_it_names(use):
    restricted = replace(ACCOUNT, restricted_uses=frozenset({use}))
    assert refusal_of_use(ACCOUNT, use) is None
    assert refusal_of_use(restricted, use).metadata == {"account_no": ACCOUNT.account_no, "use": use}
    for other in set(AccountUse) - {use}:
        assert refusal_of_use(restricted, other) is None


@pytest.mark.parametrize("use", list(AccountUse))
def test_a_closed_account_has_no_use(use):
    assert refusal_of_use(CLOSED, use).reason == "ACCOUNT_CLOSED"


@pytest.mark.parametrize(
    ("account_no", "account", "credit_code", "reason"),
    [
        ("R-SURRENDERED", None, "", "SYSTEM_ACCOUNT"),
        ("R-E-nobody", None, "", "ACCOUNT_NOT_FOUND"),
        (ACCOUNT.account_no, APPLIED, "", "ACCOUNT_NOT_FOUND"),
        (ACCOUNT.account_no, ACCOUNT, SURPLUS, "ACCOUNT_NOT_FOUND"),
        (ACCOUNT.account_no, CLOSED, SURPLUS, "ACCOUNT_NOT_FOUND"),
        (ACCOUNT.account_no, CLOSED, DEFICIT, "ACCOUNT_CLOSED"),
        (ACCOUNT.account_no, ACCOUNT, DEFICIT, ""),
        (ACCOUNT.account_no, ACCOUNT, "", ""),
    ],
)
def test_what_changes_of_an_account_is_refused_in_this_order(account_no, account, credit_code, reason):
    refusal = refusal_of_change(account_no, account, credit_code=credit_code)
    assert (refusal.reason if refusal else "") == reason


def test_a_holder_without_an_open_account_is_told_of_a_closed_one_only():
    never = [AddressedHolders(known).found(DEFICIT) for known in ([], [APPLIED])]
    assert [refusal.reason for refusal in never] == ["ACCOUNT_NOT_FOUND"] * 2
    assert DEFICIT not in str(never)
    closed = AddressedHolders([APPLIED, CLOSED]).found(DEFICIT)
    assert (closed.reason, closed.metadata) == ("ACCOUNT_CLOSED", {"account_no": ACCOUNT.account_no})
    assert AddressedHolders([CLOSED, ACCOUNT]).found(DEFICIT) is ACCOUNT


def test_an_account_that_is_addressed_is_open_or_closed_or_nobodys():
    number = ACCOUNT.account_no
    assert AddressedAccounts([ACCOUNT]).found(number) is ACCOUNT
    assert AddressedAccounts([CLOSED]).found(number).reason == "ACCOUNT_CLOSED"
    assert AddressedAccounts([APPLIED]).found(number).reason == "ACCOUNT_NOT_FOUND"
    assert AddressedAccounts([]).found(number).reason == "ACCOUNT_NOT_FOUND"
    assert list(AddressedAccounts([CLOSED])) == []


@pytest.mark.parametrize("account", [ACCOUNT, CLOSED])
def test_another_holders_account_is_nobodys_whether_open_or_closed(account):
    number = account.account_no
    nobodys = AddressedAccounts([]).found(number, holder_no=SURPLUS)
    refusal = AddressedAccounts([account]).found(number, holder_no=SURPLUS)
    assert (refusal.reason, refusal.message, refusal.metadata) == (
        nobodys.reason,
        nobodys.message,
        nobodys.metadata,
    )


def test_a_holder_that_the_roster_does_not_know_is_none():
    assert refusal_of_holder(DEFICIT, "x", "37", None).reason == "ENTITY_NOT_LISTED"


def test_versions_count_up_and_change_what_is_said():
    after = next_version(ACCOUNT, licence_no="B-2")
    assert (after.version, after.licence_no, after.name) == (2, "B-2", ACCOUNT.name)


def test_system_accounts_have_no_holder():
    assert "R-SURRENDERED" in SYSTEM_ACCOUNTS
    for number, account in SYSTEM_ACCOUNTS.items():
        assert (account.account_no, account.kind, account.holder_no) == (number, AccountKind.SYSTEM, "")
