"""Sealing tables: a genuine seal of the table's own province is stored and told, right or wrong in its figures."""

from dataclasses import replace

import pytest
from ets_kernel.domain.errors import SealInvalid, TableAlreadyIssued, TableNotFound
from ets_kernel.testing.clock import START, HandClock
from mrv.app.seal_allocation_table import SealAllocationTable, seal_allocation_table
from mrv.domain.allocation_table import Seal, TableStatus
from mrv.domain.errors import SealKeyForeign, TableNotTransmitted
from mrv.domain.events import AllocationTableSealed
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_steps import GOOD, OneSignature, compute, issue, kept, transmit, transmitted

SEAL = Seal(digest=b"d" * 32, signature=GOOD, key_id="province/37")
WRONG = Seal(digest=b"d", signature=b"bad", key_id="province/32")


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    return await transmitted()


async def seal(uow, given: Seal = SEAL, *, table_no: str = PRE_NO, province_code: str = "37"):
    command = SealAllocationTable(
        province_code=province_code, table_no=table_no, seal=given, sealed_by="official"
    )
    return await seal_allocation_table(command, uow=uow, clock=HandClock(), verifier=OneSignature())


async def test_a_genuine_seal_is_stored_and_told(uow):
    table = await seal(uow)
    assert (table.status, table.seal) == (TableStatus.SEALED, SEAL)
    assert uow.tables.heads[PRE_NO] == table
    assert uow.told(AllocationTableSealed) == [
        AllocationTableSealed(table=table, sealed_by="official", at=START)
    ]


@pytest.mark.parametrize(
    ("given", "where", "refusal"),
    [
        (WRONG, {"table_no": VERIFIED_NO}, TableNotFound),
        (WRONG, {"province_code": "32"}, TableNotFound),
        (WRONG, {}, SealKeyForeign),
        (replace(WRONG, key_id="province/37"), {}, SealInvalid),
        (replace(SEAL, digest=b"d" * 31), {}, SealInvalid),
        (replace(SEAL, digest=b"d" * 33), {}, SealInvalid),
        (replace(SEAL, signature=b"bad"), {}, SealInvalid),
    ],
)
async def test_refusals_of_a_seal_come_in_their_order_and_change_nothing(uow, given, where, refusal):
    before = kept(uow)
    with pytest.raises(refusal):
        await seal(uow, given, **where)
    assert kept(uow) == before


async def test_what_stands_elsewhere_is_not_sealed_whatever_the_seal(uow):
    await compute(uow)
    before = kept(uow)
    with pytest.raises(TableNotTransmitted):
        await seal(uow, WRONG)
    assert kept(uow) == before
    await transmit(uow)
    await issue(uow, revision=2)
    with pytest.raises(TableAlreadyIssued):
        await seal(uow, WRONG)


async def test_a_new_seal_takes_the_place_of_the_one_before_and_is_told(uow):
    await seal(uow, replace(SEAL, digest=b"e" * 32))
    await seal(uow)
    assert uow.tables.heads[PRE_NO].seal == SEAL
    assert len(uow.told(AllocationTableSealed)) == 2
