"""Compute, transmit, seal, recomputation and issuance as use cases, on fakes."""

import pytest
from ets_kernel.domain.errors import PreAllocationNotIssued, ProvinceUnknown, SealInvalid, TableAlreadyIssued
from ets_kernel.testing.clock import START, HandClock
from mrv.app.compute_allocation_table import ComputeAllocationTable, compute_allocation_table
from mrv.app.record_verified_years import RecordVerifiedYears, record_verified_years
from mrv.app.register_entities import EntityForm, RegisterEntities, register_entities
from mrv.app.register_units import RegisterUnits, register_units
from mrv.app.seal_allocation_table import SealAllocationTable, seal_allocation_table
from mrv.app.take_issuance import IssuedTable, take_issuance
from mrv.app.take_recomputation import Recomputation, take_recomputation
from mrv.app.transmit_allocation_table import TransmitAllocationTable, transmit_allocation_table
from mrv.domain.allocation_table import Difference, Seal, TableKind, TableStatus
from mrv.domain.errors import TransmissionNotFound
from mrv.domain.events import AllocationTableSealed, AllocationTableTransmitted, EntityListed
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_messages import FIRST
from mrv_rows import make_unit, make_year

CLOCK = HandClock()
UNIT = make_unit(FIRST, "1")
FOUND = Difference(credit_code=FIRST, unit_no="", year=0, column="x", transmitted_tco2e=1, recomputed_tco2e=2)
SEAL = Seal(digest=b"d" * 32, signature=b"good", key_id="province/37")


class OneSignature:
    def verify(self, key_id, digest, signature):
        if signature != b"good":
            raise SealInvalid("wrong", key_id=key_id)


@pytest.fixture
async def uow():
    made = FakeUnitOfWork()
    form = EntityForm(credit_code=FIRST, name="one", province_code="37", period="2019-2020")
    await register_entities(RegisterEntities(forms=(form,)), uow=made, clock=CLOCK)
    await register_units(RegisterUnits(province_code="37", units=(UNIT,)), uow=made, clock=CLOCK)
    years = tuple(make_year(UNIT, year, supply="1000") for year in (2018, 2019, 2020))
    assert len(await record(made, *years)) == 3
    return made


async def record(uow, *years):
    return await record_verified_years(
        RecordVerifiedYears(province_code="37", years=years), uow=uow, clock=CLOCK
    )


async def compute(uow, kind=TableKind.PRE_ALLOCATION, province_code="37"):
    command = ComputeAllocationTable(province_code=province_code, period="2019-2020", kind=kind)
    return await compute_allocation_table(command, uow=uow, clock=CLOCK)


async def transmit(uow, table_no=PRE_NO):
    command = TransmitAllocationTable(province_code="37", table_no=table_no)
    return await transmit_allocation_table(command, uow=uow, clock=CLOCK)


async def seal(uow, table_no=PRE_NO, given=SEAL):
    command = SealAllocationTable(province_code="37", table_no=table_no, seal=given, sealed_by="official")
    return await seal_allocation_table(command, uow=uow, clock=CLOCK, verifier=OneSignature())


async def answer(uow, revision=1, *differences):
    found = Recomputation(table_no=PRE_NO, revision=revision, differences=differences)
    await take_recomputation(found, uow=uow, clock=CLOCK)


async def issue(uow, revision=1, table_no=PRE_NO):
    await take_issuance(IssuedTable(table_no=table_no, revision=revision), uow=uow, clock=CLOCK)


async def test_a_listed_entity_is_told_once(uow):
    form = EntityForm(credit_code=FIRST, name="one", province_code="37", period="2019-2020")
    again = await register_entities(RegisterEntities(forms=(form, form)), uow=uow, clock=CLOCK)
    assert again == [FIRST, FIRST]
    (fact,) = uow.told(EntityListed)
    assert (fact.entity.credit_code, fact.at) == (FIRST, START)


async def test_a_table_counts_its_computations_and_keeps_their_rows(uow):
    first = await compute(uow)
    await record(uow, make_year(UNIT, 2018, supply="2000"))
    second = await compute(uow)
    assert (first.computation_no, second.computation_no) == (1, 2)
    assert (first.issue_tco2e, second.issue_tco2e) == (2 * 613, 2 * 1227)
    assert (await uow.tables.rows(first)).issue_tco2e == first.issue_tco2e
    with pytest.raises(ProvinceUnknown):
        await compute(uow, province_code="00")


async def test_a_transmission_tells_the_rows_of_the_last_computation(uow):
    await compute(uow)
    sent = await transmit(uow)
    (fact,) = uow.told(AllocationTableTransmitted)
    assert (fact.table, fact.rows) == (sent, uow.tables.computations[PRE_NO, 1])
    assert (sent.status, sent.revision) == (TableStatus.TRANSMITTED, 1)


async def test_a_seal_that_is_refused_is_neither_stored_nor_told(uow):
    await compute(uow)
    await transmit(uow)
    with pytest.raises(SealInvalid):
        await seal(uow, given=Seal(digest=b"d" * 32, signature=b"bad", key_id="province/37"))
    assert uow.tables.heads[PRE_NO].seal is None
    assert uow.told(AllocationTableSealed) == []
    await seal(uow)
    (fact,) = uow.told(AllocationTableSealed)
    assert (fact.table.seal, fact.sealed_by) == (SEAL, "official")


async def test_differences_are_kept_for_every_transmission_and_move_the_present_one(uow):
    await compute(uow)
    await transmit(uow)
    await answer(uow, 1, FOUND)
    assert uow.tables.heads[PRE_NO].status is TableStatus.DIFFERENT
    await transmit(uow)
    await answer(uow, 1, FOUND)
    assert uow.tables.heads[PRE_NO].status is TableStatus.TRANSMITTED
    await answer(uow, 2)
    assert uow.tables.heads[PRE_NO].status is TableStatus.AGREED
    assert [revision for _, revision, _ in uow.tables.differences] == [1, 1]


async def test_an_issuance_of_an_earlier_transmission_brings_its_figures_back(uow):
    await compute(uow)
    first = await transmit(uow)
    await record(uow, make_year(UNIT, 2018, supply="2000"))
    await answer(uow, 1, FOUND)
    await record(uow, make_year(UNIT, 2018, supply="2000"))
    await compute(uow)
    await transmit(uow)
    with pytest.raises(TransmissionNotFound):
        await issue(uow, 3)
    await issue(uow, 1)
    head = uow.tables.heads[PRE_NO]
    assert (head.status, head.revision, head.digest) == (TableStatus.ISSUED, 1, first.digest)
    with pytest.raises(TableAlreadyIssued):
        await transmit(uow)


async def test_only_a_verified_table_imposes_obligations(uow):
    with pytest.raises(PreAllocationNotIssued):
        await compute(uow, TableKind.VERIFIED)
    await compute(uow)
    await transmit(uow)
    await issue(uow)
    assert uow.obligations.imposed == {}
    await record(uow, make_year(UNIT, 2019, supply="1000", emissions=900))
    await compute(uow, TableKind.VERIFIED)
    await transmit(uow, VERIFIED_NO)
    await issue(uow, table_no=VERIFIED_NO)
    assert [owed.obligation_tco2e for owed in uow.obligations.imposed.values()] == [900]
