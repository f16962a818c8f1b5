"""What the registry computed of a transmission: agreement, or every figure that differs."""

import pytest
from ets_kernel.domain.errors import TableNotFound
from ets_kernel.testing.clock import HandClock
from mrv.app.take_recomputation import Recomputation, take_recomputation
from mrv.domain.allocation_table import Difference, TableStatus
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_messages import FIRST
from mrv_steps import compute, issue, kept, transmit, transmitted

FOUND = Difference(credit_code=FIRST, unit_no="", year=0, column="x", transmitted_tco2e=1, recomputed_tco2e=2)


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    return await transmitted()


async def answer(uow, *differences: Difference, revision: int = 1, table_no: str = PRE_NO) -> None:
    found = Recomputation(table_no=table_no, revision=revision, differences=differences)
    await take_recomputation(found, uow=uow, clock=HandClock())


def status(uow) -> TableStatus:
    return uow.tables.heads[PRE_NO].status


async def test_a_table_without_differences_is_agreed(uow):
    await answer(uow)
    assert (status(uow), uow.tables.differences) == (TableStatus.AGREED, [])


async def test_differences_are_kept_with_their_transmission(uow):
    await answer(uow, FOUND)
    assert (status(uow), uow.tables.differences) == (TableStatus.DIFFERENT, [(PRE_NO, 1, FOUND)])


async def test_a_table_that_is_not_there_has_no_answer(uow):
    before = kept(uow)
    with pytest.raises(TableNotFound):
        await answer(uow, FOUND, table_no=VERIFIED_NO)
    assert kept(uow) == before


@pytest.mark.parametrize("is_computed_again", [True, False])
async def test_differences_of_an_earlier_transmission_are_kept_and_move_nothing(uow, is_computed_again):
    await (compute(uow) if is_computed_again else transmit(uow))
    before = uow.tables.heads[PRE_NO]
    history = len(uow.tables.history)
    await answer(uow, FOUND)
    assert uow.tables.heads[PRE_NO] == before
    assert (len(uow.tables.history), uow.tables.differences) == (history, [(PRE_NO, 1, FOUND)])


async def test_a_sealed_table_stays_sealed_until_differences_are_found(uow):
    uow.put_table(PRE_NO, status=TableStatus.SEALED)
    await answer(uow)
    assert status(uow) is TableStatus.SEALED
    await answer(uow, FOUND)
    assert status(uow) is TableStatus.DIFFERENT


async def test_an_issued_table_never_changes(uow):
    await issue(uow)
    await answer(uow, FOUND)
    assert status(uow) is TableStatus.ISSUED


async def test_the_same_agreement_again_changes_nothing(uow):
    await answer(uow)
    before = kept(uow)
    await answer(uow)
    assert kept(uow) == before
