"""How entities and provinces stand, as the registry tells of it."""

from dataclasses import dataclass

from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What an entity owes for a period (应清缴配额量), tCO2e."""

    credit_code: CreditCode
    period: Period
    province_code: ProvinceCode
    obligation_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceStatus:
    """What is registered towards an obligation, and how much it is now, tCO2e."""

    credit_code: CreditCode
    period: Period
    province_code: ProvinceCode
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int
    is_completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceOverview:
    """A province at a moment, tCO2e; entities without an obligation are not counted."""

    province_code: str
    period: str
    entity_count: int
    completed_count: int
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int
    handed_over_tco2e: int
