"""What must be surrendered for a period, until when, and with what.

Source: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 生态环境部办公厅, 2021-10-23,
section 二 (deadline) and annex 1, section 一(一) (5 % of the obligation).
Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 29.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import Period
from ets_kernel.domain.products import Product, ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRules:
    """Rules of one period; the deadline is the first moment that is too late."""

    period: Period
    deadline_time: datetime
    offset_limit_percent: int
    usable_vintages: frozenset[str]

    def is_usable(self, product: Product) -> bool:
        """Tell whether units of the product count towards an obligation of the period."""
        if product.kind is ProductKind.ALLOWANCE:
            return product.vintage in self.usable_vintages
        return product.kind is ProductKind.OFFSET


RULES: Final[Mapping[str, ComplianceRules]] = MappingProxyType(
    {
        "2019-2020": ComplianceRules(
            period=Period("2019-2020"),
            deadline_time=business_time(date(2021, 12, 31), 17),
            offset_limit_percent=5,
            usable_vintages=frozenset({"2019-2020"}),
        )
    }
)


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
