"""A small market after a few days, as books of four services that agree with each other.

Entity A (province 37) is short and buys; entity B (province 11) is long and sells; OWNER has a project. A trades on
both markets, takes part of it back, cancels CCER for 5 % of its obligation and surrenders most of what it owes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from checker_clean import TABLE_ROWS
from consistency_checker.domain.books import SERVICES, Table
from consistency_checker.domain.snapshot import BookCopy, Event, Route, Side, Snapshot
from ets_kernel.domain.canonical import canonical_row, rows_digest

NOW = datetime(2021, 11, 2, 8, 0, tzinfo=UTC)
TOPIC = "ets.registry.transfers.v1"
LETTERS = "ets.trading.dead-letters.v1"
ROUTES = (
    Route(topic=TOPIC, producer="registry", consumers=("trading",)),
    Route(topic="ets.trading.transfers.v1", producer="trading", consumers=("registry", "ccer-bridge")),
    Route(topic=LETTERS, producer="trading", consumers=()),
)


def text_of(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass
class Books:
    """Typed rows by book, to be corrupted by a test before `snapshot`."""

    rows: dict[str, list[Any]] = field(default_factory=lambda: {t.path: list(r) for t, r in TABLE_ROWS})
    columns: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {t.path: t.row._fields for t, _ in TABLE_ROWS}
    )
    absent: dict[str, str] = field(default_factory=dict)
    unjoined: dict[frozenset[str], str] = field(default_factory=dict)
    in_flight: dict[str, list[Event]] = field(default_factory=dict)
    dead_letters: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    produced: dict[str, int] = field(default_factory=lambda: {f"{TOPIC}/0": 5})
    consumed: dict[str, int] = field(default_factory=lambda: {f"{TOPIC}/0": 5})
    lost: set[str] = field(default_factory=set)

    def change(self, table: Table[Any], changes: dict[str, Any], **where: Any) -> None:
        """Change the one row of a book that has these values."""
        found = [i for i, row in enumerate(self.rows[table.path]) if _is(row, where)]
        assert len(found) == 1, (table.path, where, len(found))
        self.rows[table.path][found[0]] = self.rows[table.path][found[0]]._replace(**changes)

    def drop(self, table: Table[Any], **where: Any) -> None:
        """Remove the rows of a book that have these values."""
        kept = [row for row in self.rows[table.path] if not _is(row, where)]
        assert len(kept) < len(self.rows[table.path]), (table.path, where)
        self.rows[table.path] = kept

    def add(self, table: Table[Any], *values: Any) -> None:
        """Add a row to a book."""
        self.rows[table.path].append(table.row(*values))

    def fly(self, consumer: str, event_type: str, **fields: Any) -> None:
        """Put an event on its way to a consumer; dots in field names are written as `__`."""
        self.in_flight.setdefault(consumer, []).append(event(event_type, **fields))

    def take_away(self, service: str) -> None:
        """Let a service not answer."""
        self.absent[service] = f"{service} could not be captured: PEER_UNAVAILABLE"

    def snapshot(self) -> Snapshot:
        """Freeze the books."""
        return Snapshot(
            sides={service: self._side(service) for service in SERVICES if service not in self.absent},
            absent=self.absent,
            unjoined=self.unjoined,
            routes=ROUTES,
            in_flight={consumer: tuple(events) for consumer, events in self.in_flight.items()},
            dead_letters=self.dead_letters,
        )

    def _side(self, service: str) -> Side:
        return Side(
            service=service,
            business_time=NOW,
            books={
                path.partition("/")[2]: self._copy(path)
                for path in self.rows
                if path.startswith(f"{service}/")
            },
            produced=self.produced if service == "registry" else {},
            consumed=self.consumed if service == "trading" else {},
        )

    def _copy(self, path: str) -> BookCopy:
        rows = sorted(tuple(map(text_of, row)) for row in self.rows[path])
        digest = rows_digest(canonical_row(row) for row in rows).hex()
        lost = rows[1:] if path in self.lost else rows
        return BookCopy(
            columns=self.columns[path],
            rows=tuple(row[: len(self.columns[path])] for row in lost),
            declared_row_count=len(rows),
            declared_digest_hex=digest,
        )


def event(event_type: str, *, sequence: int = 6, **fields: Any) -> Event:
    return Event(
        stream=f"{TOPIC}/0",
        sequence=sequence,
        type=event_type,
        flow_id="flow-1",
        occurred_time=NOW,
        fields={name.replace("__", "."): (str(value),) for name, value in fields.items()},
    )


def _is(row: Any, where: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in where.items())
