import pytest
from ets_ledger.domain.values import SerialRange
from registry.domain.accounts import Account, AccountKind
from registry.domain.cancellation import CancellationStatus
from registry_fakes import NOW, market, reasons
from registry_messages import CEA, SURPLUS
from retirement_steps import ACCOUNT, ask, asked_no, close


@pytest.fixture
async def uow():
    return await market(held_tco2e=100)


async def test_units_are_set_aside_and_the_application_names_them(uow):
    assert await ask(uow, 30, 20) == [asked_no(1), asked_no(2)]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 50, (CEA, "pending_cancellation"): 50}
    first, second = (uow.cancellations.applications[asked_no(ordinal)] for ordinal in (1, 2))
    assert (first.serials, second.serials) == ((SerialRange(1, 30),), (SerialRange(31, 50),))
    assert (first.status, first.submitted_by, first.submitted_time) == (
        CancellationStatus.SUBMITTED,
        "owner",
        NOW,
    )
    assert uow.facts == []


async def test_the_holder_may_name_the_serials(uow):
    await ask(uow, 10, serials=(SerialRange(41, 45), SerialRange(61, 65)))
    application = uow.cancellations.applications[asked_no(1)]
    assert application.serials == (SerialRange(41, 45), SerialRange(61, 65))


async def test_each_refusal_changes_nothing_and_takes_no_number(uow):
    await uow.issue(ACCOUNT, "OFFSET-WIND1-2015", 5, NOW)
    held = uow.ledger.held(ACCOUNT)
    close(uow, f"R-E-{SURPLUS}")
    assert reasons(await ask(uow, 1, account_no="R-E-x")) == ["ACCOUNT_NOT_FOUND"]
    closed = {"account_no": f"R-E-{SURPLUS}", "holder_no": SURPLUS}
    assert reasons(await ask(uow, 1, **closed)) == ["ACCOUNT_CLOSED"]
    assert reasons(await ask(uow, 1, holder_no=SURPLUS)) == ["ACCOUNT_NOT_FOUND"]
    assert reasons(await ask(uow, 1, is_staff=True)) == ["SCOPE_FORBIDDEN"]
    assert reasons(await ask(uow, 1, product="OFFSET-WIND1-2015")) == ["PRODUCT_NOT_CANCELLABLE"]
    assert reasons(await ask(uow, 101)) == ["INSUFFICIENT_HOLDING"]
    assert reasons(await ask(uow, 9, serials=(SerialRange(1, 10),))) == ["TRANSFER_INVALID"]
    assert reasons(await ask(uow, 10, serials=(SerialRange(501, 510),))) == ["BLOCKS_NOT_HELD"]
    assert uow.ledger.held(ACCOUNT) == held
    assert uow.cancellations.applications == {}


async def test_staff_apply_for_the_account_of_a_province(uow):
    province = Account(
        account_no="R-P-37",
        kind=AccountKind.PROVINCIAL,
        credit_code="",
        name="山东省",
        province_code="37",
        opened_time=NOW,
    )
    await uow.accounts.add([province])
    await uow.issue("R-P-37", CEA, 7, NOW)
    form = {"account_no": "R-P-37", "holder_no": ""}
    assert reasons(await ask(uow, 7, **form)) == ["SCOPE_FORBIDDEN"]
    assert await ask(uow, 7, by="staff", is_staff=True, **form) == ["VC-R-P-37-1"]


async def test_what_a_province_holds_for_entities_is_not_its_own_to_cancel(uow):
    province = Account(
        account_no="R-P-37",
        kind=AccountKind.PROVINCIAL,
        credit_code="",
        name="山东省",
        province_code="37",
        opened_time=NOW,
    )
    await uow.accounts.add([province])
    await uow.issue("R-P-37", CEA, 7, NOW)
    uow.changes.earmarks["37", CEA] = 4
    form = {"account_no": "R-P-37", "holder_no": "", "by": "staff", "is_staff": True}
    (refusal,) = await ask(uow, 4, **form)
    assert (refusal.reason, refusal.metadata["available_quantity"]) == ("INSUFFICIENT_HOLDING", "3")
    assert reasons(await ask(uow, 2, 2, **form)) == ["", "INSUFFICIENT_HOLDING"]
    assert await ask(uow, 1, **form) == ["VC-R-P-37-2"]
