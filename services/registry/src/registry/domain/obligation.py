"""Obligations (应清缴配额量): what an entity owes for a period, what is registered, and how it stands.

REG-5  Registered surrenders never exceed the obligation, and offset never 5 % of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode
from ets_kernel.domain.quantities import percent_floor

from registry.domain.compliance_rules import ComplianceRules


class ComplianceState(StrEnum):
    """How an entity stands."""

    OPEN = "open"
    PARTIAL = "partial"
    COMPLETED_ON_TIME = "completed_on_time"
    COMPLETED_LATE = "completed_late"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What is owed in tCO2e; `completed_time` is the moment at which it was met in full."""

    credit_code: CreditCode
    period: Period
    province_code: ProvinceCode
    obligation_tco2e: int
    offset_limit_tco2e: int
    deadline_time: datetime
    noticed_time: datetime
    surrendered_tco2e: int = 0
    offset_tco2e: int = 0
    completed_time: datetime | None = None

    @property
    def met_tco2e(self) -> int:
        """Registered so far, with allowances and with CCER."""
        return self.surrendered_tco2e + self.offset_tco2e

    @property
    def notice_no(self) -> str:
        """Number of the compliance notice (履约通知书)."""
        return f"CN-{self.period}-{self.credit_code}"

    @property
    def certificate_no(self) -> str:
        """Number of the certificate (履约证明); empty before completion."""
        return f"CC-{self.period}-{self.credit_code}" if self.completed_time is not None else ""


def offset_limit(obligation_tco2e: int, rules: ComplianceRules) -> int:
    """Give the CCER that may be used at most in tCO2e, rounded down to whole tonnes."""
    return percent_floor(obligation_tco2e, rules.offset_limit_percent)


def impose(
    *,
    credit_code: CreditCode,
    province_code: ProvinceCode,
    obligation_tco2e: int,
    rules: ComplianceRules,
    at: datetime,
) -> Obligation:
    """Make the obligation that an issued verified table sets; one of nothing is met at once."""
    return Obligation(
        credit_code=credit_code,
        period=rules.period,
        province_code=province_code,
        obligation_tco2e=obligation_tco2e,
        offset_limit_tco2e=offset_limit(obligation_tco2e, rules),
        deadline_time=rules.deadline_time,
        noticed_time=at,
        completed_time=at if obligation_tco2e == 0 else None,
    )


def register(
    obligation: Obligation, *, surrendered_tco2e: int, offset_tco2e: int, at: datetime
) -> Obligation:
    """Count a registered surrender towards an obligation."""
    after = replace(
        obligation,
        surrendered_tco2e=obligation.surrendered_tco2e + surrendered_tco2e,
        offset_tco2e=obligation.offset_tco2e + offset_tco2e,
    )
    ensure(after.met_tco2e <= after.obligation_tco2e, "no more is registered than is owed")
    ensure(after.offset_tco2e <= after.offset_limit_tco2e, "no more CCER is registered than the limit")
    if after.completed_time is None and after.met_tco2e == after.obligation_tco2e:
        return replace(after, completed_time=at)
    return after


def state_at(obligation: Obligation, at: datetime) -> ComplianceState:
    """Tell how the entity stood at a moment, given what was registered by then."""
    if obligation.completed_time is not None:
        is_on_time = obligation.completed_time < obligation.deadline_time
        return ComplianceState.COMPLETED_ON_TIME if is_on_time else ComplianceState.COMPLETED_LATE
    if at >= obligation.deadline_time:
        return ComplianceState.OVERDUE
    return ComplianceState.PARTIAL if obligation.met_tco2e else ComplianceState.OPEN
