"""The weekly summary (每周汇总) that each province sends to 国家气候战略中心 on Friday.

MRV-12  Every decided application is in exactly one summary of its province; each Friday has one summary of each
        province, also without rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.ids import ApplicationNo, CreditCode, ProvinceCode
from ets_kernel.domain.provinces import PROVINCES

from mrv.domain.errors import NotAFriday
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv.domain.offset_rules_2021 import SUMMARY_WEEKDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummaryRow:
    """One decision, the quantity in tCO2e; 0 when refused."""

    application_no: ApplicationNo
    credit_code: CreditCode
    is_confirmed: bool
    confirmed_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummary:
    """The decisions of a province since its last summary, in application-number order."""

    province_code: ProvinceCode
    business_date: date
    rows: tuple[WeeklySummaryRow, ...]

    @property
    def confirmed_tco2e(self) -> int:
        """The rows together, tCO2e."""
        return sum(row.confirmed_tco2e for row in self.rows)


def require_summary_day(business_date: date, now: datetime) -> None:
    """Refuse a date that is no Friday, and a Friday that has not begun in Shanghai."""
    if business_date.weekday() != SUMMARY_WEEKDAY:
        raise NotAFriday(f"{business_date} is no Friday", business_date=business_date)
    earliest = business_time(business_date, 0)
    if now < earliest:
        raise TooEarly(
            f"the summary of {business_date} is not due yet",
            earliest_time=earliest.isoformat(),
            business_time=now.isoformat(),
        )


def decided_before(business_date: date) -> datetime:
    """Give the moment up to which, excluded, decisions belong to a Friday's summary: the end of that day."""
    return business_time(business_date + timedelta(days=1), 0)


def summarise(business_date: date, decided: Sequence[OffsetApplication]) -> tuple[WeeklySummary, ...]:
    """Make one summary for each province from the applications that no summary has yet, in any order."""
    rows: Mapping[ProvinceCode, list[WeeklySummaryRow]] = {code: [] for code in PROVINCES}
    for application in sorted(decided, key=lambda application: application.application_no):
        rows[ProvinceCode(application.form.province_code)].append(
            WeeklySummaryRow(
                application_no=application.application_no,
                credit_code=application.form.credit_code,
                is_confirmed=application.status is not ApplicationStatus.REFUSED,
                confirmed_tco2e=application.confirmed_tco2e,
            )
        )
    return tuple(
        WeeklySummary(province_code=code, business_date=business_date, rows=tuple(found))
        for code, found in rows.items()
    )
