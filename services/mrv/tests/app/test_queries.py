"""Reads: what is another's is not found, and what is no province or period is refused."""

from datetime import datetime

import pytest
from ets_kernel.domain.errors import ApplicationNotFound, PeriodUnknown, ProvinceUnknown, TableNotFound
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.testing.clock import START
from mrv.app import queries
from mrv.domain.allocation_table import TableAsOf
from mrv.domain.errors import EntityNotFound
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv_fakes import PRE_NO, VERIFIED_NO, FakeUnitOfWork
from mrv_messages import FIRST, PERIOD, SECOND
from mrv_steps import NUMBER, compute, equipped, form

PART = queries.Slice(after="", limit=10)
APPLICATION = OffsetApplication(
    application_no=NUMBER, ordinal=1, form=form(1), status=ApplicationStatus.SUBMITTED, submitted_time=START
)


class Records:
    """One entity, one table and one application, whatever the moment; lists give what they were asked."""

    def __init__(self, uow: FakeUnitOfWork) -> None:
        self._uow = uow

    async def entity(self, credit_code: str, at: datetime):
        return self._uow.roster.entities.get((credit_code, PERIOD))

    async def entities(self, **asked):
        return [asked]

    async def table(self, table_no: str, at: datetime):
        table = self._uow.tables.heads.get(table_no)
        return TableAsOf(table=table, recorded_time=at, differences=()) if table is not None else None

    async def rows(self, table: TableAsOf, part: queries.Slice):
        return (await self._uow.tables.rows(table.table)).entity_rows

    async def verified_row(self, entity, at: datetime):
        return None

    async def application(self, application_no: str, at: datetime):
        return APPLICATION if application_no == NUMBER else None

    async def applications(self, **asked):
        return [asked]

    async def overviews(self, **asked):
        return [asked]


@pytest.fixture
async def reader() -> Records:
    uow = FakeUnitOfWork()
    equipped(uow)
    await compute(uow)
    return Records(uow)


async def test_an_entity_reads_with_its_row_in_the_verified_table(reader):
    entity, row = await queries.get_entity(FIRST, START, reader=reader)
    assert (entity.credit_code, row) == (FIRST, None)
    with pytest.raises(EntityNotFound):
        await queries.get_entity(SECOND, START, reader=reader)


@pytest.mark.parametrize(("table_no", "province_code"), [(VERIFIED_NO, "37"), (PRE_NO, "32")])
async def test_a_table_of_another_province_is_not_found_as_one_that_is_not_there(
    reader, table_no, province_code
):
    found = await queries.get_allocation_table(PRE_NO, province_code="37", at=START, reader=reader)
    assert found.table.table_no == PRE_NO
    rows = await queries.list_allocation_rows(PRE_NO, province_code="37", at=START, part=PART, reader=reader)
    assert [row.credit_code for row in rows] == [FIRST]
    wrong = {"province_code": province_code, "at": START, "reader": reader}
    with pytest.raises(TableNotFound):
        await queries.get_allocation_table(table_no, **wrong)
    with pytest.raises(TableNotFound):
        await queries.list_allocation_rows(table_no, part=PART, **wrong)


@pytest.mark.parametrize(("number", "credit_code"), [(f"{NUMBER}9", FIRST), (NUMBER, SECOND)])
async def test_an_application_of_another_is_not_found_as_one_that_is_not_there(reader, number, credit_code):
    own = await queries.get_offset_application(NUMBER, credit_code=FIRST, at=START, reader=reader)
    assert own == APPLICATION
    with pytest.raises(ApplicationNotFound):
        await queries.get_offset_application(number, credit_code=credit_code, at=START, reader=reader)


LISTS = [
    (queries.list_entities, {"part": PART}),
    (queries.list_offset_applications, {"part": PART, "status": None}),
    (queries.list_compliance_overviews, {}),
]


@pytest.mark.parametrize(("read", "more"), LISTS)
async def test_a_list_is_of_a_known_province_or_of_all_and_of_a_planned_period(reader, read, more):
    common = {"at": START, "reader": reader, **more}
    for province_code in ("", "37"):
        (asked,) = await read(province_code=province_code, period=PERIOD, **common)
        assert asked["period"] == PERIOD
    with pytest.raises(ProvinceUnknown):
        await read(province_code="00", period="2021", **common)
    with pytest.raises(PeriodUnknown):
        await read(province_code="37", period="2021", **common)


async def test_overviews_are_of_one_province_or_of_each(reader):
    common = {"period": PERIOD, "at": START, "reader": reader}
    (one,) = await queries.list_compliance_overviews(province_code="37", **common)
    (each,) = await queries.list_compliance_overviews(province_code="", **common)
    assert (one["province_codes"], each["province_codes"]) == (["37"], list(PROVINCES))
