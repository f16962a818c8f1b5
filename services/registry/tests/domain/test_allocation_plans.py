"""The arithmetic of the plans from 2021 on, against worked figures, at every bound."""

from decimal import Decimal
from fractions import Fraction

import pytest
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import Period, ProvinceCode, TableNo, make_credit_code
from registry.domain import plan_2021_2022, plan_2023_2024
from registry.domain import plan_2024_2025_industry as industry
from registry.domain.allocation_plan import EntitySums, UnitFigures
from registry.domain.allocation_plans import PLANS, plan_of
from registry.domain.allocation_table import (
    Category,
    InstallationRow,
    Scope,
    SpecialLine,
    TableKind,
    TransmittedTable,
    UnitRow,
)
from registry.domain.compliance_rules import Sector

CODE = make_credit_code("91370000000000001")


def unit(**changes) -> UnitRow:
    values = {
        "credit_code": CODE,
        "unit_no": "1",
        "category": Category.COAL_ABOVE_300MW,
        "is_air_cooled": False,
        "is_cogeneration": False,
        "year": 2021,
        "net_supply_mwh": Decimal(3_000_000),
        "heat_supply_gj": Decimal(0),
        "heat_ratio": Decimal(0),
        "load_factor": Decimal("0.70"),
        "emissions_tco2e": 0,
        "allowance_tco2e": 0,
        "obligation_tco2e": 0,
    } | changes
    return UnitRow(**values)


def line(**changes) -> InstallationRow:
    """The clinker line of test vector T12: 2,500,000 t of clinker at 0.80 t/t."""
    values = {
        "credit_code": CODE,
        "unit_no": "1",
        "sector": Sector.CEMENT,
        "special_line": SpecialLine.NONE,
        "year": 2025,
        "output_t": Decimal(2_500_000),
        "process_emissions_tco2e": 0,
        "carbide_slag_ratio": Decimal(0),
        "emissions_tco2e": 2_000_000,
        "allowance_tco2e": 0,
        "obligation_tco2e": 0,
    } | changes
    return InstallationRow(**values)


def table(period: str, kind: TableKind, scope: Scope = Scope.POWER, balances=None) -> TransmittedTable:
    return TransmittedTable(
        table_no=TableNo(f"{period}/{kind}/37"),
        revision=1,
        province_code=ProvinceCode("37"),
        period=Period(period),
        kind=kind,
        unit_rows=(),
        entity_rows=(),
        digest=b"",
        scope=scope,
        balances=balances or {},
    )


def figures(row, period: str, kind: TableKind = TableKind.VERIFIED, balances=None) -> UnitFigures:
    scope = Scope.INDUSTRY if isinstance(row, InstallationRow) else Scope.POWER
    return plan_of(period, scope).reckoner(table(period, kind, scope, balances))(row)


@pytest.mark.parametrize(
    ("period", "allowance"),
    [
        pytest.param("2021", 2_539_916, id="T4: 2,539,916.715"),
        pytest.param("2022", 2_527_244, id="T4: 2,527,244.9475"),
    ],
)
def test_2021_and_2022_have_their_own_benchmarks(period, allowance):
    assert plan_2021_2022.allowance_of(unit(), period) == allowance


def test_a_back_pressure_unit_has_no_cooling_correction():
    air_cooled = unit(is_air_cooled=True, is_cogeneration=True, heat_ratio=Decimal("0.5"))
    exact = Decimal(3_000_000) * Decimal("0.8218") * Decimal("0.89")
    assert plan_2021_2022.allowance_of(air_cooled, "2021") == int(exact * Decimal("1.05"))
    back_pressure = unit(
        is_air_cooled=True, is_cogeneration=True, heat_ratio=Decimal("0.5"), is_back_pressure=True
    )
    assert plan_2021_2022.allowance_of(back_pressure, "2021") == int(exact)


def test_gas_has_no_cooling_and_no_load_correction():
    gas = unit(category=Category.GAS, is_air_cooled=True, is_cogeneration=True, heat_ratio=Decimal("0.2"))
    assert plan_2021_2022.allowance_of(gas, "2022") == int(3_000_000 * Decimal("0.3901") * Decimal("0.88"))


def test_the_load_correction_covers_whom_the_parameter_of_the_year_says(monkeypatch):
    row = unit(is_cogeneration=True)
    without = plan_2021_2022.allowance_of(row, "2021")
    assert without == int(3_000_000 * Decimal("0.8218"))
    monkeypatch.setattr(plan_2021_2022, "IS_LOAD_CORRECTED_WITH_COGENERATION", {"2021": True})
    assert plan_2021_2022.allowance_of(row, "2021") == plan_2021_2022.allowance_of(unit(), "2021") > without


