"""What may be recorded of entities and units, each refusal at its boundary and in its order."""

import pytest
from ets_kernel.domain.errors import PeriodUnknown
from mrv.domain.allocation_table import AllocationTable, TableKind, TableStatus
from mrv.domain.roster import (
    Entity,
    parse_planned_period,
    refusal_of_listing,
    refusal_of_unit,
    refusal_of_year,
)
from mrv.domain.units import ProductClass
from mrv_rows import make_unit, make_year

LISTED = Entity(credit_code="A", name="one", province_code="37", period="2019-2020")
UNIT = make_unit("A", "1")
HEATED = make_unit("A", "1", product_class=ProductClass.COGENERATION)


def reason(refusal):
    return refusal.reason if refusal is not None else ""


def table(status: TableStatus) -> AllocationTable:
    return AllocationTable(
        table_no="T",
        province_code="37",
        period="2019-2020",
        kind=TableKind.VERIFIED,
        status=status,
        computation_no=1,
        revision=1,
        entity_count=0,
        issue_tco2e=0,
        obligation_tco2e=0,
        digest=b"",
    )


def test_only_periods_with_a_plan_here_are_taken():
    assert parse_planned_period("2019-2020") == "2019-2020"
    with pytest.raises(PeriodUnknown):
        parse_planned_period("2021")


def test_the_same_listing_again_is_no_refusal():
    assert reason(refusal_of_listing(LISTED, None)) == ""
    assert reason(refusal_of_listing(LISTED, LISTED)) == ""


@pytest.mark.parametrize(
    ("unit", "owner", "province_code", "recorded", "expected"),
    [
        (UNIT, LISTED, "37", None, ""),
        (UNIT, LISTED, "37", UNIT, ""),
        (UNIT, None, "37", None, "ENTITY_NOT_LISTED"),
        (UNIT, LISTED, "32", HEATED, "ENTITY_NOT_LISTED"),
        (UNIT, LISTED, "37", HEATED, "UNIT_RECORDED_DIFFERENTLY"),
        (make_unit("A", "1", capacity_mw=399), LISTED, "37", UNIT, "UNIT_RECORDED_DIFFERENTLY"),
        (make_unit("A", "1", capacity_mw=399), LISTED, "37", None, "UNIT_CATEGORY_CONTRADICTS_CAPACITY"),
    ],
)
def test_refusals_of_a_unit_come_in_their_order(unit, owner, province_code, recorded, expected):
    refusal = refusal_of_unit(unit, owner=owner, province_code=province_code, recorded=recorded)
    assert reason(refusal) == expected


@pytest.mark.parametrize(
    ("year", "unit", "expected"),
    [
        (make_year(UNIT, 2018), UNIT, ""),
        (make_year(UNIT, 2020, emissions=5), UNIT, ""),
        (make_year(HEATED, 2019, heat="1", ratio="0.1"), HEATED, ""),
        (make_year(HEATED, 2019, heat="1"), HEATED, ""),
        (make_year(UNIT, 2021), None, "UNIT_NOT_FOUND"),
        (make_year(UNIT, 2017), UNIT, "YEAR_OUTSIDE_PERIOD"),
        (make_year(UNIT, 2021, heat="1"), UNIT, "YEAR_OUTSIDE_PERIOD"),
        (make_year(UNIT, 2019, heat="1"), UNIT, "VERIFIED_YEAR_CONTRADICTS_UNIT"),
        (make_year(UNIT, 2019, ratio="0.1"), UNIT, "VERIFIED_YEAR_CONTRADICTS_UNIT"),
        (make_year(HEATED, 2019, ratio="0.1"), HEATED, "VERIFIED_YEAR_CONTRADICTS_UNIT"),
        (make_year(UNIT, 2018, emissions=1), UNIT, "VERIFIED_YEAR_CONTRADICTS_UNIT"),
    ],
)
def test_refusals_of_a_year_come_in_their_order(year, unit, expected):
    assert reason(refusal_of_year(year, unit=unit, tables={})) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TableStatus.COMPUTED, ""),
        (TableStatus.DIFFERENT, ""),
        (TableStatus.TRANSMITTED, "TABLE_ALREADY_TRANSMITTED"),
        (TableStatus.AGREED, "TABLE_ALREADY_TRANSMITTED"),
        (TableStatus.SEALED, "TABLE_ALREADY_TRANSMITTED"),
        (TableStatus.ISSUED, "TABLE_ALREADY_TRANSMITTED"),
    ],
)
def test_a_year_may_be_corrected_while_its_table_is_not_with_the_registry(status, expected):
    refusal = refusal_of_year(make_year(UNIT, 2019), unit=UNIT, tables={2019: table(status)})
    assert reason(refusal) == expected
