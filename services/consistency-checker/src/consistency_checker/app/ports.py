"""What the use cases need from outside, in the checker's own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from consistency_checker.domain.events import Fact
from consistency_checker.domain.reconciliation import Reconciliation, RunSummary
from consistency_checker.domain.snapshot import Event, Route, Row


class Unreadable(Exception):
    """A service does not answer, or answers what cannot be read. The text is the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBook:
    """What a service says about a captured book."""

    columns: tuple[str, ...]
    row_count: int
    digest_hex: str
    segment_digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """All books of a service at one moment, still to be fetched, with its stream positions."""

    service: str
    capture_id: str
    business_time: datetime
    produced: Mapping[str, int]
    consumed: Mapping[str, int]
    books: Mapping[str, DeclaredBook]


class Platform(Protocol):
    """The services that are compared. Every method raises Unreadable."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """All topics with producer and consumers."""
        ...

    async def capture(self, service: str) -> Capture:
        """Capture all books of a service now."""
        ...

    async def rows(self, capture: Capture, book: str, *, segment: int | None = None) -> list[Row]:
        """Fetch a captured book, or one segment of it, in canonical order."""
        ...

    async def events(self, service: str, stream: str, *, after: int, up_to: int) -> list[Event]:
        """Read a stretch of a stream from its producer's outbox, `up_to` included."""
        ...

    async def heads(self, service: str) -> Mapping[str, int]:
        """Give the present heads of the streams that a service writes."""
        ...


class Reconciliations(Protocol):
    """Stored runs, in the present transaction."""

    async def next_ordinal(self) -> int:
        """Give the next number, from 1, and keep it for this transaction alone."""
        ...

    async def add(self, reconciliation: Reconciliation, *, request_id: str, at: datetime) -> None:
        """Store a run."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def reconciliations(self) -> Reconciliations:
        """Stored runs."""
        ...

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        ...


class ReconciliationReads(Protocol):
    """Stored runs, to read."""

    async def latest_no(self) -> str:
        """Give the number of the latest run; empty when there is none."""
        ...

    async def get(self, reconciliation_no: str) -> Reconciliation | None:
        """Give a run whole, or nothing."""
        ...

    async def page(self, *, below_ordinal: int | None, limit: int) -> Sequence[RunSummary]:
        """Give runs in short, newest first."""
        ...
