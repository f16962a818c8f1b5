"""What the provinces confirmed, as the management platform told: applications to offset, and weekly summaries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import ApplicationNo, CreditCode, ProductCode, ProvinceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedApplication:
    """A confirmed application: how much of which product may be cancelled under it, and how much was, tCO2e."""

    application_no: ApplicationNo
    credit_code: CreditCode
    province_code: ProvinceCode
    confirmed_tco2e: int
    lines_tco2e: Mapping[ProductCode, int]
    cancelled_tco2e: Mapping[ProductCode, int] = field(default_factory=dict)
    # Cancellations made under it.
    cancellation_count: int = 0

    def __post_init__(self) -> None:
        lines = self.lines_tco2e.values()
        if not self.application_no or min(lines, default=0) < 1 or sum(lines) != self.confirmed_tco2e:
            raise MalformedRequest(
                f"the lines of {self.application_no!r} do not add up to what is confirmed",
                field="application.lines",
                rule="lines above zero with the sum requested_tco2e",
            )

    @property
    def cancelled_total_tco2e(self) -> int:
        """Cancelled under all lines."""
        return sum(self.cancelled_tco2e.values())

    def is_confirmed_alike(self, other: "ConfirmedApplication") -> bool:
        """Tell whether another message about this application confirms the same."""
        return (self.credit_code, self.province_code, dict(self.lines_tco2e)) == (
            other.credit_code,
            other.province_code,
            dict(other.lines_tco2e),
        )


class SummaryStatus(StrEnum):
    """Where an application stood when the summary was made."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One application in a weekly summary, tCO2e; nothing is confirmed of a refused one."""

    application_no: ApplicationNo
    credit_code: CreditCode
    status: SummaryStatus
    confirmed_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummary:
    """A province's summary of one Friday (每周汇总)."""

    province_code: ProvinceCode
    business_date: date
    rows: tuple[SummaryRow, ...]
    confirmed_tco2e: int

    def __post_init__(self) -> None:
        if sum(row.confirmed_tco2e for row in self.rows) != self.confirmed_tco2e:
            raise MalformedRequest(
                "the rows of the summary do not add up to its sum",
                field="confirmed_tco2e",
                rule="sum of rows = confirmed_tco2e",
            )
        if len({row.application_no for row in self.rows}) != len(self.rows):
            raise MalformedRequest(
                "an application is in the summary twice", field="rows", rule="unique application_no"
            )
