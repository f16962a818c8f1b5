"""Recording verified years: replaced until their table is with the registry, and again when it found differences."""

from dataclasses import replace

import pytest
from ets_kernel.domain.errors import ProvinceUnknown
from ets_kernel.testing.clock import HandClock
from mrv.app.record_verified_years import RecordVerifiedYears, record_verified_years
from mrv.domain.allocation_table import TableKind, TableStatus
from mrv_fakes import PRE_NO, FakeUnitOfWork
from mrv_messages import FIRST
from mrv_rows import make_year
from mrv_steps import UNIT, compute, equipped, issue, kept, listed, told, transmit

Y2018, Y2019, Y2020 = (make_year(UNIT, year, supply="2000") for year in (2018, 2019, 2020))


def reference(year: int) -> str:
    return f"{FIRST}/1/{year}"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = FakeUnitOfWork()
    listed(made)
    made.roster.all_units[UNIT.key] = UNIT
    return made


async def record(uow, *years, province_code: str = "37"):
    command = RecordVerifiedYears(province_code=province_code, years=years)
    return told(await record_verified_years(command, uow=uow, clock=HandClock()))


async def test_years_of_a_unit_are_recorded(uow):
    assert await record(uow, Y2018, Y2019, Y2020) == [reference(year) for year in (2018, 2019, 2020)]
    assert list(uow.roster.years.values()) == [Y2018, Y2019, Y2020]
    assert uow.facts == []


async def test_a_province_that_is_none_records_nothing(uow):
    with pytest.raises(ProvinceUnknown):
        await record(uow, Y2019, province_code="00")
    assert uow.roster.years == {}


@pytest.mark.parametrize(
    ("year", "province_code", "expected"),
    [
        (make_year(UNIT, 2017, heat="1"), "32", "UNIT_NOT_FOUND"),
        (make_year(UNIT, 2017, heat="1"), "37", "YEAR_OUTSIDE_PERIOD"),
        (make_year(UNIT, 2021), "37", "YEAR_OUTSIDE_PERIOD"),
        (make_year(UNIT, 2018, emissions=1), "37", "VERIFIED_YEAR_CONTRADICTS_UNIT"),
        (Y2018, "37", "TABLE_ALREADY_TRANSMITTED"),
    ],
)
async def test_refusals_of_a_year_come_in_their_order_and_change_nothing(uow, year, province_code, expected):
    equipped(uow)
    await compute(uow)
    await transmit(uow)
    before = kept(uow)
    assert await record(uow, year, province_code=province_code) == [expected]
    assert kept(uow) == before


async def test_a_year_waits_for_the_table_that_it_belongs_to_and_for_no_other(uow):
    equipped(uow)
    await compute(uow)
    await transmit(uow)
    assert await record(uow, Y2018, Y2019) == ["TABLE_ALREADY_TRANSMITTED", reference(2019)]
    await issue(uow)
    table = await compute(uow, TableKind.VERIFIED)
    await transmit(uow, table.table_no)
    assert await record(uow, Y2019, Y2020) == ["TABLE_ALREADY_TRANSMITTED"] * 2


async def test_a_year_may_be_corrected_when_the_registry_found_differences(uow):
    equipped(uow)
    await compute(uow)
    await transmit(uow)
    uow.put_table(PRE_NO, status=TableStatus.DIFFERENT)
    assert await record(uow, Y2018) == [reference(2018)]


async def test_a_later_record_takes_the_place_of_an_earlier_one_also_within_a_batch(uow):
    last = replace(Y2019, emissions_tco2e=7)
    assert await record(uow, Y2019, make_year(UNIT, 2017), last) == [
        reference(2019),
        "YEAR_OUTSIDE_PERIOD",
        reference(2019),
    ]
    assert uow.roster.years == {(UNIT.key, 2019): last}
    assert await record(uow, Y2019) == [reference(2019)]
    assert uow.roster.years == {(UNIT.key, 2019): Y2019}
