"""The plan's formulas, against vectors reckoned by hand from its text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mrv.domain import plan_2019_2020 as plan
from mrv.domain.units import CoolingMode, ProductClass, Unit, UnitCategory, VerifiedYear

COAL_I = UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW
COAL_II = UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW
COAL_III = UnitCategory.UNCONVENTIONAL_COAL
GAS = UnitCategory.GAS
WATER, AIR = CoolingMode.WATER, CoolingMode.AIR
CONDENSING, COGENERATION = ProductClass.CONDENSING, ProductClass.COGENERATION


def unit(category=COAL_I, cooling=WATER, product_class=CONDENSING, capacity_mw="600") -> Unit:
    return Unit(
        credit_code="c",
        unit_no="1",
        category=category,
        cooling=cooling,
        product_class=product_class,
        capacity_mw=Decimal(capacity_mw),
        main_fuel="",
    )


def output(supply="0", heat="0", ratio="0", load="0.90", emissions=0, year=2020) -> VerifiedYear:
    return VerifiedYear(
        credit_code="c",
        unit_no="1",
        year=year,
        net_supply_mwh=Decimal(supply),
        heat_supply_gj=Decimal(heat),
        heat_ratio=Decimal(ratio),
        load_factor=Decimal(load),
        emissions_tco2e=emissions,
    )


VECTORS = {
    "water-cooled condensing unit of category I at 70 % load": (
        unit(),
        output("3000000", load="0.70"),
        "2710521.975",
    ),
    "air-cooled cogeneration unit of category II": (
        unit(COAL_II, AIR, COGENERATION, "300"),
        output("1400000", "3500000", "0.25"),
        "1800977.85",
    ),
    "gas cogeneration unit": (
        unit(GAS, WATER, COGENERATION),
        output("1000000", "2000000", "0.20"),
        "462960",
    ),
    "a load factor corrects no cogeneration unit": (
        unit(product_class=COGENERATION),
        output("1000", load="0.40"),
        "877",
    ),
    "a load factor corrects no unconventional unit": (
        unit(COAL_III),
        output("1000", load="0.40"),
        "1146",
    ),
    "cooling corrects no gas unit": (unit(GAS, AIR), output("1000", load="0.40"), "392"),
    "cooling corrects an unconventional unit": (unit(COAL_III, AIR), output("1000"), "1203.3"),
}


@pytest.mark.parametrize("name", VECTORS)
def test_an_allowance_is_exactly_that_of_the_plan(name):
    of_unit, of_output, expected = VECTORS[name]
    assert plan.exact_allowance(of_unit, of_output) == Decimal(expected)
    assert plan.allowance_tco2e(of_unit, of_output) == int(Decimal(expected))


def test_pre_allocation_is_seventy_percent_rounded_down():
    of_2018 = output("3000000", load="0.70", year=2018)
    assert plan.exact_pre_allocation(unit(), of_2018) == Decimal("1897365.3825")
    assert plan.pre_allocation_tco2e(unit(), of_2018) == 1_897_365


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ("0.90", "1"),
        ("0.85", "1"),
        ("0.82", "1.0042"),
        ("0.80", "1.007"),
        ("0.77", "1.0118"),
        ("0.75", "1.015"),
        ("0.70", "1.030225"),
        ("0.60", "1.061364"),
        ("0.50", "1.093443"),
        ("0.40", "1.126493"),
    ],
)
def test_the_load_correction_follows_the_curve(load, expected):
    assert round(plan.load_correction(Decimal(load)), 6) == Decimal(expected)


def test_the_load_correction_has_no_step():
    for border in ("0.85", "0.80", "0.75"):
        under = plan.load_correction(Decimal(border) - Decimal("0.0001"))
        assert 0 <= under - plan.load_correction(Decimal(border)) < Decimal("0.0004")


@given(st.integers(0, 9_999))
def test_a_lower_load_never_has_a_lower_correction(basis_points):
    load = Decimal(basis_points).scaleb(-4)
    assert plan.load_correction(load) >= plan.load_correction(load + Decimal("0.0001"))


@pytest.mark.parametrize(
    ("owed", "allowance", "emissions", "expected"),
    [
        (1_000_000, 700_000, 1_000_000, (900_000, True)),
        (1_000_000, 800_000, 1_000_000, (1_000_000, False)),
        (1_000_000, 799_999, 1_000_000, (999_999, True)),
        (1_000_000, 1_200_000, 1_000_000, (1_000_000, False)),
        (9, 0, 9, (1, True)),
        (0, 0, 0, (0, False)),
    ],
)
def test_an_obligation_is_at_most_the_allowances_and_a_fifth_of_the_emissions(
    owed, allowance, emissions, expected
):
    found = plan.capped_obligation_tco2e(
        owed_tco2e=owed, allowance_tco2e=allowance, emissions_tco2e=emissions
    )
    assert found == expected


@pytest.mark.parametrize(
    ("category", "allowance", "emissions", "expected"),
    [(GAS, 470_000, 500_000, 470_000), (GAS, 470_000, 400_000, 400_000), (COAL_I, 470_000, 500_000, 500_000)],
)
def test_a_gas_unit_owes_no_more_than_its_allowances(category, allowance, emissions, expected):
    found = plan.unit_obligation_tco2e(unit(category), allowance_tco2e=allowance, emissions_tco2e=emissions)
    assert found == expected


@pytest.mark.parametrize(
    ("category", "capacity", "contradicts"),
    [
        (COAL_I, "400", False),
        (COAL_I, "399.999", True),
        (COAL_II, "399.999", False),
        (COAL_II, "400", True),
        (COAL_III, "400", False),
        (GAS, "100", False),
    ],
)
def test_the_border_between_the_categories_of_conventional_coal_is_400_mw(category, capacity, contradicts):
    assert plan.capacity_contradicts(unit(category, capacity_mw=capacity)) is contradicts
