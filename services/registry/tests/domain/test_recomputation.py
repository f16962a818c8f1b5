"""The registry's own arithmetic: test vectors of the plan, caps, and every way in which a table can differ."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ets_kernel.domain.ids import Period, ProvinceCode, TableNo, make_credit_code
from registry.domain.accounts import ListedEntity
from registry.domain.allocation_table import EntityRow, TableKind, TransmittedTable, UnitRow, digest_of
from registry.domain.plan_2019_2020 import Category, allowance_of, load_correction, pre_allocation_of
from registry.domain.recomputation import recompute

CODE = make_credit_code("91370000000000001")
PROVINCE = ProvinceCode("37")
LISTED = {CODE: ListedEntity(credit_code=CODE, name="发电企业", province_code=PROVINCE)}


def unit(**changes) -> UnitRow:
    """A condensing unit of test vector T1, unless told otherwise."""
    values = {
        "credit_code": CODE,
        "unit_no": "1",
        "category": Category.COAL_ABOVE_300MW,
        "is_air_cooled": False,
        "is_cogeneration": False,
        "year": 2019,
        "net_supply_mwh": Decimal(3_000_000),
        "heat_supply_gj": Decimal(0),
        "heat_ratio": Decimal(0),
        "load_factor": Decimal("0.70"),
        "emissions_tco2e": 0,
        "allowance_tco2e": 0,
        "obligation_tco2e": 0,
    } | changes
    return UnitRow(**values)


T2 = unit(
    category=Category.COAL_UP_TO_300MW,
    is_air_cooled=True,
    is_cogeneration=True,
    net_supply_mwh=Decimal(1_400_000),
    heat_supply_gj=Decimal(3_500_000),
    heat_ratio=Decimal("0.25"),
)
T3 = unit(
    category=Category.GAS,
    is_cogeneration=True,
    net_supply_mwh=Decimal(1_000_000),
    heat_supply_gj=Decimal(2_000_000),
    heat_ratio=Decimal("0.20"),
)


@pytest.mark.parametrize(
    ("row", "allowance", "pre_allocation"),
    [
        pytest.param(unit(), 2_710_521, 1_897_365, id="T1: 2,710,521.975 and 1,897,365.3825"),
        pytest.param(T2, 1_800_977, 1_260_684, id="T2: 1,800,977.85 and 1,260,684.495"),
        pytest.param(T3, 462_960, 324_072, id="T3: 462,960 and 324,072"),
    ],
)
def test_allowances_are_those_of_the_test_vectors_rounded_down_once(row, allowance, pre_allocation):
    assert allowance_of(row) == allowance
    assert pre_allocation_of(row) == pre_allocation


@pytest.mark.parametrize(
    ("load", "correction"),
    [
        ("0.90", "1"),
        ("0.85", "1"),
        ("0.82", "1.0042"),
        ("0.80", "1.007"),
        ("0.77", "1.0118"),
        ("0.755", "1.0142"),
        ("0.75", "1.015"),
        ("0.70", "1.030225"),
        ("0.60", "1.061364"),
        ("0.50", "1.093443"),
        ("0.40", "1.126493"),
    ],
)
def test_the_load_correction_follows_the_curve_of_annex_two(load, correction):
    assert abs(load_correction(Decimal(load)) - Decimal(correction)) < Decimal("0.0000005")


def test_a_fractional_power_is_the_same_by_logarithm_and_by_root():
    # 1.015^(16 - 20 x 0.725) = 1.015^1.5, whose square is 1.015^3.
    assert abs(load_correction(Decimal("0.7250")) ** 2 - Decimal("1.015") ** 3) < Decimal("1e-27")


def test_gas_and_air_and_load_do_not_mix():
    gas = unit(category=Category.GAS, is_air_cooled=True)
    assert allowance_of(gas) == 1_176_000
    unconventional = unit(category=Category.UNCONVENTIONAL_COAL, is_air_cooled=True)
    assert allowance_of(unconventional) == int(Decimal(3_000_000) * Decimal("1.146") * Decimal("1.05"))


def table(kind: TableKind, units, rows) -> TransmittedTable:
    return TransmittedTable(
        table_no=TableNo(f"2019-2020/{kind}/37"),
        revision=1,
        province_code=PROVINCE,
        period=Period("2019-2020"),
        kind=kind,
        unit_rows=tuple(units),
        entity_rows=tuple(rows),
        digest=digest_of(rows),
    )


def entity(**figures) -> EntityRow:
    values = {
        "credit_code": CODE,
        "name": "发电企业",
        "pre_allocated_tco2e": 0,
        "verified_tco2e": 0,
        "issue_tco2e": 0,
        "emissions_tco2e": 0,
        "obligation_tco2e": 0,
        "is_capped": False,
    } | figures
    return EntityRow(**values)


def obligation_of(*units: UnitRow) -> tuple[int, bool]:
    own = recompute(table(TableKind.VERIFIED, units, [entity()]), roster=LISTED, pre_allocated_tco2e={}).rows[
        0
    ]
    return own.obligation_tco2e, own.is_capped


def of_allowance(tonnes: int, **changes) -> UnitRow:
    """A unit with a round number of allowances: heat only, at 0.126 t/GJ (coal) or 0.059 t/GJ (gas)."""
    benchmark = Decimal("0.059") if changes.get("category") is Category.GAS else Decimal("0.126")
    heat = (Decimal(tonnes) / benchmark).quantize(Decimal("0.001")) + Decimal("0.001")
    return unit(net_supply_mwh=Decimal(0), heat_supply_gj=heat, **changes)


def test_a_gap_above_twenty_percent_caps_the_obligation():
    assert obligation_of(of_allowance(700_000, emissions_tco2e=1_000_000)) == (900_000, True)


def test_a_gap_of_twenty_percent_caps_nothing():
    assert obligation_of(of_allowance(800_000, emissions_tco2e=1_000_000)) == (1_000_000, False)
    assert obligation_of(of_allowance(799_999, emissions_tco2e=1_000_000)) == (999_999, True)


def test_a_gas_unit_owes_no_more_than_its_allowances():
    gas = of_allowance(470_000, category=Category.GAS, emissions_tco2e=500_000)
    assert obligation_of(gas) == (470_000, False)
    saving = of_allowance(470_000, category=Category.GAS, emissions_tco2e=400_000)
    assert obligation_of(saving) == (400_000, False)


def pre_allocation() -> TransmittedTable:
    given = 1_897_365
    return table(
        TableKind.PRE_ALLOCATION,
        [unit(year=2018, allowance_tco2e=given)],
        [entity(pre_allocated_tco2e=2 * given, issue_tco2e=2 * given)],
    )


def differences(transmitted: TransmittedTable, *, roster=None, pre_allocated=None):
    own = recompute(
        transmitted,
        roster=LISTED if roster is None else roster,
        pre_allocated_tco2e=pre_allocated or {},
    )
    return [(found.column, found.transmitted_tco2e, found.recomputed_tco2e) for found in own.differences]


def test_a_right_table_has_no_differences_and_the_same_digest():
    transmitted = pre_allocation()
    own = recompute(transmitted, roster=LISTED, pre_allocated_tco2e={})
    assert (own.differences, own.digest) == ((), transmitted.digest)


def test_each_false_figure_is_named():
    right = pre_allocation()
    row = right.unit_rows[0]
    false_unit = replace(right, unit_rows=(replace(row, allowance_tco2e=1, obligation_tco2e=2),))
    assert differences(false_unit) == [("allowance_tco2e", 1, 1_897_365), ("obligation_tco2e", 2, 0)]
    false_rows = (replace(right.entity_rows[0], emissions_tco2e=7, is_capped=True),)
    false_entity = replace(right, entity_rows=false_rows, digest=digest_of(false_rows))
    assert differences(false_entity) == [("emissions_tco2e", 7, 0), ("is_capped", 1, 0)]


def test_a_digest_over_other_rows_is_named():
    assert differences(replace(pre_allocation(), digest=b"x" * 32)) == [("digest", 0, 0)]


def test_a_unit_that_counts_twice_is_named():
    right = pre_allocation()
    twice = replace(right, unit_rows=right.unit_rows * 2)
    assert differences(twice) == [("rows", 2, 1)]


def test_a_year_outside_the_period_gives_nothing():
    right = pre_allocation()
    later = replace(right, unit_rows=(replace(right.unit_rows[0], year=2019),))
    assert ("allowance_tco2e", 1_897_365, 0) in differences(later)
    verified = table(TableKind.VERIFIED, [unit(year=2018)], [entity()])
    assert differences(verified, pre_allocated={CODE: 0}) == []


def test_an_entity_that_was_left_out_is_named():
    right = pre_allocation()
    assert differences(replace(right, entity_rows=(), digest=digest_of(()))) == [
        ("issue_tco2e", 0, 2 * 1_897_365)
    ]


def test_a_verified_table_has_exactly_the_entities_that_were_pre_allocated():
    def found(rows, pre_allocated):
        transmitted = table(TableKind.VERIFIED, [], rows)
        own = recompute(transmitted, roster=LISTED, pre_allocated_tco2e=pre_allocated)
        return [(one.credit_code, one.column) for one in own.differences]

    assert found([entity()], {CODE: 0}) == []
    assert found([entity()], {}) == [(CODE, "credit_code")]
    assert found([entity()], {CODE: 0, "left out": 5}) == [("left out", "credit_code")]


def test_names_provinces_and_pre_allocations_are_the_registrys_own():
    renamed = {CODE: replace(LISTED[CODE], name="新名称")}
    assert differences(pre_allocation(), roster=renamed) == [("name", 0, 0)]
    moved = {CODE: replace(LISTED[CODE], province_code=ProvinceCode("11"))}
    assert differences(pre_allocation(), roster=moved) == [("province_code", 0, 0)]
    assert differences(pre_allocation(), roster={}) == [("name", 0, 0), ("province_code", 0, 0)]
    figures = {"verified_tco2e": 2_710_521, "issue_tco2e": 2_710_521 - 100, "pre_allocated_tco2e": 100}
    verified = table(TableKind.VERIFIED, [unit(allowance_tco2e=2_710_521)], [entity(**figures)])
    assert differences(verified, pre_allocated={CODE: 100}) == []
    assert differences(verified, pre_allocated={CODE: 99}) == [
        ("pre_allocated_tco2e", 100, 99),
        ("issue_tco2e", 2_710_421, 2_710_422),
    ]
