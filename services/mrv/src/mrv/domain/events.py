"""The facts that the management platform tells."""

from dataclasses import dataclass
from datetime import datetime

from mrv.domain.allocation import Computation
from mrv.domain.allocation_table import AllocationTable
from mrv.domain.offset_application import OffsetApplication
from mrv.domain.roster import Entity
from mrv.domain.weekly_summary import WeeklySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityListed:
    """An entity was put on the roster."""

    entity: Entity
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationTableTransmitted:
    """A table was sent to the registry with all its rows."""

    table: AllocationTable
    rows: Computation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationTableSealed:
    """A province sealed a table."""

    table: AllocationTable
    sealed_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetApplicationSubmitted:
    """An entity applied to use CCER."""

    application: OffsetApplication
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetApplicationDecided:
    """A province confirmed or refused an application."""

    application: OffsetApplication
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummaryPublished:
    """A province's summary of a week."""

    summary: WeeklySummary
    at: datetime


Fact = (
    EntityListed
    | AllocationTableTransmitted
    | AllocationTableSealed
    | OffsetApplicationSubmitted
    | OffsetApplicationDecided
    | WeeklySummaryPublished
)
