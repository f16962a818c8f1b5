"""The platform of the checker's tests: services whose books and streams a test sets, and a stored-run fake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker_books import NOW, ROUTES, Books, text_of
from consistency_checker.app.ports import Capture, DeclaredBook, Unreadable
from consistency_checker.domain.events import Fact
from consistency_checker.domain.reconciliation import Reconciliation
from consistency_checker.domain.snapshot import Event, Route, Row
from ets_kernel.domain.canonical import SEGMENT_COUNT, canonical_row, rows_digest, segment_of


@dataclass
class FakePlatform:
    """Port `Platform`. `before_capture` runs before each capture, with the service and its ordinal from 1."""

    books: Books = field(default_factory=Books)
    streams: dict[str, list[Event]] = field(default_factory=dict)
    produced: dict[str, dict[str, int]] = field(default_factory=dict)
    consumed: dict[str, dict[str, int]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    before_capture: Callable[[str, int], None] = lambda service, ordinal: None
    captured: list[str] = field(default_factory=list)
    fetched: list[tuple[str, str, int | None]] = field(default_factory=list)
    unreadable_books: set[str] = field(default_factory=set)
    moved: dict[str, dict[str, int]] = field(default_factory=dict)
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def routes(self) -> tuple[Route, ...]:
        return ROUTES

    async def capture(self, service: str) -> Capture:
        self.captured.append(service)
        self.before_capture(service, self.captured.count(service))
        if service in self.away:
            raise Unreadable("PEER_UNAVAILABLE: nobody answers")
        names = [path.partition("/")[2] for path in self.books.rows if path.startswith(f"{service}/")]
        for name in names:
            rows = self.books.rows[f"{service}/{name}"]
            self._rows[f"{service}/{name}"] = sorted(tuple(map(text_of, row)) for row in rows)
        return Capture(
            service=service,
            capture_id=f"{service}-{len(self.captured)}",
            business_time=NOW,
            produced=dict(self.produced.get(service, {})),
            consumed=dict(self.consumed.get(service, {})),
            books={name: self._declared(f"{service}/{name}") for name in names},
        )

    def _declared(self, path: str) -> DeclaredBook:
        rows = self._rows[path]
        return DeclaredBook(
            columns=self.books.columns[path],
            row_count=len(rows),
            digest_hex=_digest(rows).hex(),
            segment_digests=tuple(
                _digest([row for row in rows if segment_of(row[0]) == segment])
                for segment in range(SEGMENT_COUNT)
            ),
        )

    async def rows(self, capture: Capture, book: str, *, segment: int | None = None) -> list[Row]:
        path = f"{capture.service}/{book}"
        if path in self.unreadable_books:
            raise Unreadable("CAPTURE_NOT_FOUND: the capture was dropped")
        self.fetched.append((capture.service, book, segment))
        return [row for row in self._rows[path] if segment in (None, segment_of(row[0]))]

    async def events(self, service: str, stream: str, *, after: int, up_to: int) -> list[Event]:
        if stream not in self.streams:
            raise Unreadable(f"STREAM_NOT_FOUND: {stream}")
        return [event for event in self.streams[stream] if after < event.sequence <= up_to]

    async def heads(self, service: str) -> Mapping[str, int]:
        if service in self.away:
            raise Unreadable("PEER_UNAVAILABLE")
        return self.moved.get(service, self.produced.get(service, {}))


@dataclass
class FakeUnitOfWork:
    """Port `UnitOfWork`, with its repository in one object."""

    facts: list[Fact] = field(default_factory=list)
    stored: list[tuple[Reconciliation, str]] = field(default_factory=list)

    @property
    def reconciliations(self) -> "FakeUnitOfWork":
        return self

    async def next_ordinal(self) -> int:
        return len(self.stored) + 1

    async def add(self, reconciliation: Reconciliation, *, request_id: str, at: Any) -> None:
        self.stored.append((reconciliation, request_id))

    def record(self, fact: Fact) -> None:
        self.facts.append(fact)


def _digest(rows: list[Row]) -> bytes:
    return rows_digest(canonical_row(row) for row in rows)
