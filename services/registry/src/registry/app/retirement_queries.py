"""Reads about cancellation and carry-over, as of a moment; see `registry.app.queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.domain.cancellation import CancellationApplication, CancellationStatus, NationalTotal
from registry.domain.carry_over import CarryOverApplication, CarryOverRun, CarryOverStatus
from registry.domain.carry_over_notice import Finding, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationView:
    """An application as it stood, with whose account it is about; a person has no credit code here."""

    application: CancellationApplication
    credit_code: str
    province_code: str
    holder_name: str
    is_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice as it stood, with the figures that it is made of, tCO2e."""

    notice: Notice
    finding: Finding
    carried_over_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationView:
    """What the trading system declared of an entity's sales, tCO2e."""

    credit_code: str
    sold_tco2e: int
    bought_tco2e: int
    declared_by: str
    declared_time: datetime


class RetirementReader(Protocol):
    """Reads in one snapshot of the database."""

    async def cancellations(
        self,
        *,
        holder_no: str,
        province_code: str,
        status: CancellationStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CancellationView]:
        """Give applications by number, as they stood at a moment."""
        ...

    async def published(self, *, product: str, at: datetime, page: PageOf) -> Sequence[CancellationView]:
        """Give cancellations registered by a moment, by certificate number."""
        ...

    async def national_totals(self, *, at: datetime | None) -> Sequence[NationalTotal]:
        """Give what became of each vintage by a moment, in the order of the products; without one, by now."""
        ...

    async def notice(self, credit_code: str, *, province_code: str, at: datetime) -> NoticeView:
        """Give an entity's notice as it stood at a moment, of a province where one is named.

        CARRY_OVER_NOTICE_NOT_FOUND.
        """
        ...

    async def findings(
        self, *, province_code: str, reason: str, at: datetime, page: PageOf
    ) -> Sequence[Finding]:
        """Give the last finding of each entity by a moment, by credit code."""
        ...

    async def declarations(
        self, *, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[DeclarationView]:
        """Give the last declaration about each entity by a moment, by credit code."""
        ...

    async def carry_over_applications(
        self,
        *,
        credit_code: str,
        province_code: str,
        status: CarryOverStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CarryOverApplication]:
        """Give applications by number, as they stood at a moment."""
        ...

    async def runs(self, *, at: datetime, page: PageOf) -> Sequence[CarryOverRun]:
        """Give runs by number, as they stood at a moment."""
        ...
