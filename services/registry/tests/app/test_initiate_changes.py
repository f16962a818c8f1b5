from dataclasses import replace

import pytest
from change_registration_steps import (
    CLOCK,
    HELD,
    PROVINCIAL,
    A,
    B,
    carried_out,
    correction,
    freeze,
    proposal,
    propose,
    release,
    told,
    units,
    with_authorities,
)
from registry.domain.accounts import AccountUse
from registry.domain.change import ChangeKind, ChangeStatus
from registry_messages import CEA

OFFSET = "OFFSET-WIND1-2015"
BORROWED = "BORROWED-2023"


@pytest.fixture
async def uow():
    return await with_authorities()


async def test_a_proposal_gets_its_number_and_moves_nothing(uow):
    held = dict(uow.ledger.balances)
    assert told(await propose(uow, freeze(units(100)), freeze(units(block=(5, 9))))) == [
        "CR-000001",
        "CR-000002",
    ]
    assert uow.ledger.balances == held
    change = uow.changes.changes["CR-000002"]
    assert (change.status, change.initiated_by, change.initiated_time) == (
        ChangeStatus.INITIATED,
        "first",
        CLOCK.now(),
    )
    assert (change.account_no, change.province_code) == (A, "37")
    assert [line.quantity_tco2e for line in change.lines] == [5]
    assert uow.facts == []


async def test_numbers_go_on_and_refused_items_get_none(uow):
    await propose(uow, freeze(units(1)))
    outcomes = await propose(uow, freeze(units(1), account_no="R-E-none"), freeze(units(1)))
    assert told(outcomes) == ["ACCOUNT_NOT_FOUND", "CR-000002"]


@pytest.mark.parametrize(
    ("proposed", "reason"),
    [
        (freeze(units(HELD)), ""),
        (freeze(units(HELD + 1)), "INSUFFICIENT_HOLDING"),
        (freeze(units(block=(9_999, 10_001))), "BLOCKS_NOT_HELD"),
        (freeze(units(1), account_no=PROVINCIAL), "ACCOUNT_NOT_ELIGIBLE"),
        (freeze(units(1, product=OFFSET)), "PRODUCT_NOT_TRANSFERABLE"),
        (freeze(units(1, product="coal")), "PRODUCT_NOT_TRANSFERABLE"),
        (release(units(1, freeze_no="CR-000009/1")), "FREEZE_NOT_FOUND"),
        (correction(units(corrects="none")), "CORRECTED_ENTRY_NOT_FOUND"),
        (proposal(ChangeKind.RECOVERY, units(5), account_no=A), ""),
        (proposal(ChangeKind.RECOVERY, units(5), account_no=PROVINCIAL), "INSUFFICIENT_HOLDING"),
        (proposal(ChangeKind.RECOVERY, units(5, product=BORROWED), account_no=A), "INSUFFICIENT_HOLDING"),
        (proposal(ChangeKind.RECOVERY, units(5, product=OFFSET), account_no=A), "INSUFFICIENT_HOLDING"),
        (proposal(ChangeKind.RECOVERY, units(5, product="coal"), account_no=A), "PRODUCT_NOT_TRANSFERABLE"),
        (proposal(ChangeKind.RESERVE, units(5)), ""),
        (proposal(ChangeKind.RESERVE, units(5, product=BORROWED)), "PRODUCT_NOT_TRANSFERABLE"),
        (proposal(ChangeKind.RESERVE_RELEASE, units(5, target_account_no=A)), "INSUFFICIENT_HOLDING"),
        (
            proposal(ChangeKind.RESERVE_RELEASE, units(5, target_account_no="R-NATIONAL")),
            "ACCOUNT_NOT_ELIGIBLE",
        ),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_at_once(uow, proposed, reason):
    (outcome,) = told(await propose(uow, proposed))
    assert outcome == (reason or "CR-000001")
    assert bool(uow.changes.changes) == (not reason)


def transfer(*lines):
    return proposal(ChangeKind.JUDICIAL_TRANSFER, *lines)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (B, ""),
        (A, "TRANSFER_INVALID"),
        ("R-E-none", "ACCOUNT_NOT_FOUND"),
        (PROVINCIAL, "ACCOUNT_NOT_ELIGIBLE"),
    ],
)
async def test_a_judicial_transfer_goes_to_another_open_account_of_a_holder(uow, target, reason):
    proposed = transfer(units(10, source_account_no=A, target_account_no=target))
    assert told(await propose(uow, proposed)) == [reason or "CR-000001"]


async def test_an_account_that_may_receive_nothing_gets_nothing(uow):
    uow.accounts.known[B] = replace(uow.accounts.known[B], restricted_uses=frozenset({AccountUse.RECEIPT}))
    proposed = transfer(units(10, source_account_no=A, target_account_no=B))
    assert told(await propose(uow, proposed)) == ["ACCOUNT_RESTRICTED"]


async def test_units_in_trading_are_not_frozen_and_the_refusal_says_where_they_are(uow):
    await uow.put_in_trading(A, CEA, 4_000, CLOCK.now())
    assert told(await propose(uow, freeze(units(6_000)))) == ["CR-000001"]
    (refusal,) = await propose(uow, freeze(units(6_001)))
    assert refusal.reason == "HOLDINGS_IN_PROCESS"
    assert refusal.metadata == {
        "account_no": A,
        "product": CEA,
        "buckets": "trading",
        "requested_tco2e": "6001",
        "registered_tco2e": "6000",
    }
    assert told(await propose(uow, freeze(units(10_001)))) == ["INSUFFICIENT_HOLDING"]


async def test_a_freeze_gives_no_more_than_it_holds(uow):
    (number,) = await carried_out(uow, freeze(units(100)))
    named = f"{number}/1"
    (refusal,) = await propose(uow, release(units(101, freeze_no=named)))
    assert (refusal.reason, refusal.metadata["held_tco2e"]) == ("FREEZE_EXCEEDED", "100")
    assert told(await propose(uow, release(units(block=(100, 101), freeze_no=named)))) == ["FREEZE_EXCEEDED"]
    two = release(units(60, freeze_no=named), units(41, freeze_no=named))
    assert told(await propose(uow, two)) == ["FREEZE_EXCEEDED"]
    assert told(await propose(uow, release(units(freeze_no=named)))) == ["CR-000002"]
    assert uow.changes.changes["CR-000002"].lines[0].quantity_tco2e == 100


@pytest.mark.parametrize(("quantity", "reason"), [(70, "CR-000001"), (71, "INSUFFICIENT_HOLDING")])
async def test_what_a_province_holds_for_entities_is_not_taken(uow, quantity, reason):
    await uow.issue(PROVINCIAL, CEA, 100, CLOCK.now())
    uow.changes.earmarks["37", CEA] = 30
    proposed = proposal(ChangeKind.RECOVERY, units(quantity), account_no=PROVINCIAL)
    (outcome,) = await propose(uow, proposed)
    assert told([outcome]) == [reason]
    if reason == "INSUFFICIENT_HOLDING":
        assert outcome.metadata["earmarked_quantity"] == "30"
