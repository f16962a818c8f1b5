"""Numbers of tables, the tables before them, and what these allocated. REG-57."""

import pytest
from ets_kernel.domain.ids import make_credit_code
from registry.domain.allocation_history import (
    CHANGES_MAX,
    AllocatedBefore,
    allocated_before,
    change_ordinal,
    table_no_of,
    tables_before,
)
from registry.domain.allocation_table import EntityRow, Scope, TableKind
from registry.domain.compliance_rules import Sector

CODE = make_credit_code("91370000000000001")


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"period": "2019-2020", "kind": TableKind.PRE_ALLOCATION}, "2019-2020/PRE/37"),
        ({"period": "2024", "kind": TableKind.VERIFIED}, "2024/VERIFIED/37"),
        (
            {"period": "2024", "kind": TableKind.VERIFIED, "scope": Scope.INDUSTRY},
            "2024/VERIFIED/37/industry",
        ),
        ({"period": "2021", "kind": TableKind.CHANGED, "ordinal": 2}, "2021/CHANGED/37/2"),
        (
            {"period": "2025", "kind": TableKind.CHANGED, "scope": Scope.INDUSTRY, "ordinal": 12},
            "2025/CHANGED/37/industry/12",
        ),
    ],
)
def test_a_number_names_period_kind_province_scope_and_change(values, number):
    assert table_no_of(province_code="37", **values) == number
    assert change_ordinal(number) == values.get("ordinal", 0)


@pytest.mark.parametrize(
    ("number", "before"),
    [
        ("2021/PRE/37", []),
        ("2021/VERIFIED/37", ["2021/PRE/37"]),
        ("2025/VERIFIED/37/industry", ["2025/PRE/37/industry"]),
        ("2021/CHANGED/37/1", ["2021/VERIFIED/37"]),
        ("2021/CHANGED/37/3", ["2021/VERIFIED/37", "2021/CHANGED/37/1", "2021/CHANGED/37/2"]),
        ("2025/CHANGED/37/industry/1", ["2025/VERIFIED/37/industry"]),
        ("2021/CHANGED/37", []),
        ("2021/CHANGED/37/0", []),
        ("2021/CHANGED/37/x", []),
        ("2021/CHANGED/37/9999", []),
        ("nothing", []),
    ],
)
def test_a_table_follows_those_before_it(number, before):
    assert tables_before(number) == before


def test_the_number_of_changes_is_bound():
    assert len(tables_before(f"2021/CHANGED/37/{CHANGES_MAX}")) == CHANGES_MAX


def row(**figures):
    values = dict.fromkeys(
        ("pre_allocated_tco2e", "verified_tco2e", "issue_tco2e", "emissions_tco2e", "obligation_tco2e"), 0
    )
    return EntityRow(credit_code=CODE, name="", is_capped=False, **values | figures)


def test_the_last_table_that_has_an_entity_says_what_it_was_allocated_and_deducted():
    rows = {
        "2021/PRE/37": [row(pre_allocated_tco2e=100, deducted_tco2e=30)],
        "2021/VERIFIED/37": [
            row(
                pre_allocated_tco2e=100,
                verified_tco2e=20,
                deducted_before_tco2e=30,
                returned_tco2e=10,
                obligation_tco2e=25,
            )
        ],
    }
    first = allocated_before(tables_before("2021/VERIFIED/37"), rows)
    changed = allocated_before(tables_before("2021/CHANGED/37/2"), rows)
    assert first == {CODE: AllocatedBefore(100, 30, 0, Sector.POWER)}
    assert changed == {CODE: AllocatedBefore(20, 20, 25, Sector.POWER)}
    assert allocated_before([], rows) == {}
