"""The entity's own arithmetic of the 2019-2020 plan gives the known results."""

from decimal import Decimal

import pytest
from simulation.population.plan import Unit, UnitYear
from simulation.population.reckoning import allocation_of, obligation_of


def unit_with(category, *, cooling="water", cogeneration=False, emissions=0, **output):
    values = {"net_supply_mwh": "0", "heat_gj": "0", "load_factor": "0.7", "heat_ratio": "0", **output}
    year = UnitYear(
        year=2020, emissions_tco2e=emissions, **{name: Decimal(value) for name, value in values.items()}
    )
    return Unit(
        unit_no="1",
        category=category,
        cooling=cooling,
        cogeneration=cogeneration,
        capacity_mw=300,
        years=(year,),
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
    unit = unit_with("I", emissions=1_000_000)
    assert obligation_of(units=[unit], allocations=[700_000], allocation_tco2e=700_000) == 900_000
    assert obligation_of(units=[unit], allocations=[800_000], allocation_tco2e=800_000) == 1_000_000


def test_a_gas_unit_owes_at_most_its_allocation():
    unit = unit_with("IV", emissions=500_000)
    assert obligation_of(units=[unit], allocations=[470_000], allocation_tco2e=470_000) == 470_000
    assert obligation_of(units=[unit], allocations=[530_000], allocation_tco2e=530_000) == 500_000
