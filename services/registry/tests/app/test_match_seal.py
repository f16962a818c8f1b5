import pytest
from allocation_steps import PRE, confirm, initiate, match, receive, seal, with_accounts
from ets_kernel.domain.errors import TableNotFound
from registry.domain.allocation_table import IssuanceStatus
from registry.domain.errors import TableAlreadyIssued, TableRevisionStale
from registry_messages import STRANGER_KEY, pre_table


@pytest.fixture
async def uow():
    return await with_accounts()


async def test_a_seal_over_the_same_figures_matches_and_tells_nothing(uow):
    await receive(uow, pre_table())
    told = list(uow.facts)
    await seal(uow, pre_table())
    table = uow.tables.issuances[PRE]
    assert (table.status, table.seal_digest, table.seal_finding) == (
        IssuanceStatus.MATCHED,
        pre_table().digest,
        "",
    )
    assert uow.facts == told


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"key_id": "province/11"}, "province 37"),
        ({"key": STRANGER_KEY}, "province/37"),
        ({"digest": b"x" * 32}, ""),
    ],
)
async def test_a_seal_of_another_key_or_over_other_figures_does_not_match(uow, changes, finding):
    await receive(uow, pre_table())
    await seal(uow, pre_table(), **changes)
    table = uow.tables.issuances[PRE]
    assert table.status is IssuanceStatus.SEAL_DIFFERENT
    assert finding in table.seal_finding


async def test_figures_that_differ_stay_different_under_a_good_seal(uow):
    message = pre_table()
    message.entity_rows[0].issue_tco2e += 1
    await receive(uow, message)
    await seal(uow, message)
    assert uow.tables.issuances[PRE].status is IssuanceStatus.DIFFERENT


async def test_a_seal_of_a_table_that_never_came_is_refused(uow):
    with pytest.raises(TableNotFound):
        await seal(uow, pre_table())


async def test_a_seal_of_another_revision_is_stale(uow):
    await receive(uow, pre_table(revision=2))
    for revision in (1, 3):
        with pytest.raises(TableRevisionStale):
            await seal(uow, pre_table(revision=revision))
    assert uow.tables.issuances[PRE].status is IssuanceStatus.AGREED


async def test_a_table_that_is_proposed_or_issued_takes_no_seal(uow):
    await match(uow, pre_table())
    await initiate(uow, PRE)
    with pytest.raises(TableAlreadyIssued):
        await seal(uow, pre_table())
    await confirm(uow, PRE)
    with pytest.raises(TableAlreadyIssued):
        await seal(uow, pre_table())


async def test_the_same_seal_again_changes_nothing(uow):
    await match(uow, pre_table())
    table = uow.tables.issuances[PRE]
    await seal(uow, pre_table())
    assert uow.tables.issuances[PRE] == table
