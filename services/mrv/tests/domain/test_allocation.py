"""Tables computed from recorded rows: sums, true-up, cap, gas units and coal units of one entity."""

from dataclasses import replace

import pytest
from ets_kernel.domain.canonical import canonical_row, rows_digest
from hypothesis import given
from hypothesis import strategies as st
from mrv.domain.allocation import Recorded, compute, years_of
from mrv.domain.allocation_table import TableKind
from mrv.domain.errors import VerifiedYearsMissing
from mrv.domain.roster import Entity
from mrv.domain.units import UnitCategory
from mrv_rows import make_unit, make_year

PERIOD = "2019-2020"


def entity(code="A") -> Entity:
    return Entity(credit_code=code, name=f"name {code}", province_code="37", period=PERIOD)


def recorded(*units_with_years, entities=None) -> Recorded:
    units = [unit for unit, _ in units_with_years]
    years = {(year.key, year.year): year for _, found in units_with_years for year in found}
    return Recorded(entities=entities or [entity()], units=units, years=years)


def coal(*emissions, code="A", unit_no="1"):
    """A unit that gets 877,000 t a year."""
    unit = make_unit(code, unit_no)
    return unit, [
        make_year(unit, year, supply="1000000", emissions=emitted)
        for year, emitted in zip((2019, 2020), emissions, strict=True)
    ]


def gas(*emissions, code="A", unit_no="G"):
    """A unit that gets 392,000 t a year."""
    unit = make_unit(code, unit_no, category=UnitCategory.GAS)
    return unit, [
        make_year(unit, year, supply="1000000", emissions=emitted)
        for year, emitted in zip((2019, 2020), emissions, strict=True)
    ]


def verified(rows: Recorded, pre_allocated=None):
    """The verified table; everybody was pre-allocated nothing where nothing else is said."""
    return compute(
        "T",
        period=PERIOD,
        kind=TableKind.VERIFIED,
        recorded=rows,
        pre_allocated_tco2e=pre_allocated or {one.credit_code: 0 for one in rows.entities},
    )


def test_a_table_needs_2018_for_pre_allocation_and_both_years_for_verification():
    assert years_of(PERIOD, TableKind.PRE_ALLOCATION) == (2018,)
    assert years_of(PERIOD, TableKind.VERIFIED) == (2019, 2020)


def test_a_pre_allocation_is_that_of_2018_for_each_of_the_two_years():
    unit = make_unit("A", "1")
    rows = recorded((unit, [make_year(unit, 2018, supply="1000.001")]))
    table = compute("T", period=PERIOD, kind=TableKind.PRE_ALLOCATION, recorded=rows, pre_allocated_tco2e={})
    # 70 % of 877.000877 t is 613.9 t: rounded down once, for each year.
    assert [row.allowance_tco2e for row in table.unit_rows] == [613]
    (row,) = table.entity_rows
    assert (row.pre_allocated_tco2e, row.issue_tco2e, row.verified_tco2e, row.obligation_tco2e) == (
        1_226,
        1_226,
        0,
        0,
    )


def test_a_verified_table_trues_up_the_pre_allocation_both_ways():
    more = verified(recorded(coal(800_000, 800_000)), {"A": 1_000_000}).entity_rows[0]
    assert (more.verified_tco2e, more.issue_tco2e) == (1_754_000, 754_000)
    less = verified(recorded(coal(800_000, 800_000)), {"A": 2_000_000}).entity_rows[0]
    assert (less.pre_allocated_tco2e, less.issue_tco2e) == (2_000_000, -246_000)


def test_who_was_not_pre_allocated_is_outside_the_scope_of_the_verified_table():
    late, _ = coal(1, 2, code="B")
    rows = recorded(coal(3, 4), (late, []), entities=[entity("A"), entity("B")])
    table = verified(rows, {"A": 0})
    assert [row.credit_code for row in table.entity_rows] == ["A"]
    assert {row.unit.credit_code for row in table.unit_rows} == {"A"}
    assert table.obligation_tco2e == 7


def test_a_gap_above_a_fifth_of_the_emissions_is_capped():
    (row,) = verified(recorded(coal(1_100_000, 1_100_000))).entity_rows
    assert (row.obligation_tco2e, row.is_capped) == (1_754_000 + 440_000, True)
    (row,) = verified(recorded(coal(1_096_250, 1_096_250))).entity_rows
    assert (row.obligation_tco2e, row.is_capped) == (2_192_500, False)
    (row,) = verified(recorded(coal(1_096_250, 1_096_251))).entity_rows
    assert (row.obligation_tco2e, row.is_capped) == (2_192_500, True)


def test_a_gas_unit_owes_each_year_no_more_than_its_allowances_of_that_year():
    table = verified(recorded(gas(400_000, 300_000)))
    assert [row.obligation_tco2e for row in table.unit_rows] == [392_000, 300_000]
    assert table.entity_rows[0].obligation_tco2e == 692_000


def test_the_relief_of_gas_units_comes_before_the_cap():
    (row,) = verified(recorded(coal(1_100_000, 1_100_000), gas(500_000, 500_000))).entity_rows
    owed = 2_200_000 + 784_000
    cap = 1_754_000 + 784_000 + 640_000
    assert (row.obligation_tco2e, row.is_capped) == (min(owed, cap), False)


def test_sums_and_digest_are_those_of_the_rows_in_credit_code_order():
    rows = recorded(coal(1, 2, code="B"), coal(3, 4, code="A"), entities=[entity("A"), entity("B")])
    table = verified(rows)
    assert [row.credit_code for row in table.entity_rows] == ["A", "B"]
    assert (table.issue_tco2e, table.obligation_tco2e) == (2 * 1_754_000, 10)
    assert table.digest == rows_digest(
        canonical_row([code, f"name {code}", 0, 1_754_000, 1_754_000, emitted, emitted, 0])
        for code, emitted in (("A", 7), ("B", 3))
    )


def test_missing_years_and_entities_without_units_are_named():
    unit, years = coal(1, 2)
    rows = recorded((unit, years[:1]), entities=[entity("A"), entity("B")])
    with pytest.raises(VerifiedYearsMissing) as refused:
        verified(rows)
    assert refused.value.metadata == {
        "table_no": "T",
        "missing_count": "2",
        "missing": "B A/1/2020",
    }


def test_of_many_missing_years_the_first_ten_are_named():
    units = [make_unit("A", f"{number:02}") for number in range(20)]
    with pytest.raises(VerifiedYearsMissing) as refused:
        verified(replace(recorded(*((unit, []) for unit in units))))
    assert refused.value.metadata["missing_count"] == "40"
    assert len(refused.value.metadata["missing"].split()) == 10


def test_a_province_without_entities_has_an_empty_table():
    table = verified(Recorded(entities=[], units=[], years={}))
    assert (table.entity_rows, table.issue_tco2e) == ((), 0)


@given(st.integers(0, 3_000_000), st.integers(0, 3_000_000), st.integers(0, 2_000_000))
def test_nobody_buys_more_than_a_fifth_of_its_emissions(first, second, pre_allocated):
    (row,) = verified(recorded(coal(first, second), gas(second, first)), {"A": pre_allocated}).entity_rows
    assert row.pre_allocated_tco2e + row.issue_tco2e == row.verified_tco2e
    assert row.obligation_tco2e - row.verified_tco2e <= row.emissions_tco2e // 5
    assert 0 <= row.obligation_tco2e <= row.emissions_tco2e
