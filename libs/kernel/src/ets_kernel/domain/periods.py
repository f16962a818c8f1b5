"""Compliance periods: the years for which allowances are given and surrendered together.

The vintage of an allowance is the name of its period. Deadlines belong to the rules of the service that
enforces them, with their source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class CompliancePeriod:
    """A period and its years, the last one included."""

    name: Period
    first_year: int
    last_year: int

    @property
    def years(self) -> range:
        """The years of the period, in order."""
        return range(self.first_year, self.last_year + 1)


def _period(first_year: int, last_year: int) -> CompliancePeriod:
    name = f"{first_year}-{last_year}" if first_year != last_year else str(first_year)
    return CompliancePeriod(name=Period(name), first_year=first_year, last_year=last_year)


# Source, two years as one period: 2019-2020年全国碳排放权交易配额总量设定与分配实施方案(发电行业),
# 国环规气候〔2020〕3号, 2020-12-29. Source, year by year since:
# 2021、2022年度全国碳排放权交易配额总量设定与分配实施方案(发电行业), 国环规气候〔2023〕1号, 2023-03-13;
# 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15;
# 2024、2025年度全国碳排放权交易市场钢铁、水泥、铝冶炼行业配额总量和分配方案, 国环规气候〔2025〕2号,
# 2025-11-16.
PERIODS: Final[Mapping[Period, CompliancePeriod]] = MappingProxyType(
    {
        period.name: period
        for period in (
            _period(2019, 2020),
            _period(2021, 2021),
            _period(2022, 2022),
            _period(2023, 2023),
            _period(2024, 2024),
            _period(2025, 2025),
        )
    }
)


def parse_period(text: str, field: str = "period") -> CompliancePeriod:
    """Take the name of a compliance period; PERIOD_UNKNOWN for any other text."""
    period = PERIODS.get(Period(text))
    if period is None:
        raise PeriodUnknown(
            f"{field} {text!r} is no compliance period.", field=field, value=text, allowed=" ".join(PERIODS)
        )
    return period
