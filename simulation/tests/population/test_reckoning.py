"""The entity's own arithmetic of the 2019-2020 plan gives the known results."""

from decimal import Decimal

import pytest
from simulation.population.plan import Unit, UnitYear
from simulation.population.reckoning import allocation_of, obligation_of


def unit_with(category, *, cooling="water", cogeneration=False, emissions=(0,), **output):
    values = {"net_supply_mwh": "0", "heat_gj": "0", "load_factor": "0.7", "heat_ratio": "0", **output}
    output = {name: Decimal(value) for name, value in values.items()}
    years = tuple(
        UnitYear(year=year, emissions_tco2e=emitted, **output)
        for year, emitted in zip(range(2021 - len(emissions), 2021), emissions, strict=True)
    )
    return Unit(
        unit_no="1",
        category=category,
        cooling=cooling,
        cogeneration=cogeneration,
        capacity_mw=300,
        years=years,
    )


@pytest.mark.parametrize(
    ("unit", "tonnes"),
    [
        (unit_with("I", net_supply_mwh="3000000"), 2_710_521),
        (
            unit_with(
                "II",
                cooling="air",
                cogeneration=True,
                net_supply_mwh="1400000",
                heat_gj="3500000",
                heat_ratio="0.25",
            ),
            1_800_977,
        ),
        (
            unit_with("IV", cogeneration=True, net_supply_mwh="1000000", heat_gj="2000000", heat_ratio="0.2"),
            462_960,
        ),
    ],
)
def test_allocation_of_known_units_is_rounded_down(unit, tonnes):
    assert allocation_of(unit, unit.years[0]) == tonnes


@pytest.mark.parametrize(
    ("load", "factor_millionths"),
    [("0.90", 1_000_000), ("0.82", 1_004_200), ("0.80", 1_007_000), ("0.77", 1_011_800), ("0.75", 1_015_000),
     ("0.70", 1_030_225), ("0.60", 1_061_363), ("0.40", 1_126_492)],
)  # fmt: skip
def test_a_lower_load_raises_the_allocation_of_a_condensing_unit(load, factor_millionths):
    unit = unit_with("I", net_supply_mwh="1000000000", load_factor=load)
    assert allocation_of(unit, unit.years[0]) // 877 == factor_millionths


def test_the_gap_is_capped_at_a_fifth_of_the_emissions():
    unit = unit_with("I", emissions=(1_000_000,))
    assert obligation_of(units=[unit], allocations=[[700_000]]) == 900_000
    assert obligation_of(units=[unit], allocations=[[800_000]]) == 1_000_000


def test_a_gas_unit_owes_at_most_its_allocation():
    unit = unit_with("IV", emissions=(500_000,))
    assert obligation_of(units=[unit], allocations=[[470_000]]) == 470_000
    assert obligation_of(units=[unit], allocations=[[530_000]]) == 500_000


def test_a_gas_unit_owes_each_year_no_more_than_its_allocation_of_that_year():
    """Over both years together it would owe all of its 700,000 t: a year's room is no help to the other year."""
    unit = unit_with("IV", emissions=(400_000, 300_000))
    assert obligation_of(units=[unit], allocations=[[392_000, 392_000]]) == 692_000


def test_a_coal_unit_owes_what_it_emitted_in_both_years():
    unit = unit_with("I", emissions=(0, 400_000, 300_000))
    assert obligation_of(units=[unit], allocations=[[392_000, 392_000]]) == 700_000


def test_the_gas_rule_comes_before_the_cap_of_the_entity():
    coal, gas = (
        unit_with("I", emissions=(1_100_000, 1_100_000)),
        unit_with("IV", emissions=(500_000, 500_000)),
    )
    allocations = [[877_000, 877_000], [392_000, 392_000]]
    assert obligation_of(units=[coal, gas], allocations=allocations) == 2_200_000 + 784_000