@pytest.mark.parametrize("period", ["2021", "2022"])
def test_both_years_are_pre_allocated_on_the_emissions_of_2021(period):
    row = unit(year=2021, emissions_tco2e=1_000_001)
    assert figures(row, period, TableKind.PRE_ALLOCATION) == (700_000, 0, 0)
    assert figures(unit(year=2022, emissions_tco2e=9), period, TableKind.PRE_ALLOCATION) == (0, 0, 0)


@pytest.mark.parametrize("period", ["2021", "2023"])
def test_a_gas_unit_is_allocated_its_emissions_at_least(period):
    """T9."""
    year = int(period)
    base = {"category": Category.GAS, "year": year, "net_supply_mwh": Decimal(0)}
    benchmark = {"2021": "0.0560", "2023": "0.0536"}[period]
    heat = (Decimal(470_000) / Decimal(benchmark)).quantize(Decimal("0.001")) + Decimal("0.001")
    short = unit(**base, heat_supply_gj=heat, emissions_tco2e=500_000)
    assert figures(short, period) == (500_000, 500_000, 30_000)
    saving = unit(**base, heat_supply_gj=heat, emissions_tco2e=400_000)
    assert figures(saving, period) == (470_000, 400_000, 0)


@pytest.mark.parametrize("period", ["2021", "2022", "2023", "2024"])
def test_from_2021_on_relief_raises_the_allocation(period):
    """T8."""
    plan = plan_of(period, Scope.POWER)
    relieved = plan.entitlement(EntitySums(700_000, 1_000_000, 1_000_000))
    assert relieved[:4] == (800_000, 1_000_000, 100_000, True)
    enough = plan.entitlement(EntitySums(800_000, 1_000_000, 1_000_000))
    assert enough[:4] == (800_000, 1_000_000, 0, False)


def test_in_2019_and_2020_relief_lowers_the_obligation():
    """T8."""
    relieved = plan_of("2019-2020", Scope.POWER).entitlement(EntitySums(700_000, 1_000_000, 1_000_000))
    assert relieved == (700_000, 900_000, 0, True, 0)


@pytest.mark.parametrize(
    ("allowance", "limit"),
    [
        pytest.param(850_000, 75_000, id="T10: a gap of 15 %"),
        pytest.param(900_000, 50_000, id="a gap of 10 %"),
        pytest.param(900_001, 0, id="a gap just below 10 %"),
        pytest.param(849_999, 75_000, id="half of an odd gap, rounded down"),
        pytest.param(700_000, 100_000, id="the gap that is left after relief"),
        pytest.param(1_100_000, 0, id="a surplus"),
    ],
)
def test_half_of_a_large_gap_may_be_borrowed(allowance, limit):
    sums = EntitySums(allowance, 1_000_000, 1_000_000)
    assert plan_of("2021", Scope.POWER).entitlement(sums).borrowing_limit_tco2e == limit
    assert plan_of("2023", Scope.POWER).entitlement(sums).borrowing_limit_tco2e == 0


def test_nobody_without_emissions_borrows():
    assert plan_of("2021", Scope.POWER).entitlement(EntitySums(0, 0, 0)).borrowing_limit_tco2e == 0


def test_2024_takes_gross_generation_with_a_rounded_correction():
    """T5: 2,686,523 with the correction unrounded."""
    row = unit(year=2024, gross_generation_mwh=Decimal(3_200_000), load_factor=Decimal("0.60"))
    assert plan_2023_2024.allowance_of(row, "2024") == 2_686_524


@pytest.mark.parametrize(
    ("load", "correction"),
    [("0.65", "1"), ("0.6499", "1.045710"), ("0.60", "1.061364"), ("0.50", "1.093443"), ("0.40", "1.126493")],
)
def test_the_peak_correction_starts_below_sixty_five_percent(load, correction):
    assert plan_2023_2024.peak_correction(Decimal(load)) == Decimal(correction)


def test_only_conventional_coal_has_a_peak_correction():
    low = {"year": 2023, "gross_generation_mwh": Decimal(1_000_000), "load_factor": Decimal("0.40")}
    assert plan_2023_2024.allowance_of(unit(**low, category=Category.UNCONVENTIONAL_COAL), "2023") == 828_500
    assert plan_2023_2024.allowance_of(unit(**low, category=Category.GAS), "2023") == 330_500
    with_heat = unit(**low, is_cogeneration=True, is_air_cooled=True, heat_ratio=Decimal("0.5"))
    assert plan_2023_2024.allowance_of(with_heat, "2023") == int(Decimal(795000) * Decimal("1.126493"))


def test_electricity_and_heat_are_each_rounded_down():
    row = unit(
        year=2023,
        category=Category.GAS,
        gross_generation_mwh=Decimal(3),
        heat_supply_gj=Decimal("18.657"),
    )
    assert plan_2023_2024.allowance_of(row, "2023") == 0 + 1
    assert Decimal(3) * Decimal("0.3305") + Decimal("18.657") * Decimal("0.0536") > Decimal("1.99")


