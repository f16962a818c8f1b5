"""Sending tables to the registry: the last computation with all its rows, counted by revision."""

import pytest
from ets_kernel.domain.errors import TableAlreadyIssued, TableNotFound
from ets_kernel.testing.clock import START
from mrv.domain.allocation_table import Seal, TableStatus
from mrv.domain.events import AllocationTableTransmitted
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_steps import compute, equipped, issue, kept, transmit


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    made = FakeUnitOfWork()
    equipped(made)
    await compute(made)
    return made


async def test_a_transmission_tells_the_rows_of_the_last_computation(uow):
    await compute(uow)
    sent = await transmit(uow)
    assert (sent.status, sent.revision, sent.computation_no) == (TableStatus.TRANSMITTED, 1, 2)
    assert uow.tables.heads[PRE_NO] == sent
    rows = uow.tables.computations[PRE_NO, 2]
    assert uow.facts == [AllocationTableTransmitted(table=sent, rows=rows, at=START)]


@pytest.mark.parametrize(("table_no", "province_code"), [(VERIFIED_NO, "37"), (PRE_NO, "32")])
async def test_a_table_that_is_not_the_provinces_is_not_found(uow, table_no, province_code):
    await transmit(uow)
    await issue(uow)
    before = kept(uow)
    with pytest.raises(TableNotFound):
        await transmit(uow, table_no, province_code=province_code)
    assert kept(uow) == before


async def test_an_issued_table_is_not_sent_again(uow):
    await transmit(uow)
    await issue(uow)
    before = kept(uow)
    with pytest.raises(TableAlreadyIssued):
        await transmit(uow)
    assert kept(uow) == before


async def test_the_same_table_again_is_another_transmission_without_the_seal_of_the_one_before(uow):
    await transmit(uow)
    seal = Seal(digest=b"d" * 32, signature=b"s", key_id="province/37")
    uow.put_table(PRE_NO, status=TableStatus.SEALED, seal=seal)
    again = await transmit(uow)
    assert (again.status, again.revision, again.seal) == (TableStatus.TRANSMITTED, 2, None)
    assert [fact.table.revision for fact in uow.told(AllocationTableTransmitted)] == [1, 2]
