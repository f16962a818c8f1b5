"""The news that the registry issued a table: it closes with the figures of the transmission named (MRV-4, MRV-6)."""

import pytest
from ets_kernel.domain.errors import TableAlreadyIssued, TableNotFound
from mrv.domain.allocation_table import TableKind, TableStatus
from mrv.domain.errors import TransmissionNotFound
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_messages import FIRST, PERIOD
from mrv_rows import make_year
from mrv_steps import UNIT, compute, issue, kept, transmit, transmitted


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    return await transmitted()


def head(uow):
    return uow.tables.heads[PRE_NO]


async def newer(uow, supply: str) -> None:
    """Record, compute and send the table once more, with other figures."""
    uow.roster.years[UNIT.key, 2018] = make_year(UNIT, 2018, supply=supply)
    await compute(uow)
    await transmit(uow)


async def test_an_issued_pre_allocation_is_closed_and_imposes_nothing(uow):
    sent = head(uow)
    await issue(uow)
    assert head(uow).status is TableStatus.ISSUED
    assert head(uow).digest == sent.digest
    assert uow.obligations.imposed == {}


async def test_an_issued_verified_table_imposes_the_obligations_of_its_rows(uow):
    await issue(uow)
    await compute(uow, TableKind.VERIFIED)
    await transmit(uow, VERIFIED_NO)
    await issue(uow, VERIFIED_NO)
    (owed,) = uow.obligations.imposed.values()
    assert (owed.credit_code, owed.period, owed.province_code, owed.obligation_tco2e) == (
        FIRST,
        PERIOD,
        "37",
        1_800,
    )


@pytest.mark.parametrize("is_sent", [True, False])
async def test_an_issuance_of_an_earlier_transmission_brings_its_figures_back(uow, is_sent):
    first = head(uow)
    await newer(uow, "2000")
    if not is_sent:
        await compute(uow)
    await issue(uow, revision=1)
    assert (head(uow).status, head(uow).revision) == (TableStatus.ISSUED, 1)
    assert (head(uow).digest, head(uow).computation_no) == (first.digest, first.computation_no)


async def test_a_table_that_was_computed_again_is_issued_with_the_figures_that_were_sent(uow):
    sent = head(uow)
    uow.roster.years[UNIT.key, 2018] = make_year(UNIT, 2018, supply="2000")
    await compute(uow)
    await issue(uow)
    assert (head(uow).status, head(uow).digest) == (TableStatus.ISSUED, sent.digest)


async def test_what_was_never_sent_was_not_issued(uow):
    before = kept(uow)
    with pytest.raises(TableNotFound):
        await issue(uow, VERIFIED_NO)
    for revision in (0, 2):
        with pytest.raises(TransmissionNotFound):
            await issue(uow, revision=revision)
    assert kept(uow) == before


async def test_a_table_is_issued_once(uow):
    await newer(uow, "2000")
    await issue(uow, revision=2)
    before = kept(uow)
    await issue(uow, revision=2)
    assert kept(uow) == before
    with pytest.raises(TableAlreadyIssued):
        await issue(uow, revision=1)
    assert kept(uow) == before
