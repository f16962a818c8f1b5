"""Recording generating units: once, by the province that listed their owner."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ets_kernel.domain.errors import ProvinceUnknown
from ets_kernel.testing.clock import HandClock
from mrv.app.register_units import RegisterUnits, register_units
from mrv.domain.units import CoolingMode
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST, SECOND
from mrv_rows import make_unit
from mrv_steps import UNIT, kept, listed, told

REFERENCE = f"{FIRST}/1"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = FakeUnitOfWork()
    listed(made)
    return made


async def register(uow, *units, province_code: str = "37"):
    command = RegisterUnits(province_code=province_code, units=units)
    return told(await register_units(command, uow=uow, clock=HandClock()))


async def test_units_of_a_listed_entity_are_recorded(uow):
    second = replace(UNIT, unit_no="2")
    assert await register(uow, UNIT, second) == [REFERENCE, f"{FIRST}/2"]
    assert uow.roster.all_units == {UNIT.key: UNIT, second.key: second}
    assert uow.facts == []


async def test_a_province_that_is_none_records_nothing(uow):
    before = kept(uow)
    with pytest.raises(ProvinceUnknown):
        await register(uow, UNIT, province_code="00")
    assert kept(uow) == before


SMALL = make_unit(FIRST, "2", capacity_mw=Decimal("399.999"))


@pytest.mark.parametrize(
    ("unit", "province_code", "expected"),
    [
        (make_unit(SECOND, "1"), "37", "ENTITY_NOT_LISTED"),
        (replace(UNIT, cooling=CoolingMode.AIR), "32", "ENTITY_NOT_LISTED"),
        (replace(UNIT, capacity_mw=Decimal(399)), "37", "UNIT_RECORDED_DIFFERENTLY"),
        (SMALL, "37", "UNIT_CATEGORY_CONTRADICTS_CAPACITY"),
    ],
)
async def test_refusals_of_a_unit_come_in_their_order_and_change_nothing(uow, unit, province_code, expected):
    await register(uow, UNIT)
    before = kept(uow)
    assert await register(uow, unit, province_code=province_code) == [expected]
    assert kept(uow) == before


async def test_a_unit_of_category_one_has_four_hundred_megawatts_or_more(uow):
    assert await register(uow, replace(SMALL, capacity_mw=Decimal(400))) == [f"{FIRST}/2"]


async def test_a_refused_unit_keeps_no_other_of_its_batch_from_being_recorded(uow):
    units = [SMALL, UNIT, replace(UNIT, cooling=CoolingMode.AIR)]
    expected = ["UNIT_CATEGORY_CONTRADICTS_CAPACITY", REFERENCE, "UNIT_RECORDED_DIFFERENTLY"]
    assert await register(uow, *units) == expected
    assert list(uow.roster.all_units.values()) == [UNIT]


async def test_the_same_unit_again_is_accepted_and_changes_nothing(uow):
    assert await register(uow, UNIT, UNIT) == [REFERENCE, REFERENCE]
    before = kept(uow)
    assert await register(uow, UNIT) == [REFERENCE]
    assert kept(uow) == before
