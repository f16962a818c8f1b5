"""Generating units (机组) and their verified years, as provinces record them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import CreditCode, UnitNo

UnitKey = tuple[str, str]
"""Credit code and number of the unit."""


class UnitCategory(StrEnum):
    """Category of a unit (机组类别)."""

    CONVENTIONAL_COAL_ABOVE_300MW = "I"
    CONVENTIONAL_COAL_UP_TO_300MW = "II"
    UNCONVENTIONAL_COAL = "III"
    GAS = "IV"


class CoolingMode(StrEnum):
    """How a unit is cooled (冷却方式)."""

    WATER = "water"
    AIR = "air"


class ProductClass(StrEnum):
    """What a unit makes (产品类型)."""

    CONDENSING = "condensing"
    COGENERATION = "cogeneration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A generating unit of an entity."""

    credit_code: CreditCode
    unit_no: UnitNo
    category: UnitCategory
    cooling: CoolingMode
    product_class: ProductClass
    capacity_mw: Decimal
    main_fuel: str

    @property
    def key(self) -> UnitKey:
        """Credit code and number."""
        return (self.credit_code, self.unit_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedYear:
    """Verified output and emissions (经核查) of one unit in one year; ratio and load are fractions."""

    credit_code: CreditCode
    unit_no: UnitNo
    year: int
    net_supply_mwh: Decimal
    heat_supply_gj: Decimal
    heat_ratio: Decimal
    load_factor: Decimal
    emissions_tco2e: int

    def __post_init__(self) -> None:
        ensure(self.emissions_tco2e >= 0, "Emissions are not negative")

    @property
    def key(self) -> UnitKey:
        """Credit code and number of the unit."""
        return (self.credit_code, self.unit_no)
