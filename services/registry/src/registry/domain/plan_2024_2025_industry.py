"""The allocation plan for 2024 and for 2025, steel, cement and aluminium.

Source of all, unless another is named: 2024、2025年度全国碳排放权交易市场钢铁、水泥、铝冶炼行业配额总量和分配方案,
国环规气候〔2025〕2号, 2025-11-16, with the 编制说明 of its draft. Steel is allocated by enterprise, cement by clinker
line, aluminium by electrolysis process. Rounding to whole tonnes is not in it: each installation's figure is rounded
down once (ours); intensity, deviation and coefficient are exact until then.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from registry.domain.allocation_plan import NOTHING, Entitlement, EntitySums, UnitFigures
from registry.domain.allocation_table import InstallationRow, SpecialLine, TableKind, TransmittedTable
from registry.domain.compliance_rules import Sector

# Source: 编制说明, section (三): 2024 is allocated what was emitted.
EMISSIONS_PERIOD: Final = "2024"
# Source: 编制说明, section (四): 70 % of the previous year's verified emissions; none for 2024.
PRE_ALLOCATION_PERCENT: Final = 70
# Source: table 1: coefficient α = 0.15 × X for a deviation X between -20 % and +20 %, and ±3 % from there on.
DEVIATION_MAX: Final = Fraction(20, 100)
DEVIATION_SLOPE: Final = Fraction(15, 100)
COEFFICIENT_MAX: Final = Fraction(3, 100)
# Source: 编制说明, section (三): lines in which carbide slag replaces more than 15 %.
CARBIDE_SLAG_ABOVE: Final = Decimal("0.15")


class PlanIndustry20242025:
    """2024 as emitted; 2025 as emitted, more or less by how the intensity deviates from the sector's balance value."""

    has_deductions = True
    without_pre_allocation = frozenset({EMISSIONS_PERIOD})
    with_balance_values = frozenset({"2025"})

    def reckoner(self, table: TransmittedTable) -> Callable[[InstallationRow], UnitFigures]:
        """Give 70 % of the previous year's emissions for a pre-allocation, the year's own allocation otherwise.

        A row of a sector without a balance value gets nothing where its allowances depend on one.
        """
        year, balances = int(table.period), table.balances
        is_before = table.kind is TableKind.PRE_ALLOCATION
        percent = 0 if table.period in self.without_pre_allocation else PRE_ALLOCATION_PERCENT

        def figures_of(row: InstallationRow) -> UnitFigures:
            if is_before:
                is_counted = row.year == year - 1
                return UnitFigures(row.emissions_tco2e * percent // 100) if is_counted else NOTHING
            if row.year != year:
                return NOTHING
            if table.period == EMISSIONS_PERIOD or is_special(row):
                return UnitFigures(row.emissions_tco2e, row.emissions_tco2e)
            balance = balances.get(row.sector)
            allowance = allowance_of(row, balance) if balance else 0
            return UnitFigures(allowance, row.emissions_tco2e)

        return figures_of

    def entitlement(self, sums: EntitySums) -> Entitlement:
        """Give allowances and obligation as they are: no gap is above 3 %."""
        return Entitlement(sums.allowance_tco2e, sums.obligation_tco2e)


def is_special(row: InstallationRow) -> bool:
    """Tell whether a clinker line is allocated what it emitted."""
    if row.sector is not Sector.CEMENT:
        return False
    if row.special_line is SpecialLine.CARBIDE_SLAG:
        return row.carbide_slag_ratio > CARBIDE_SLAG_ABOVE
    return row.special_line is not SpecialLine.NONE


def allowance_of(row: InstallationRow, balance_value: Decimal) -> int:
    """Compute E x (1 + α) of an installation in tCO2e, rounded down."""
    allowance = row.emissions_tco2e * (1 + coefficient(deviation(row, balance_value)))
    return allowance.numerator // allowance.denominator


def deviation(row: InstallationRow, balance_value: Decimal) -> Fraction:
    """Compute how much lower the intensity is than the balance value (碳排放强度偏离度), as a fraction of it.

    Ours: an installation that emits without any output is at the worst end, as its intensity has no bound.
    """
    emissions = row.process_emissions_tco2e if row.sector is Sector.STEEL else row.emissions_tco2e
    if row.output_t == 0:
        return -DEVIATION_MAX
    intensity = emissions / Fraction(row.output_t)
    return 1 - intensity / Fraction(balance_value)


def coefficient(deviation_of_intensity: Fraction) -> Fraction:
    """Compute the coefficient of the carbon intensity (碳排放强度系数) from its deviation."""
    if deviation_of_intensity >= DEVIATION_MAX:
        return COEFFICIENT_MAX
    if deviation_of_intensity <= -DEVIATION_MAX:
        return -COEFFICIENT_MAX
    return DEVIATION_SLOPE * deviation_of_intensity
