import pytest
from allocation_steps import CLOCK, PRE, VERIFIED, confirm, initiate, match, receive, with_accounts
from ets_kernel.domain.errors import PeriodUnknown
from registry.domain.allocation_table import IssuanceStatus
from registry.domain.errors import TableAlreadyIssued, TableRevisionStale
from registry.domain.events import AllocationTableRecomputed
from registry_messages import DEFICIT, PRE_TCO2E, SURPLUS, pre_table, verified_table


@pytest.fixture
async def uow():
    return await with_accounts()


async def test_a_table_that_agrees_is_stored_with_the_registrys_own_figures_and_told(uow):
    await receive(uow, pre_table())
    table = uow.tables.issuances[PRE]
    assert (table.status, table.revision, table.issue_tco2e, table.entity_count, table.difference_count) == (
        IssuanceStatus.AGREED,
        1,
        2 * PRE_TCO2E,
        2,
        0,
    )
    assert table.recomputed_digest == table.transmitted_digest == pre_table().digest
    assert [(row.credit_code, row.issue_tco2e) for row in uow.tables.entity_rows[PRE]] == [
        (DEFICIT, PRE_TCO2E),
        (SURPLUS, PRE_TCO2E),
    ]
    assert uow.told(AllocationTableRecomputed) == [
        AllocationTableRecomputed(table_no=PRE, revision=1, differences=(), at=CLOCK.now())
    ]


async def test_every_figure_that_differs_is_stored_and_told(uow):
    message = pre_table()
    message.entity_rows[1].issue_tco2e += 1
    await receive(uow, message)
    assert uow.tables.issuances[PRE].status is IssuanceStatus.DIFFERENT
    differences = uow.told(AllocationTableRecomputed)[0].differences
    assert tuple(differences) == uow.tables.differences[PRE]
    (one,) = [item for item in differences if item.column == "issue_tco2e"]
    assert (one.credit_code, one.transmitted_tco2e - one.recomputed_tco2e) == (SURPLUS, 1)


async def test_a_true_up_is_reckoned_with_the_registrys_own_pre_allocation(uow):
    await receive(uow, verified_table())
    assert uow.tables.issuances[VERIFIED].status is IssuanceStatus.DIFFERENT
    await match(uow, pre_table())
    await receive(uow, verified_table(revision=2))
    assert uow.tables.issuances[VERIFIED].status is IssuanceStatus.AGREED


async def test_a_period_without_rules_is_refused(uow):
    message = pre_table()
    message.period = "2030"
    with pytest.raises(PeriodUnknown):
        await receive(uow, message)
    assert (uow.tables.issuances, uow.told(AllocationTableRecomputed)) == ({}, [])


async def test_a_revision_that_is_not_higher_is_stale_and_a_higher_one_takes_its_place(uow):
    await receive(uow, pre_table(revision=2))
    for revision in (1, 2):
        with pytest.raises(TableRevisionStale):
            await receive(uow, pre_table(revision=revision))
    await match(uow, pre_table(revision=3))
    await receive(uow, pre_table(revision=4))
    table = uow.tables.issuances[PRE]
    assert (table.revision, table.status, table.seal_digest) == (4, IssuanceStatus.AGREED, b"")


async def test_an_issued_table_is_not_replaced(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    await confirm(uow, PRE)
    with pytest.raises(TableAlreadyIssued):
        await receive(uow, pre_table(revision=2))
    assert uow.tables.issuances[PRE].revision == 1
