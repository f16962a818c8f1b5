"""When and how much CCER may be applied for in the first compliance cycle.

Source of all: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 2021-10-23, annex 1,
全国碳市场第一个履约周期使用CCER抵销配额清缴程序.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.ids import Period

# Source: annex 1, section 一(一): 抵销比例不超过应清缴碳排放配额的5%.
OFFSET_PERCENT_MAX: Final = 5
# Source: annex 1, step four: the weekly summary is sent by Friday (date.weekday() of a Friday).
SUMMARY_WEEKDAY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWindow:
    """When applications are taken: from `opens`, before `closes`."""

    opens: datetime
    closes: datetime


# Source: annex 1, step three: 于2021年10月26日至2021年12月10日提交申请表, both days included.
APPLICATION_WINDOWS: Final[Mapping[Period, ApplicationWindow]] = MappingProxyType(
    {
        Period("2019-2020"): ApplicationWindow(
            opens=business_time(date(2021, 10, 26), 0), closes=business_time(date(2021, 12, 11), 0)
        )
    }
)
