"""Every read of surrender beside those of `registry.app.queries`, as of a moment; no rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.domain.certificates import ComplianceCertificate, ComplianceNotice
from registry.domain.forced_surrender import ForcedSurrender
from registry.domain.obligation import Obligation
from registry.domain.obligation_change import ObligationChange
from registry.domain.surrender import SurrenderApplication

COMPLETION_DAYS_MAX = 400
"""Most days of one question about completion; ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionView:
    """How the entities of a province that owe anything stood at the end of a day, tCO2e; CCER as far as they count."""

    province_code: str
    business_date: date
    entity_count: int
    completed_count: int
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int

    @property
    def completed_basis_points(self) -> int:
        """Share of entities that are complete in hundredths of a percent, rounded down; 0 without entities."""
        return self.completed_count * 10_000 // self.entity_count if self.entity_count else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationTakenOver:
    """An obligation that its successor owes: by which merger, when, and what was not met then (tCO2e)."""

    obligation: Obligation
    registration_no: str
    outstanding_tco2e: int
    merged_time: datetime


class SurrenderReader(Protocol):
    """Reads of surrender in one snapshot of the database."""

    async def notice(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> ComplianceNotice:
        """Give the notice in force at a moment, of a province where one is named; OBLIGATION_NOT_FOUND."""
        ...

    async def certificate(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> ComplianceCertificate:
        """Give the certificate in force at a moment; OBLIGATION_NOT_FOUND as for a notice, CERTIFICATE_NOT_FOUND."""
        ...

    async def applications_of(
        self, credit_code: str, *, period: str, at: datetime, page: PageOf
    ) -> Sequence[SurrenderApplication]:
        """Give an entity's applications and its offers to others by number, as they stood at a moment."""
        ...

    async def taken_over(
        self, credit_code: str, *, at: datetime, page: PageOf
    ) -> Sequence[ObligationTakenOver]:
        """Give the obligations of absorbed entities that an entity owed at a moment, by entity and period."""
        ...

    async def changes(
        self, *, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[ObligationChange]:
        """Give changes of obligations by number, as they stood at a moment."""
        ...

    async def forced_surrenders(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[ForcedSurrender]:
        """Give forced surrenders by number, as they stood at a moment."""
        ...

    async def completion(
        self,
        *,
        province_code: str,
        period: str,
        from_date: date,
        to_date: date,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CompletionView]:
        """Give how provinces stood at the end of each day up to a moment's, by province and day."""
        ...
