"""Computing allocation tables: from what is recorded, counted, and with the rows of every computation kept."""

import pytest
from ets_kernel.domain.errors import (
    PeriodUnknown,
    PreAllocationNotIssued,
    ProvinceUnknown,
    TableAlreadyIssued,
)
from mrv.domain.allocation_table import AllocationTable, TableKind, TableStatus
from mrv.domain.errors import VerifiedYearsMissing
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_messages import FIRST, FOREIGN, PERIOD, SECOND
from mrv_rows import make_unit, make_year
from mrv_steps import UNIT, compute, equipped, issue, kept, listed, transmit

# 70 % of 1,000 MWh at 0.877, rounded down, for each of the two years.
PRE_TCO2E = 2 * 613


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = FakeUnitOfWork()
    equipped(made)
    return made


async def test_a_pre_allocation_has_the_entities_of_its_province(uow):
    listed(uow, FOREIGN, province_code="32")
    table = await compute(uow)
    rows = uow.tables.computations[PRE_NO, 1]
    assert table == AllocationTable(
        table_no=PRE_NO, province_code="37", period=PERIOD, kind=TableKind.PRE_ALLOCATION,
        status=TableStatus.COMPUTED, computation_no=1, revision=0, entity_count=1, issue_tco2e=PRE_TCO2E,
        obligation_tco2e=0, digest=rows.digest,
    )  # fmt: skip
    assert uow.tables.heads == {PRE_NO: table}
    assert [row.credit_code for row in rows.entity_rows] == [FIRST]
    assert uow.facts == []


async def test_a_verified_table_issues_the_difference_to_the_pre_allocation_that_was_issued(uow):
    await compute(uow)
    await transmit(uow)
    await issue(uow)
    table = await compute(uow, TableKind.VERIFIED)
    assert (table.issue_tco2e, table.obligation_tco2e) == (2 * 877 - PRE_TCO2E, 2 * 900)


async def test_who_came_after_the_pre_allocation_is_outside_the_verified_table(uow):
    await compute(uow)
    await transmit(uow)
    await issue(uow)
    listed(uow, SECOND)
    assert (await compute(uow, TableKind.VERIFIED)).entity_count == 1


async def test_a_province_or_a_period_that_is_none_comes_first(uow):
    before = kept(uow)
    with pytest.raises(ProvinceUnknown):
        await compute(uow, TableKind.VERIFIED, province_code="00", period="2021")
    with pytest.raises(PeriodUnknown):
        await compute(uow, TableKind.VERIFIED, period="2021")
    assert kept(uow) == before


async def test_a_verified_table_waits_for_the_issuance_of_its_pre_allocation(uow):
    uow.roster.years.clear()
    with pytest.raises(PreAllocationNotIssued):
        await compute(uow, TableKind.VERIFIED)
    equipped(uow)
    await compute(uow)
    await transmit(uow)
    with pytest.raises(PreAllocationNotIssued) as refusal:
        await compute(uow, TableKind.VERIFIED)
    assert refusal.value.metadata == {"table_no": VERIFIED_NO, "pre_allocation_table_no": PRE_NO}
    assert list(uow.tables.heads) == [PRE_NO]


async def test_a_table_needs_every_year_of_every_unit(uow):
    del uow.roster.years[UNIT.key, 2018]
    before = kept(uow)
    with pytest.raises(VerifiedYearsMissing) as refusal:
        await compute(uow)
    assert refusal.value.metadata["missing"] == f"{FIRST}/1/2018"
    assert kept(uow) == before


async def test_an_issued_table_is_not_computed_again_whatever_is_missing(uow):
    await compute(uow)
    await transmit(uow)
    await issue(uow)
    uow.roster.years.clear()
    before = kept(uow)
    with pytest.raises(TableAlreadyIssued):
        await compute(uow)
    assert kept(uow) == before


async def test_the_same_computation_again_is_counted_and_keeps_the_rows_of_the_one_before(uow):
    first = await compute(uow)
    await transmit(uow)
    uow.roster.years[UNIT.key, 2018] = make_year(UNIT, 2018, supply="2000")
    second = await compute(uow)
    assert (first.computation_no, second.computation_no, second.revision) == (1, 2, 1)
    assert (second.status, second.issue_tco2e) == (TableStatus.COMPUTED, 2 * 1_227)
    assert uow.tables.computations[PRE_NO, 1].issue_tco2e == first.issue_tco2e


async def test_the_tables_of_two_provinces_are_two_tables(uow):
    listed(uow, FOREIGN, province_code="32")
    unit = make_unit(FOREIGN, "1")
    uow.roster.all_units[unit.key] = unit
    uow.roster.years[unit.key, 2018] = make_year(unit, 2018, supply="1000")
    await compute(uow)
    assert (await compute(uow, province_code="32")).table_no == f"{PERIOD}/PRE/32"
    assert len(uow.tables.heads) == 2
