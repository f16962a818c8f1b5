from dataclasses import replace

import pytest
from registry.domain.accounts import AccountUse
from registry.domain.carry_over_rules import APPLICATIONS_END
from registry_fakes import NOW, reasons
from registry_messages import CEA, DEFICIT, SURPLUS
from retirement_steps import ACCOUNT, applied_no, apply, close, noticed


@pytest.fixture
async def uow():
    return await noticed()


async def test_units_are_frozen_and_count_towards_the_notice(uow):
    await uow.issue(ACCOUNT, "CEA-2021", 100, NOW)
    facts = list(uow.facts)
    outcomes = await apply(uow, (DEFICIT, (CEA, 500), ("CEA-2021", 60)), (DEFICIT, (CEA, 1)))
    assert outcomes == [applied_no(1), applied_no(2)]
    assert uow.ledger.held(ACCOUNT) == {
        (CEA, "registered"): 119_499,
        (CEA, "pending_carry_over"): 501,
        ("CEA-2021", "registered"): 40,
        ("CEA-2021", "pending_carry_over"): 60,
    }
    assert uow.carry_overs.kept_notices[DEFICIT].applied_tco2e == 561
    assert uow.facts == facts


async def test_together_no_more_is_applied_for_than_the_notice_allows(uow):
    outcomes = await apply(uow, (DEFICIT, (CEA, 69_999)), (DEFICIT, (CEA, 2)), (DEFICIT, (CEA, 1)))
    assert reasons(outcomes) == ["", "CARRY_OVER_LIMIT_EXCEEDED", ""]
    assert uow.ledger.held(ACCOUNT)[CEA, "pending_carry_over"] == 70_000


async def test_each_refusal_changes_nothing(uow):
    held = uow.ledger.held(ACCOUNT)
    outcomes = await apply(
        uow,
        ("91370000MA3C00000X", (CEA, 1)),
        (SURPLUS, (CEA, 1)),
        (DEFICIT, ("CEA-2025", 1)),
        (DEFICIT, ("CEA-2021", 1)),
    )
    assert reasons(outcomes) == [
        "ACCOUNT_NOT_FOUND",
        "CARRY_OVER_NOTICE_NOT_FOUND",
        "PRODUCT_NOT_CARRIED_OVER",
        "INSUFFICIENT_HOLDING",
    ]
    assert uow.ledger.held(ACCOUNT) == held
    assert uow.carry_overs.applications == {}


async def test_a_restricted_account_carries_nothing_over(uow):
    restricted = replace(uow.accounts.accounts[ACCOUNT], restricted_uses=frozenset({AccountUse.CARRY_OVER}))
    uow.accounts.known[ACCOUNT] = restricted
    assert reasons(await apply(uow, (DEFICIT, (CEA, 1)))) == ["ACCOUNT_RESTRICTED"]


async def test_a_closed_account_carries_nothing_over(uow):
    close(uow, ACCOUNT)
    assert reasons(await apply(uow, (DEFICIT, (CEA, 1)))) == ["ACCOUNT_CLOSED"]


async def test_where_an_account_has_a_confirmer_a_second_operator_confirms(uow):
    confirmed = replace(uow.accounts.accounts[ACCOUNT], is_confirmation_needed=True)
    uow.accounts.known[ACCOUNT] = confirmed
    assert reasons(await apply(uow, (DEFICIT, (CEA, 1)))) == ["CONFIRMATION_NEEDED"]
    assert reasons(await apply(uow, (DEFICIT, (CEA, 1)), is_confirmed=True)) == [""]


async def test_after_the_end_only_what_a_court_released_since_is_applied_for(uow):
    uow.carry_overs.freed = {(ACCOUNT, CEA): 100}
    outcomes = await apply(
        uow, (DEFICIT, (CEA, 60)), (DEFICIT, (CEA, 41)), (DEFICIT, (CEA, 40)), at=APPLICATIONS_END
    )
    assert reasons(outcomes) == ["", "CARRY_OVER_CLOSED", ""]
    assert reasons(await apply(uow, (DEFICIT, (CEA, 1)), at=APPLICATIONS_END)) == ["CARRY_OVER_CLOSED"]
    assert {item.batch_no for item in uow.carry_overs.applications.values()} == {3}
