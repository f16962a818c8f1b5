from dataclasses import replace

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.app.open_accounts import OpenAccounts, open_accounts
from registry.domain.accounts import AccountChange, AccountKind, AccountOpening
from registry.domain.events import AccountOpened
from registry_fakes import NOW, reasons, with_roster
from registry_messages import name

CLOCK = FixedClock(NOW)
EMITTER = AccountOpening(kind=AccountKind.EMITTER, name=name(1), province_code="37")
PROVINCIAL = AccountOpening(kind=AccountKind.PROVINCIAL, name="山东省", province_code="37")
NATIONAL = AccountOpening(kind=AccountKind.NATIONAL, name="生态环境部", province_code="")


@pytest.fixture
async def uow():
    return await with_roster()


async def open_all(uow, *openings):
    command = OpenAccounts(openings=openings, opened_by="first")
    return reasons(await open_accounts(command, uow=uow, clock=CLOCK))


async def test_accounts_of_authorities_are_opened_and_told(uow):
    assert await open_all(uow, NATIONAL, PROVINCIAL) == ["", ""]
    accounts = list(uow.accounts.accounts.values())
    assert [(one.account_no, one.province_code, one.version) for one in accounts] == [
        ("R-NATIONAL", "", 1),
        ("R-P-37", "37", 1),
    ]
    assert [(step.change, step.changed_by) for step in uow.accounts.steps] == [
        (AccountChange.OPENED, "first")
    ] * 2
    assert uow.facts == [AccountOpened(account=one, at=NOW) for one in accounts]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await open_all(
        uow,
        replace(PROVINCIAL, province_code="99"),
        EMITTER,
        replace(EMITTER, kind=AccountKind.SYSTEM),
        PROVINCIAL,
    ) == ["PROVINCE_UNKNOWN", "ACCOUNT_KIND_WRONG", "ACCOUNT_KIND_WRONG", ""]
    assert list(uow.accounts.accounts) == ["R-P-37"]
    assert len(uow.facts) == 1


async def test_an_authority_has_one_account(uow):
    assert await open_all(uow, NATIONAL, NATIONAL, PROVINCIAL) == ["", "ACCOUNT_OPEN_ALREADY", ""]
    assert await open_all(uow, NATIONAL, PROVINCIAL) == ["ACCOUNT_OPEN_ALREADY"] * 2
    assert len(uow.facts) == 2
