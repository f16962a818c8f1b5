"""What must be surrendered for a period, until when, and with what (清缴履约).

Source: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 生态环境部办公厅, 2021-10-23, sections 二
and 三, annex 1, section 一 (2019-2020).
Source: 关于做好2021、2022年度全国碳排放权交易配额分配相关工作的通知, 国环规气候〔2023〕1号, 2023-03-13, sections 二
and 三 (2021, 2022).
Source: 关于全国碳排放权交易市场2021、2022年度碳排放配额清缴相关工作的通知, 环办气候函〔2023〕237号, 2023-07-14: the
vintages 2019-2020, 2021 and 2022 serve for 2021 and for 2022, and CCER that were cancelled for the first cycle and not
used then too.
Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, sections 六 and 七.
Source: 2024、2025年度全国碳排放权交易市场钢铁、水泥、铝冶炼行业配额总量和分配方案, 国环规气候〔2025〕2号, 2025-11-16,
with its 编制说明 (no CCER for 2024; for 2025 CCER registered after the market started on 2024-01-22).
Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 29 (5 % of the obligation).

Source: the ministry's notice on the voluntary market of 2023-10-24: CCER from before the new market offset until
2024-12-31, and from 2025-01-01 on only those that were registered for it.

Ours: a deadline that only names a day is the end of that day in Beijing; where no notice names a day by which 95 % of
a province's entities are done there is none; CCER count as registered when their project was, and older ones until the
application, whichever period it is for; so for 2024, which may be surrendered for a few months before, power has the
rule of the new market from the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.clock import business_date, business_time
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import Period
from ets_kernel.domain.products import Product, ProductKind


class Sector(StrEnum):
    """The sector for which an entity owes."""

    POWER = "power"
    STEEL = "steel"
    CEMENT = "cement"
    ALUMINIUM = "aluminium"


# Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 29.
OFFSET_LIMIT_PERCENT: Final = 5
# Source: 国环规气候〔2025〕2号, 编制说明: CCER that was registered after the market started
# (全国温室气体自愿减排交易市场启动).
VOLUNTARY_MARKET_START: Final = date(2024, 1, 22)
# Source: the ministry's notice of 2023-10-24: the first moment at which older CCER offset nothing any more.
OLD_CCER_END: Final = business_time(date(2025, 1, 1), 0)
# Ours: the draft of the plan for 2025 and 2026 (征求意见稿, 2026-07-27, section 五) lets the vintages 2019 to 2026
# clear what is in arrears (欠缴) for 2019 to 2024; its final text (国环规气候〔2026〕1号) was not seen, so its date
# is taken.
ARREARS_START: Final = business_time(date(2026, 9, 1), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRules:
    """Rules of one period; the deadline is the first moment that is too late.

    `target_time`: the first moment at which 95 % of a province's entities should be done; None where nothing says so.
    """

    period: Period
    deadline_time: datetime
    target_time: datetime | None
    usable_vintages: frozenset[str]
    # Vintages of which borrowed allowances may be surrendered, by the borrower alone.
    borrowed_vintages: frozenset[str] = frozenset()
    # Sectors whose obligation no CCER offsets.
    sectors_without_offset: frozenset[Sector] = frozenset()
    # Only CCER of projects registered after this date; None admits all.
    offset_registered_after: date | None = None
    # Whether any vintage clears what is overdue from `ARREARS_START` on.
    is_cleared_by_later_vintages: bool = True

    def is_usable(self, product: Product, *, at: datetime, is_own: bool = True) -> bool:
        """Tell whether units of the product count towards an obligation of the period.

        `is_own`: the entity's own units; of another enterprise only allowances count.
        """
        if product.kind is ProductKind.ALLOWANCE:
            return product.vintage in self.usable_vintages or self._clears_arrears(at)
        if product.kind is ProductKind.BORROWED:
            return is_own and product.vintage in self.borrowed_vintages
        return is_own and product.kind is ProductKind.OFFSET

    def is_offset_eligible(self, registered_time: datetime | None, *, at: datetime) -> bool:
        """Tell whether credits from CCER of a project that was registered then may be applied for at a moment."""
        after = VOLUNTARY_MARKET_START if at >= OLD_CCER_END else self.offset_registered_after
        if after is None:
            return True
        return registered_time is not None and business_date(registered_time) > after

    def offset_percent(self, sector: Sector) -> int:
        """Give the share of the obligation that CCER may offset, in percent."""
        return 0 if sector in self.sectors_without_offset else OFFSET_LIMIT_PERCENT

    def _clears_arrears(self, at: datetime) -> bool:
        return self.is_cleared_by_later_vintages and at >= max(self.deadline_time, ARREARS_START)


def _end_of(day: date) -> datetime:
    return business_time(day + timedelta(days=1), 0)


_INDUSTRY: Final = frozenset({Sector.STEEL, Sector.CEMENT, Sector.ALUMINIUM})
_SECOND_CYCLE: Final = frozenset({"2019-2020", "2021", "2022"})
_RULES: Final = (
    ComplianceRules(
        period=Period("2019-2020"),
        deadline_time=business_time(date(2021, 12, 31), 17),
        target_time=business_time(date(2021, 12, 15), 17),
        usable_vintages=frozenset({"2019-2020"}),
    ),
    *(
        ComplianceRules(
            period=Period(year),
            deadline_time=_end_of(date(2023, 12, 31)),
            target_time=_end_of(date(2023, 11, 15)),
            usable_vintages=_SECOND_CYCLE,
            borrowed_vintages=frozenset({"2023"}),
        )
        for year in ("2021", "2022")
    ),
    ComplianceRules(
        period=Period("2023"),
        deadline_time=_end_of(date(2024, 12, 31)),
        target_time=None,
        usable_vintages=_SECOND_CYCLE | {"2023"},
    ),
    ComplianceRules(
        period=Period("2024"),
        deadline_time=_end_of(date(2025, 12, 31)),
        target_time=None,
        usable_vintages=_SECOND_CYCLE | {"2023", "2024"},
        sectors_without_offset=_INDUSTRY,
        offset_registered_after=VOLUNTARY_MARKET_START,
    ),
    ComplianceRules(
        period=Period("2025"),
        deadline_time=_end_of(date(2026, 12, 31)),
        target_time=None,
        usable_vintages=frozenset({"2025"}),
        offset_registered_after=VOLUNTARY_MARKET_START,
        is_cleared_by_later_vintages=False,
    ),
)
RULES: Final[Mapping[str, ComplianceRules]] = MappingProxyType({rules.period: rules for rules in _RULES})


def rules_of(period: str) -> ComplianceRules:
    """Give the rules of a period; PERIOD_UNKNOWN where the registry has none."""
    rules = RULES.get(period)
    if rules is None:
        raise PeriodUnknown(
            f"period {period!r} has no surrender rules here",
            field="period",
            value=period,
            allowed=" ".join(RULES),
        )
    return rules
