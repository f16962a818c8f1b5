"""Units and years for tests of rules, with as few words as possible."""

from decimal import Decimal

from mrv.domain.units import CoolingMode, ProductClass, Unit, UnitCategory, VerifiedYear


def make_unit(
    credit_code: str,
    unit_no: str,
    category: UnitCategory = UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW,
    **changes,
) -> Unit:
    values = {
        "cooling": CoolingMode.WATER,
        "product_class": ProductClass.CONDENSING,
        "capacity_mw": Decimal(600),
        "main_fuel": "",
    }
    return Unit(credit_code=credit_code, unit_no=unit_no, category=category, **(values | changes))


def make_year(
    unit: Unit, year: int, *, supply: str = "0", heat: str = "0", ratio: str = "0", emissions: int = 0
) -> VerifiedYear:
    return VerifiedYear(
        credit_code=unit.credit_code,
        unit_no=unit.unit_no,
        year=year,
        net_supply_mwh=Decimal(supply),
        heat_supply_gj=Decimal(heat),
        heat_ratio=Decimal(ratio),
        load_factor=Decimal("0.9"),
        emissions_tco2e=emissions,
    )
