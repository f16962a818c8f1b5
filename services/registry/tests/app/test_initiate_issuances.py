import pytest
from allocation_steps import CLOCK, PRE, confirm, initiate, match, receive, with_accounts
from registry.domain.allocation_table import IssuanceStatus
from registry_messages import pre_table


@pytest.fixture
async def uow():
    return await with_accounts()


async def test_a_matched_table_is_proposed_and_nothing_is_issued_yet(uow):
    await match(uow, pre_table())
    told = list(uow.facts)
    assert await initiate(uow, PRE) == [""]
    table = uow.tables.issuances[PRE]
    assert (table.status, table.initiated_by, table.initiated_time) == (
        IssuanceStatus.INITIATED,
        "first",
        CLOCK.now(),
    )
    assert uow.ledger.balances == {}
    assert uow.facts == told


async def test_a_table_that_is_not_matched_or_unknown_is_not_proposed(uow):
    await receive(uow, pre_table())
    assert await initiate(uow, PRE, "2019-2020/PRE/11") == ["TABLE_NOT_MATCHED", "TABLE_NOT_FOUND"]
    assert uow.tables.issuances[PRE].status is IssuanceStatus.AGREED


async def test_an_issued_table_is_not_proposed_again(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    await confirm(uow, PRE)
    assert await initiate(uow, PRE) == ["TABLE_ALREADY_ISSUED"]
    assert uow.tables.issuances[PRE].status is IssuanceStatus.ISSUED


async def test_a_proposal_again_is_accepted_and_stays_with_its_first_person(uow):
    await match(uow, pre_table())
    assert await initiate(uow, PRE, PRE) == ["", ""]
    assert await initiate(uow, PRE, person="second") == [""]
    assert uow.tables.issuances[PRE].initiated_by == "first"
