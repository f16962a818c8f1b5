from dataclasses import replace

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.app.open_accounts import OpenAccounts, open_accounts
from registry.domain.accounts import AccountKind, AccountOpening
from registry.domain.events import AccountOpened
from registry_fakes import NOW, reasons, with_roster
from registry_messages import DEFICIT, code, name

CLOCK = FixedClock(NOW)
EMITTER = AccountOpening(kind=AccountKind.EMITTER, credit_code=code(1), name=name(1), province_code="37")
PROVINCIAL = AccountOpening(kind=AccountKind.PROVINCIAL, credit_code="", name="山东省", province_code="37")
NATIONAL = AccountOpening(kind=AccountKind.NATIONAL, credit_code="", name="生态环境部", province_code="")


@pytest.fixture
async def uow():
    return await with_roster()


async def open_all(uow, *openings):
    return reasons(await open_accounts(OpenAccounts(openings=openings), uow=uow, clock=CLOCK))


async def test_accounts_of_all_kinds_are_opened_and_told(uow):
    assert await open_all(uow, NATIONAL, PROVINCIAL, EMITTER) == ["", "", ""]
    accounts = list(uow.accounts.accounts.values())
    assert [(one.account_no, one.credit_code, one.province_code) for one in accounts] == [
        ("R-NATIONAL", "", ""),
        ("R-P-37", "", "37"),
        (f"R-E-{DEFICIT}", DEFICIT, "37"),
    ]
    assert uow.facts == [AccountOpened(account=one, at=NOW) for one in accounts]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await open_all(
        uow,
        replace(EMITTER, credit_code="x"),
        replace(EMITTER, province_code="99"),
        replace(PROVINCIAL, province_code="99"),
        replace(EMITTER, credit_code=code(9)),
        replace(EMITTER, name="别的企业", province_code="11"),
        replace(EMITTER, province_code="11"),
        EMITTER,
    ) == [
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
        "PROVINCE_UNKNOWN",
        "ENTITY_NOT_LISTED",
        "NAME_MISMATCH",
        "PROVINCE_MISMATCH",
        "",
    ]
    assert list(uow.accounts.accounts) == [f"R-E-{DEFICIT}"]
    assert len(uow.facts) == 1


async def test_a_holder_has_one_account(uow):
    assert await open_all(uow, EMITTER, EMITTER, NATIONAL) == ["", "ACCOUNT_OPEN_ALREADY", ""]
    assert await open_all(uow, NATIONAL, EMITTER) == ["ACCOUNT_OPEN_ALREADY"] * 2
    assert len(uow.facts) == 2
