"""Receive, match, propose, confirm: tables through their use cases, on fakes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.runtime.signing import Ed25519Verifier
from registry.adapters.decoding import transmitted_table
from registry.app.confirm_issuances import ConfirmIssuances, confirm_issuances
from registry.app.initiate_issuances import InitiateIssuances, initiate_issuances
from registry.app.match_seal import SealedTable, match_seal
from registry.app.open_accounts import OpenAccounts, open_accounts
from registry.app.receive_allocation_table import receive_allocation_table
from registry.domain.accounts import AccountKind, AccountOpening, ListedEntity
from registry.domain.allocation_table import EntityRow, IssuanceStatus
from registry.domain.errors import TableAlreadyIssued, TableRevisionStale
from registry.domain.events import AccountOpened, AllowancesIssued, ComplianceNoticeIssued
from registry_fakes import FakeUnitOfWork
from registry_messages import (
    CEA,
    DEFICIT,
    PRE_TCO2E,
    PROVINCE_KEY,
    SURPLUS,
    VERIFIED_TCO2E,
    code,
    name,
    pre_table,
    sealed,
    verified_table,
)

CLOCK = FixedClock(datetime(2021, 10, 26, tzinfo=UTC))
VERIFIER = Ed25519Verifier({"province/37": PROVINCE_KEY.public_key()})
PRE, VERIFIED = pre_table().table_no, verified_table().table_no


@pytest.fixture
async def uow():
    uow = FakeUnitOfWork()
    for number in (1, 2):
        listed = ListedEntity(credit_code=code(number), name=name(number), province_code=ProvinceCode("37"))
        await uow.roster.put(listed, period="2019-2020")
    openings = [
        AccountOpening(kind=AccountKind.PROVINCIAL, credit_code="", name="山东省", province_code="37"),
        *(
            AccountOpening(
                kind=AccountKind.EMITTER,
                credit_code=code(number),
                name=name(number),
                province_code="37",
            )
            for number in (1, 2)
        ),
    ]
    await open_accounts(OpenAccounts(openings=tuple(openings)), uow=uow, clock=CLOCK)
    return uow


async def receive(uow, message):
    await receive_allocation_table(transmitted_table(message), uow=uow, clock=CLOCK)


async def seal(uow, message):
    told = sealed(message)
    await match_seal(
        SealedTable(
            table_no=told.table_no,
            revision=told.revision,
            digest=told.seal.digest,
            signature=told.seal.signature,
            key_id=told.seal.key_id,
        ),
        uow=uow,
        verifier=VERIFIER,
        clock=CLOCK,
    )


async def initiate(uow, *table_nos, person="first"):
    command = InitiateIssuances(table_nos=table_nos, initiated_by=person)
    return reasons(await initiate_issuances(command, uow=uow, clock=CLOCK))


async def confirm(uow, *table_nos, person="second"):
    command = ConfirmIssuances(table_nos=table_nos, confirmed_by=person)
    return reasons(await confirm_issuances(command, uow=uow, clock=CLOCK))


def reasons(outcomes):
    return [outcome.reason if isinstance(outcome, EtsError) else "" for outcome in outcomes]


async def test_the_accounts_of_the_fixture_were_told(uow):
    assert [fact.account.account_no for fact in uow.told(AccountOpened)] == [
        "R-P-37",
        f"R-E-{DEFICIT}",
        f"R-E-{SURPLUS}",
    ]


async def test_two_tables_go_from_transmission_to_obligations(uow):
    for message in (pre_table(), verified_table()):
        await receive(uow, message)
        await seal(uow, message)
    assert await initiate(uow, PRE, VERIFIED) == ["", ""]
    assert await confirm(uow, PRE, VERIFIED) == ["", ""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): VERIFIED_TCO2E}
    assert uow.ledger.held("R-P-37") == {}
    assert [fact.table_no for fact in uow.told(AllowancesIssued)] == [PRE, VERIFIED]
    assert [fact.obligation.credit_code for fact in uow.told(ComplianceNoticeIssued)] == [DEFICIT, SURPLUS]


async def test_a_proposal_stays_with_its_first_person(uow):
    await receive(uow, pre_table())
    assert await initiate(uow, PRE, "2019-2020/PRE/11") == ["TABLE_NOT_MATCHED", "TABLE_NOT_FOUND"]
    await seal(uow, pre_table())
    assert await initiate(uow, PRE, PRE) == ["", ""]
    assert await initiate(uow, PRE, person="second") == [""]
    assert uow.tables.issuances[PRE].initiated_by == "first"
    assert await confirm(uow, PRE, person="first") == ["SAME_PERSON"]


async def test_an_issued_table_is_neither_replaced_nor_sealed_nor_proposed_again(uow):
    await receive(uow, pre_table())
    await seal(uow, pre_table())
    await initiate(uow, PRE)
    with pytest.raises(TableAlreadyIssued):
        await seal(uow, pre_table())
    await confirm(uow, PRE)
    assert await initiate(uow, PRE) == ["TABLE_ALREADY_ISSUED"]
    assert await confirm(uow, PRE) == ["TABLE_ALREADY_ISSUED"]
    with pytest.raises(TableAlreadyIssued):
        await receive(uow, pre_table(revision=2))


async def test_a_seal_of_an_earlier_revision_is_stale(uow):
    await receive(uow, pre_table())
    await receive(uow, pre_table(revision=2))
    with pytest.raises(TableRevisionStale):
        await seal(uow, pre_table())
    with pytest.raises(TableRevisionStale):
        await receive(uow, pre_table(revision=2))


async def test_a_seal_under_the_key_of_another_province_does_not_match(uow):
    await receive(uow, pre_table())
    told = sealed(pre_table(), key_id="province/11")
    await match_seal(
        SealedTable(
            table_no=PRE,
            revision=1,
            digest=told.seal.digest,
            signature=told.seal.signature,
            key_id=told.seal.key_id,
        ),
        uow=uow,
        verifier=VERIFIER,
        clock=CLOCK,
    )
    assert uow.tables.issuances[PRE].status is IssuanceStatus.SEAL_DIFFERENT
    assert "province 37" in uow.tables.issuances[PRE].seal_finding


async def issued_with_true_up(uow, quantity, *, held):
    """A matched true-up of `quantity` for the first entity, which holds `held`, and of 10 for the second."""
    for message in (pre_table(), verified_table()):
        await receive(uow, message)
        await seal(uow, message)
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


async def test_a_negative_true_up_goes_back_for_good(uow):
    assert await issued_with_true_up(uow, -100, held=100) == [""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {}
    assert uow.ledger.held("R-RECOVERED") == {(CEA, "recovered"): 100}
    assert uow.ledger.held(f"R-E-{SURPLUS}") == {(CEA, "registered"): 10}


async def test_a_true_up_that_cannot_be_given_back_issues_nothing_of_the_table(uow):
    assert await issued_with_true_up(uow, -101, held=100) == ["INSUFFICIENT_HOLDING"]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): 100}
    assert uow.ledger.held(f"R-E-{SURPLUS}") == {}
    assert uow.tables.issuances[VERIFIED].status is IssuanceStatus.INITIATED
    assert uow.obligations.obligations == {}


async def test_a_row_of_nothing_moves_nothing(uow):
    assert await issued_with_true_up(uow, 0, held=1) == [""]
    assert uow.ledger.held(f"R-E-{DEFICIT}") == {(CEA, "registered"): 1}
    assert isinstance(uow.tables.entity_rows[VERIFIED][0], EntityRow)


async def test_an_account_that_is_missing_stops_the_table(uow):
    await receive(uow, pre_table())
    await seal(uow, pre_table())
    await initiate(uow, PRE)
    del uow.accounts.accounts["R-P-37"]
    assert await confirm(uow, PRE) == ["ACCOUNT_NOT_FOUND"]
    assert PRE_TCO2E not in uow.ledger.balances.values()
