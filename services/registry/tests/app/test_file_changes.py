import pytest
from change_registration_steps import (
    CLOCK,
    PROVINCIAL,
    A,
    B,
    file,
    merger,
    proposal,
    told,
    units,
    with_authorities,
)
from registry.domain.change import ChangeKind, ChangeStatus
from registry_messages import CEA


@pytest.fixture
async def uow():
    return await with_authorities()


def split(*lines, account_no=A):
    return proposal(ChangeKind.SPLIT, *lines, account_no=account_no)


async def test_a_filed_merger_waits_without_lines_and_moves_nothing(uow):
    held = dict(uow.ledger.balances)
    assert told(await file(uow, merger())) == ["CR-000001"]
    change = uow.changes.changes["CR-000001"]
    assert (change.status, change.filed_by, change.filed_time, change.initiated_by) == (
        ChangeStatus.FILED,
        "official",
        CLOCK.now(),
        "",
    )
    assert (change.account_no, change.survivor_account_no, change.lines) == (A, B, ())
    assert uow.ledger.balances == held


async def test_a_filed_split_keeps_its_lines(uow):
    await file(uow, split(units(10, target_account_no=B)))
    (line,) = uow.changes.changes["CR-000001"].lines
    assert (line.source_account_no, line.target_account_no, line.quantity_tco2e) == (A, B, 10)


@pytest.mark.parametrize(
    ("proposed", "province_code", "reason"),
    [
        (merger(absorbed_no="R-E-none"), "37", "ACCOUNT_NOT_FOUND"),
        (merger(), "11", "PROVINCE_MISMATCH"),
        (merger(absorbed_no=PROVINCIAL), "37", "ACCOUNT_NOT_ELIGIBLE"),
        (merger(survivor_no=PROVINCIAL), "37", "ACCOUNT_NOT_ELIGIBLE"),
        (merger(survivor_no="R-E-none"), "37", "ACCOUNT_NOT_FOUND"),
        (merger(survivor_no=A), "37", "TRANSFER_INVALID"),
        (split(units(1, target_account_no=A)), "37", "TRANSFER_INVALID"),
        (split(units(10_001, target_account_no=B)), "37", "INSUFFICIENT_HOLDING"),
    ],
)
async def test_what_cannot_be_carried_out_is_not_filed(uow, proposed, province_code, reason):
    assert told(await file(uow, proposed, province_code=province_code)) == [reason]
    assert uow.changes.changes == {}


async def test_an_account_with_units_in_trading_is_not_merged(uow):
    await uow.put_in_trading(A, CEA, 1, CLOCK.now())
    (refusal,) = await file(uow, merger())
    assert (refusal.reason, refusal.metadata["buckets"]) == ("HOLDINGS_IN_PROCESS", "trading")


@pytest.mark.parametrize("product", ["OFFSET-WIND1-2015", "BORROWED-2023"])
async def test_an_account_with_units_that_serve_only_its_own_surrender_is_not_merged(uow, product):
    await uow.issue(A, product, 1, CLOCK.now())
    assert told(await file(uow, merger())) == ["PRODUCT_NOT_TRANSFERABLE"]
