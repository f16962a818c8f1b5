"""Figures of the allocation plan for 2019 and 2020, as the registry reads them from the published text.

Source of all: 2019-2020年全国碳排放权交易配额总量设定与分配实施方案(发电行业), 国环规气候〔2020〕3号, 2020-12-29.
Rounding to whole tonnes is not in the plan: each unit's figure is rounded down once per row (ours).
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from ets_kernel.domain.ids import Period

PERIOD: Final = Period("2019-2020")


class Category(StrEnum):
    """Categories of generating units, annex 1, table 1."""

    COAL_ABOVE_300MW = "I"
    COAL_UP_TO_300MW = "II"
    UNCONVENTIONAL_COAL = "III"
    GAS = "IV"


# Source: annex 4, 供电基准值, tCO2 per MWh.
SUPPLY_BENCHMARK: Final = {
    Category.COAL_ABOVE_300MW: Decimal("0.877"),
    Category.COAL_UP_TO_300MW: Decimal("0.979"),
    Category.UNCONVENTIONAL_COAL: Decimal("1.146"),
    Category.GAS: Decimal("0.392"),
}
# Source: annex 4, 供热基准值, tCO2 per GJ.
HEAT_BENCHMARK: Final = {
    Category.COAL_ABOVE_300MW: Decimal("0.126"),
    Category.COAL_UP_TO_300MW: Decimal("0.126"),
    Category.UNCONVENTIONAL_COAL: Decimal("0.126"),
    Category.GAS: Decimal("0.059"),
}
# Source: annex 2, 冷却方式修正系数 of air-cooled coal units; water-cooled ones have 1.
AIR_COOLING: Final = Decimal("1.05")
# Source: annex 2, 供热量修正系数 of coal units: 1 - 0.22 x 供热比.
HEAT_CORRECTION_COAL: Final = Decimal("0.22")
# Source: annex 3, 供热量修正系数 of gas units: 1 - 0.6 x 供热比.
HEAT_CORRECTION_GAS: Final = Decimal("0.6")
# Source: section 五(一): 70 % of the output of 2018 is pre-allocated.
PRE_ALLOCATION_SHARE: Final = Decimal("0.7")
PRE_ALLOCATION_YEAR: Final = 2018
# Source: section 六: the gap that an entity has to close is capped at 20 % of its verified emissions.
GAP_CAP_PERCENT: Final = 20
# Source: annex 2, 机组负荷(出力)系数修正系数 of conventional coal condensing units: lower bound of the load factor,
# value there, and slope per percentage point below the next bound; under 75 % it is 1.015^(16 - 20F).
LOAD_FULL: Final = Decimal("0.85")
LOAD_HIGH: Final = Decimal("0.80")
LOAD_MIDDLE: Final = Decimal("0.75")
LOAD_HIGH_SLOPE: Final = Decimal("0.0014")
LOAD_MIDDLE_START: Final = Decimal("1.007")
LOAD_MIDDLE_SLOPE: Final = Decimal("0.0016")
LOAD_LOW_BASE: Final = Decimal("1.015")
LOAD_LOW_CONSTANT: Final = 16
LOAD_LOW_SLOPE: Final = 20
