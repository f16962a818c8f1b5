from dataclasses import replace

import pytest
from allocation_steps import CLOCK, PRE, VERIFIED, confirm, initiate, match, with_accounts
from registry.domain.accounts import AccountStatus
from registry.domain.allocation_table import IssuanceStatus
from registry.domain.events import AllowancesIssued, ComplianceCertificateIssued, ComplianceNoticeIssued
from registry_fakes import NOW, emitter
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E, pre_table, verified_table


@pytest.fixture
async def uow():
    return await with_accounts()


async def issued_with_true_up(uow, quantity, *, held):
    """A matched true-up of `quantity` for the first entity, which holds `held`, and of 10 for the second."""
    await match(uow, pre_table(), verified_table())
    rows = uow.tables.entity_rows[VERIFIED]
    uow.tables.entity_rows[VERIFIED] = (
        replace(rows[0], issue_tco2e=quantity),
        replace(rows[1], issue_tco2e=10),
    )
    pre = uow.tables.issuances[PRE]
    uow.tables.issuances[PRE] = replace(pre, status=IssuanceStatus.ISSUED, initiated_by="first")
    await uow.issue(f"R-E-{DEFICIT}", CEA, held, CLOCK.now())
    await initiate(uow, VERIFIED)
    return await confirm(uow, VERIFIED)


async def test_two_tables_go_from_transmission_to_obligations(uow):
    await match(uow, pre_table(), verified_table())
    assert await initiate(uow, PRE, VERIFIED) == ["", ""]
    assert await confirm(uow, PRE, VERIFIED) == ["", ""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): VERIFIED_TCO2E}
    assert uow.ledger.held("R-P-37") == {}
    table = uow.tables.issuances[PRE]
    assert (table.status, table.initiated_by, table.confirmed_by, table.confirmed_time) == (
        IssuanceStatus.ISSUED,
        "first",
        "second",
        CLOCK.now(),
    )
    assert [fact.table_no for fact in uow.told(AllowancesIssued)] == [PRE, VERIFIED]
    assert [fact.obligation.credit_code for fact in uow.told(ComplianceNoticeIssued)] == [DEFICIT, SURPLUS]
    assert set(uow.obligations.obligations) == {(DEFICIT, "2019-2020"), (SURPLUS, "2019-2020")}
    assert uow.told(ComplianceCertificateIssued) == []


async def test_a_negative_true_up_goes_back_for_good(uow):
    assert await issued_with_true_up(uow, -100, held=100) == [""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {}
    assert uow.ledger.held("R-RECOVERED") == {(CEA, "recovered"): 100}
    assert uow.ledger.held(f"R-E-{SURPLUS}") == {(CEA, "registered"): 10}


async def test_a_row_of_nothing_moves_nothing(uow):
    assert await issued_with_true_up(uow, 0, held=1) == [""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): 1}


async def test_what_was_never_received_or_proposed_is_not_issued(uow):
    await match(uow, pre_table())
    assert await confirm(uow, "2019-2020/PRE/11", PRE) == ["TABLE_NOT_FOUND", "ISSUANCE_NOT_INITIATED"]
    assert uow.tables.issuances[PRE].status is IssuanceStatus.MATCHED
    assert uow.told(AllowancesIssued) == []


async def test_the_one_who_proposed_does_not_confirm(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    assert await confirm(uow, PRE, person="first") == ["SAME_PERSON"]
    assert uow.tables.issuances[PRE].status is IssuanceStatus.INITIATED
    assert uow.told(AllowancesIssued) == []


async def test_a_true_up_waits_until_its_pre_allocation_is_issued(uow):
    await match(uow, pre_table(), verified_table())
    await initiate(uow, PRE, VERIFIED)
    assert await confirm(uow, VERIFIED, PRE, VERIFIED) == ["PRE_ALLOCATION_NOT_ISSUED", "", ""]
    assert [fact.table_no for fact in uow.told(AllowancesIssued)] == [PRE, VERIFIED]


@pytest.mark.parametrize("account_no", ["R-P-37", f"R-E-{SURPLUS}"])
async def test_an_account_that_is_missing_stops_the_table(uow, account_no):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    del uow.accounts.known[account_no]
    assert await confirm(uow, PRE) == ["ACCOUNT_NOT_FOUND"]
    assert not any(uow.ledger.balances.values())
    assert uow.tables.issuances[PRE].status is IssuanceStatus.INITIATED


async def test_a_closed_account_stops_the_table(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    await uow.accounts.add([emitter(2, status=AccountStatus.CLOSED, closed_time=NOW)])
    assert await confirm(uow, PRE) == ["ACCOUNT_CLOSED"]
    assert not any(uow.ledger.balances.values())


async def test_a_true_up_that_cannot_be_given_back_issues_nothing_of_the_table(uow):
    assert await issued_with_true_up(uow, -101, held=100) == ["INSUFFICIENT_HOLDING"]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): 100}
    assert uow.ledger.held(f"R-E-{SURPLUS}") == {}
    assert uow.tables.issuances[VERIFIED].status is IssuanceStatus.INITIATED
    assert uow.obligations.obligations == {}


async def test_a_table_is_issued_once(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    assert await confirm(uow, PRE, PRE) == ["", "TABLE_ALREADY_ISSUED"]
    held = dict(uow.ledger.balances)
    assert await confirm(uow, PRE) == ["TABLE_ALREADY_ISSUED"]
    assert uow.ledger.balances == held
    assert len(uow.told(AllowancesIssued)) == 1
