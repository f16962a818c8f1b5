"""The registry's own figures of tables from 2021 on: who gets what, and what differs. REG-52."""

from dataclasses import replace
from decimal import Decimal

import pytest
from allocation_messages import (
    CEMENT,
    INDUSTRY,
    PRE,
    SHUT_DOWN,
    STEEL,
    VERIFIED,
    clinker,
    entity,
    pre_2021,
    pre_2022,
    table,
    verified_2021,
)
from ets_kernel.domain.ids import ProvinceCode
from registry.adapters.decoding import transmitted_table
from registry.domain.accounts import ListedEntity
from registry.domain.allocation_table import Differentiation, EntityRow
from registry.domain.compliance_rules import Sector
from registry.domain.recomputation import recompute
from registry_messages import DEFICIT, SURPLUS, code, name

ROSTER = {
    code(number): ListedEntity(credit_code=code(number), name=name(number), province_code=ProvinceCode("37"))
    for number in (1, 2)
}


def own(message, **known):
    return recompute(transmitted_table(message), roster=ROSTER, **{"pre_allocated_tco2e": {}} | known)


def columns(message, **known):
    return [(one.column, one.recomputed_tco2e) for one in own(message, **known).differences]


def test_right_tables_have_no_differences():
    assert columns(pre_2021()) == []
    assert columns(verified_2021(), pre_allocated_tco2e={DEFICIT: 700_000, SURPLUS: 0}) == []
    assert columns(pre_2022(), adjustment_tco2e={DEFICIT: 70_000}) == []


def test_an_adjustment_that_the_registry_does_not_know_differs():
    assert columns(pre_2022()) == [
        ("issue_tco2e", 50_000),
        ("adjustment_tco2e", 0),
        ("deducted_tco2e", 0),
        ("remainder_tco2e", 0),
    ]


@pytest.mark.parametrize("borrowed", [0, 1, 75_000])
def test_up_to_the_limit_the_province_says_what_is_borrowed(borrowed):
    message = verified_2021(borrowed=borrowed)
    rows = own(message, pre_allocated_tco2e={DEFICIT: 700_000}).rows
    assert [row.borrowed_tco2e for row in rows] == [borrowed, 0]


def test_who_is_shut_is_not_pre_allocated_and_borrows_nothing_but_gets_its_own_verified_allowances():
    shut = {"differentiation": SHUT_DOWN, "pre_allocated": 0, "issue": 0}
    assert columns(pre_2021(**shut)) == []
    known = {"pre_allocated_tco2e": {DEFICIT: 0, SURPLUS: 0}}
    verified = verified_2021(**shut | {"issue": 850_000})
    assert columns(verified, **known) == [("borrowed_tco2e", 0)]
    row = own(verified, **known).rows[0]
    assert (row.differentiation, row.differentiation.is_held_by_province) == (
        Differentiation.SHUT_DOWN,
        False,
    )


def test_an_entity_may_be_allocated_at_verification_alone_but_not_left_out_of_it():
    assert columns(verified_2021(), pre_allocated_tco2e={DEFICIT: 700_000}) == []
    left_out = own(verified_2021(), pre_allocated_tco2e={DEFICIT: 700_000, "left out": 1}).differences
    assert [(one.credit_code, one.column) for one in left_out] == [("left out", "credit_code")]


def test_the_first_cycle_knows_neither_deductions_nor_differentiation():
    message = pre_2021()
    first = replace(
        transmitted_table(message),
        period="2019-2020",
        entity_rows=(
            EntityRow(
                credit_code=DEFICIT,
                name=name(1),
                pre_allocated_tco2e=0,
                verified_tco2e=0,
                issue_tco2e=0,
                emissions_tco2e=0,
                obligation_tco2e=0,
                is_capped=False,
                adjustment_tco2e=5,
                differentiation=Differentiation.AT_RISK,
            ),
        ),
        unit_rows=(),
    )
    found = recompute(first, roster=ROSTER, pre_allocated_tco2e={}, adjustment_tco2e={DEFICIT: 5})
    assert [one.column for one in found.differences if one.column != "digest"] == [
        "adjustment_tco2e",
        "differentiation",
    ]


def industry(*rows, entities, balances=()):
    return table("2025", VERIFIED, list(rows), entities, scope=INDUSTRY, balances=balances)


def test_a_balance_value_that_is_missing_is_named_by_its_sector():
    line = clinker(1, year=2025, emissions=100, allowance=0, obligation=100)
    message = industry(line, entities=[entity(1, emissions=100, obligation=100, sector=CEMENT)])
    assert [(one.column, one.unit_no) for one in own(message).differences] == [
        ("balance_value", Sector.CEMENT)
    ]


def test_the_sector_of_an_entity_is_the_first_of_its_installations():
    line = clinker(1, year=2025, emissions=0, allowance=0, obligation=0)
    steel = clinker(1, year=2025, emissions=0, allowance=0, obligation=0)
    steel.sector, steel.installation_no = STEEL, "2"
    balances = [(CEMENT, "0.86"), (STEEL, "1.5")]
    right = industry(line, steel, entities=[entity(1, sector=STEEL)], balances=balances)
    assert columns(right) == []
    wrong = industry(line, steel, entities=[entity(1, sector=CEMENT)], balances=balances)
    assert columns(wrong) == [("sector", 0)]


def test_industry_has_no_pre_allocation_for_2024():
    line = clinker(1, year=2023, emissions=100, allowance=70, obligation=0)
    message = table(
        "2024",
        PRE,
        [line],
        [entity(1, pre_allocated=70, issue=70, sector=CEMENT)],
        scope=INDUSTRY,
    )
    assert columns(message) == [("allowance_tco2e", 0), ("pre_allocated_tco2e", 0), ("issue_tco2e", 0)]


def test_figures_of_a_line_are_compared():
    line = clinker(1, year=2025, emissions=2_000_000, allowance=1, obligation=2, output="2500000")
    message = industry(
        line,
        entities=[
            entity(
                1,
                verified=2_020_930,
                issue=2_020_930,
                emissions=2_000_000,
                obligation=2_000_000,
                sector=CEMENT,
            )
        ],
        balances=[(CEMENT, "0.86")],
    )
    assert columns(message) == [("allowance_tco2e", 2_020_930), ("obligation_tco2e", 2_000_000)]
    assert transmitted_table(message).balances == {Sector.CEMENT: Decimal("0.86")}
