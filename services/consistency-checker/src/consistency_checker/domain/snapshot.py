"""All books at one consistent cut, with the events that were on their way.

CUT-1  Per stream, no side has taken effect of more than its producer's side had produced. Where this could not be
       reached, comparing the two services is Uncheckable.
CUT-2  What a producer had produced and a consumer not yet taken effect of is in flight, and known to every check.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

from ets_kernel.domain.canonical import canonical_row, rows_digest

from consistency_checker.domain.books import Table
from consistency_checker.domain.rows import State
from consistency_checker.domain.verdict import Uncheckable

R = TypeVar("R", bound=tuple[object, ...])
Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCopy:
    """A book as fetched, with what its service declared about it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    declared_row_count: int
    declared_digest_hex: str

    def recomputed_digest_hex(self) -> str:
        """Give the digest of the rows that were fetched."""
        return rows_digest(canonical_row(row) for row in self.rows).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One service at the cut: its books, the heads of its outbox and the positions of its inbox."""

    service: str
    business_time: datetime
    books: Mapping[str, BookCopy]
    produced: Mapping[str, int]
    consumed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A decoded event; `fields` are its scalar values by dotted path, each with all its values as text."""

    stream: str
    sequence: int
    type: str
    flow_id: str
    occurred_time: datetime
    fields: Mapping[str, tuple[str, ...]]

    @property
    def reference(self) -> str:
        """Name the event: "<stream>#<sequence>"."""
        return f"{self.stream}#{self.sequence}"

    def text(self, path: str) -> str:
        """Give the first value of a field, empty when the field is not set."""
        values = self.fields.get(path, ())
        return values[0] if values else ""

    def quantity(self, path: str) -> int:
        """Give the first value of an integer field; 0 when it is not set."""
        return int(self.text(path) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A topic: who writes it and who consumes it."""

    topic: str
    producer: str
    consumers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that the invariants look at.

    `absent` gives the cause per service that could not be read, `unjoined` the cause per pair of services whose
    captures have no consistent cut or whose events in flight could not be read. `dead_letters` are those that wait.
    """

    sides: Mapping[str, Side]
    absent: Mapping[str, str]
    unjoined: Mapping[frozenset[str], str]
    routes: tuple[Route, ...]
    in_flight: Mapping[str, tuple[Event, ...]]
    dead_letters: Mapping[str, tuple[Event, ...]]
    _parsed: dict[str, Any] = field(default_factory=dict)

    def side(self, service: str) -> Side:
        """Give a service's side; Uncheckable when it could not be read."""
        if service not in self.sides:
            raise Uncheckable(self.absent.get(service, f"{service} was not captured"))
        return self.sides[service]

    def join(self, *services: str) -> None:
        """Require that these services were captured at a consistent cut; else Uncheckable."""
        for service in services:
            self.side(service)
        for pair, cause in self.unjoined.items():
            if pair <= set(services):
                raise Uncheckable(cause)

    def rows(self, table: Table[R]) -> tuple[R, ...]:
        """Give the typed rows of a book; Uncheckable when the book is absent or not as its columns say."""
        if table.path not in self._parsed:
            self._parsed[table.path] = _parse(table, self._book(table))
        rows: tuple[R, ...] = self._parsed[table.path]
        return rows

    def flying(self, consumer: str, event_type: str) -> list[Event]:
        """Give the events of a type that are on their way to a consumer, in sequence per stream."""
        return [event for event in self.in_flight.get(consumer, ()) if event.type == event_type]

    def flying_keys(self, consumer: str, event_type: str, path: str) -> frozenset[str]:
        """Give the values of a field in the events of a type that are on their way to a consumer."""
        return frozenset(
            value for event in self.flying(consumer, event_type) for value in event.fields.get(path, ())
        )

    def _book(self, table: Table[R]) -> BookCopy:
        book = self.side(table.service).books.get(table.book)
        if book is None:
            raise Uncheckable(f"{table.service} shows no book {table.book}")
        return book


def orphans(sides: Mapping[str, Side], routes: Iterable[Route]) -> list[tuple[str, str, str]]:
    """Give (stream, producer, consumer) wherever a consumer has taken effect of what its producer has not produced."""
    by_topic = {route.topic: route for route in routes}
    found: list[tuple[str, str, str]] = []
    for consumer, side in sorted(sides.items()):
        for stream, sequence in sorted(side.consumed.items()):
            route = by_topic.get(topic_of(stream))
            producer = sides.get(route.producer) if route is not None else None
            if producer is not None and sequence > producer.produced.get(stream, 0):
                found.append((stream, producer.service, consumer))
    return found


def stretches_in_flight(
    sides: Mapping[str, Side], routes: Iterable[Route]
) -> list[tuple[str, str, str, int, int]]:
    """Give (stream, producer, consumer, consumed, produced) wherever a consumer is behind its producer."""
    found: list[tuple[str, str, str, int, int]] = []
    for route in routes:
        producer = sides.get(route.producer)
        if producer is None:
            continue
        for consumer in (sides[name] for name in route.consumers if name in sides):
            for stream, produced in sorted(producer.produced.items()):
                consumed = consumer.consumed.get(stream, 0)
                if topic_of(stream) == route.topic and consumed < produced:
                    found.append((stream, producer.service, consumer.service, consumed, produced))
    return found


def open_letters(events: Sequence[Event], redriven: frozenset[str]) -> tuple[list[Event], frozenset[str]]:
    """Give the dead letters that were not redriven, and the ids of those that were, here or in `redriven` already."""
    redriven |= {event.text("dead_letter_id") for event in events if event.type == "DeadLetterRedriven"}
    letters = [event for event in events if event.type == "DeadLetter"]
    return [letter for letter in letters if letter.text("dead_letter_id") not in redriven], redriven


def topic_of(stream: str) -> str:
    """Give the topic of a stream, "<topic>/<partition>"."""
    return stream.rpartition("/")[0]


def _parse(table: Table[R], book: BookCopy) -> tuple[R, ...]:
    hints = {name: hint for name, hint in get_type_hints(table.row).items() if name in _names(table)}
    missing = [name for name in hints if name not in book.columns]
    if missing:
        raise Uncheckable(f"{table.path} has no column {missing[0]}")
    indexes = [book.columns.index(name) for name in hints]
    converters = [_CONVERTERS[hint] for hint in hints.values()]
    places = list(zip(indexes, converters, strict=True))
    make: Callable[[Iterable[object]], R] = table.row._make  # type: ignore[attr-defined]  # a NamedTuple's own
    rows: list[R] = []
    for number, row in enumerate(book.rows, start=1):
        try:
            rows.append(make([convert(row[index]) for index, convert in places]))
        except (ValueError, KeyError, IndexError) as error:
            raise Uncheckable(f"{table.path}, row {number}: {error} is not what its column says") from error
    return tuple(rows)


def _names(table: Table[R]) -> tuple[str, ...]:
    names: tuple[str, ...] = table.row._fields  # type: ignore[attr-defined]  # every row type is a NamedTuple
    return names


def _upper(value: str) -> State:
    return State(value.upper())


_BOOLEANS = {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False}

_CONVERTERS: Mapping[Any, Callable[[str], object]] = {
    str: str,
    int: int,
    bool: _BOOLEANS.__getitem__,
    State: _upper,
}