def test_from_2023_on_the_year_before_is_pre_allocated_on():
    before = {"emissions_tco2e": 1_000_001}
    assert figures(unit(year=2022, **before), "2023", TableKind.PRE_ALLOCATION) == (700_000, 0, 0)
    assert figures(unit(year=2023, **before), "2024", TableKind.PRE_ALLOCATION) == (700_000, 0, 0)
    assert figures(unit(year=2024, **before), "2024", TableKind.PRE_ALLOCATION) == (0, 0, 0)
    assert figures(line(year=2024, **before), "2025", TableKind.PRE_ALLOCATION) == (700_000, 0, 0)


@pytest.mark.parametrize("period", ["2021", "2022", "2023", "2024"])
def test_another_year_counts_nothing(period):
    assert figures(unit(year=2019, emissions_tco2e=5), period) == (0, 0, 0)


def test_industry_is_allocated_what_it_emitted_in_2024_and_nothing_before():
    assert figures(line(year=2024), "2024") == (2_000_000, 2_000_000, 0)
    assert figures(line(year=2023), "2024", TableKind.PRE_ALLOCATION) == (0, 0, 0)
    assert figures(line(year=2023), "2024") == (0, 0, 0)


def test_a_line_below_the_balance_value_gains():
    """T12."""
    balance = Decimal("0.86")
    deviation = industry.deviation(line(), balance)
    assert deviation == Fraction(6, 86)
    assert industry.coefficient(deviation) == Fraction(15, 100) * Fraction(6, 86)
    assert figures(line(), "2025", balances={Sector.CEMENT: balance}) == (2_020_930, 2_000_000, 0)


@pytest.mark.parametrize(
    ("deviation", "coefficient"),
    [
        ("0.2", "0.03"),
        ("0.2001", "0.03"),
        ("0.5", "0.03"),
        ("0.1999", "0.029985"),
        ("0", "0"),
        ("-0.1", "-0.015"),
        ("-0.1999", "-0.029985"),
        ("-0.2", "-0.03"),
        ("-0.2001", "-0.03"),
        ("-3", "-0.03"),
    ],
)
def test_the_coefficient_is_bound_at_three_percent(deviation, coefficient):
    assert industry.coefficient(Fraction(deviation)) == Fraction(coefficient)


def test_steel_is_judged_by_ironmaking_and_sintering_and_allocated_on_all_it_emits():
    enterprise = line(
        sector=Sector.STEEL,
        output_t=Decimal(1_000_000),
        process_emissions_tco2e=1_500_000,
        emissions_tco2e=2_000_000,
    )
    assert industry.deviation(enterprise, Decimal("1.5")) == 0
    assert industry.allowance_of(enterprise, Decimal("1.5")) == 2_000_000
    assert industry.allowance_of(enterprise, Decimal("1.2")) == 1_940_000


def test_aluminium_is_judged_by_the_emissions_of_its_process():
    process = line(sector=Sector.ALUMINIUM, output_t=Decimal(100_000), emissions_tco2e=190_000)
    assert industry.deviation(process, Decimal(2)) == Fraction(5, 100)
    assert industry.allowance_of(process, Decimal(2)) == 191_425


def test_emissions_without_output_are_at_the_worst_end():
    assert industry.allowance_of(line(output_t=Decimal(0)), Decimal("0.86")) == 1_940_000


@pytest.mark.parametrize(
    ("changes", "is_special"),
    [
        ({"special_line": SpecialLine.WHITE_CLINKER}, True),
        ({"special_line": SpecialLine.GYPSUM}, True),
        ({"special_line": SpecialLine.CARBIDE_SLAG, "carbide_slag_ratio": Decimal("0.1501")}, True),
        ({"special_line": SpecialLine.CARBIDE_SLAG, "carbide_slag_ratio": Decimal("0.15")}, False),
        ({"special_line": SpecialLine.WHITE_CLINKER, "sector": Sector.STEEL}, False),
        ({"carbide_slag_ratio": Decimal("0.5")}, False),
    ],
)
def test_special_clinker_lines_are_allocated_what_they_emitted(changes, is_special):
    row = line(**changes)
    assert industry.is_special(row) is is_special
    if is_special:
        assert figures(row, "2025", balances={Sector.CEMENT: Decimal("0.86")}).allowance_tco2e == 2_000_000


def test_a_sector_without_a_balance_value_gets_nothing():
    assert figures(line(), "2025") == (0, 2_000_000, 0)


@pytest.mark.parametrize(
    ("period", "scope"), [("2025", Scope.POWER), ("2023", Scope.INDUSTRY), ("2019-2020", Scope.INDUSTRY)]
)
def test_a_period_without_a_plan_of_the_scope_is_refused(period, scope):
    assert (period, scope) not in PLANS
    with pytest.raises(PeriodUnknown):
        plan_of(period, scope)
