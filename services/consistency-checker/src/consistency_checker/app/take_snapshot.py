"""Take all books at a consistent cut, business going on.

All services are captured at once. Where a consumer turns out to be ahead of its producer, the producer is captured
again, a bounded number of times. What is behind is in flight and read from the producer's outbox.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ets_kernel.domain.canonical import SEGMENT_COUNT, segment_of

from consistency_checker.app.ports import Capture, DeclaredBook, Platform, Unreadable
from consistency_checker.domain.books import COPIES, SERVICES, TABLES
from consistency_checker.domain.snapshot import (
    BookCopy,
    Event,
    Row,
    Side,
    Snapshot,
    open_letters,
    orphans,
    stretches_in_flight,
    topic_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one examination: captures and looks are attempts, the rest counts events."""

    recaptures_max: int
    looks_max: int
    in_flight_events_max: int
    trace_events_max: int


async def take_snapshot(platform: Platform, limits: Limits) -> tuple[Snapshot, Mapping[str, str]]:
    """Give a snapshot, and the digest of every captured book by "<service>/<book>"."""
    absent: dict[str, str] = {}
    captures = await _capture(platform, SERVICES, absent)
    for _ in range(limits.recaptures_max):
        late = {producer for _, producer, _ in orphans(_bare(captures), platform.routes)}
        if not late:
            break
        captures |= await _capture(platform, tuple(sorted(late)), absent)
        captures = {service: capture for service, capture in captures.items() if service not in absent}
    sides = await _load(platform, captures, absent)
    unjoined = {
        frozenset((producer, consumer)): (
            f"no consistent cut between {producer} and {consumer}: {consumer} is ahead on {stream}"
        )
        for stream, producer, consumer in orphans(sides, platform.routes)
    }
    in_flight = await _in_flight(platform, sides, unjoined, limits)
    snapshot = Snapshot(
        sides=sides,
        absent=absent,
        unjoined=unjoined,
        routes=platform.routes,
        in_flight=in_flight,
        dead_letters=await _dead_letters(platform, sides, absent, limits),
    )
    digests = {
        f"{service}/{name}": book.digest_hex
        for service, capture in sorted(captures.items())
        for name, book in sorted(capture.books.items())
    }
    return snapshot, digests


async def is_moving(platform: Platform, snapshot: Snapshot) -> bool:
    """Tell whether any service has written events since it was captured."""
    for service, side in snapshot.sides.items():
        try:
            if await platform.heads(service) != side.produced:
                return True
        except Unreadable:
            return True
    return False


async def _capture(
    platform: Platform, services: tuple[str, ...], absent: dict[str, str]
) -> dict[str, Capture]:
    async def one(service: str) -> Capture | None:
        try:
            return await platform.capture(service)
        except Unreadable as error:
            absent[service] = f"{service} could not be captured: {error}"
            return None

    captures = await asyncio.gather(*map(one, services))
    return {capture.service: capture for capture in captures if capture is not None}


def _bare(captures: Mapping[str, Capture]) -> dict[str, Side]:
    return {service: _side(capture, {}) for service, capture in captures.items()}


def _side(capture: Capture, books: Mapping[str, BookCopy]) -> Side:
    return Side(
        service=capture.service,
        business_time=capture.business_time,
        books=books,
        produced=capture.produced,
        consumed=capture.consumed,
    )


async def _load(
    platform: Platform, captures: Mapping[str, Capture], absent: dict[str, str]
) -> dict[str, Side]:
    async def one(capture: Capture) -> Side | None:
        try:
            return _side(capture, await _books(platform, capture))
        except Unreadable as error:
            absent[capture.service] = f"{capture.service} could not be read: {error}"
            return None

    sides = await asyncio.gather(*map(one, captures.values()))
    return {side.service: side for side in sides if side is not None}


async def _books(platform: Platform, capture: Capture) -> dict[str, BookCopy]:
    books: dict[str, BookCopy] = {}
    for table in TABLES:
        declared = capture.books.get(table.book)
        if table.service != capture.service or declared is None:
            continue
        original = COPIES.get(table.path, "").rpartition("/")[2]
        if original in books:
            rows = await _copy_rows(platform, capture, table.book, (capture.books[original], books[original]))
        else:
            rows = await platform.rows(capture, table.book)
        books[table.book] = BookCopy(
            columns=declared.columns,
            rows=tuple(rows),
            declared_row_count=declared.row_count,
            declared_digest_hex=declared.digest_hex,
        )
    return books


async def _copy_rows(
    platform: Platform, capture: Capture, book: str, original: tuple[DeclaredBook, BookCopy]
) -> list[Row]:
    """Fetch only the segments of a copy whose digests differ from the original's, where both were cut alike."""
    declared, (original_declared, original_book) = capture.books[book], original
    is_cut_alike = {len(declared.segment_digests), len(original_declared.segment_digests)} == {SEGMENT_COUNT}
    if declared.columns != original_declared.columns or not is_cut_alike:
        return await platform.rows(capture, book)
    pairs = zip(declared.segment_digests, original_declared.segment_digests, strict=True)
    differing = {segment for segment, (mine, other) in enumerate(pairs) if mine != other}
    rows = [row for row in original_book.rows if segment_of(row[0]) not in differing]
    for segment in sorted(differing):
        rows += await platform.rows(capture, book, segment=segment)
    return sorted(rows, key=tuple)


async def _in_flight(
    platform: Platform,
    sides: Mapping[str, Side],
    unjoined: dict[frozenset[str], str],
    limits: Limits,
) -> dict[str, tuple[Event, ...]]:
    found: dict[str, list[Event]] = {}
    stretches = sorted(stretches_in_flight(sides, platform.routes))
    for (stream, producer), group in groupby(stretches, key=lambda stretch: stretch[:2]):
        behind = list(group)
        first, up_to = min(consumed for _, _, _, consumed, _ in behind), behind[0][4]
        try:
            events = await _stretch(platform, producer, stream, (first, up_to), limits)
        except Unreadable as error:
            for _, _, consumer, _, _ in behind:
                unjoined[frozenset((producer, consumer))] = (
                    f"the events between {producer} and {consumer} could not be read: {error}"
                )
            continue
        for _, _, consumer, consumed, _ in behind:
            found.setdefault(consumer, []).extend(event for event in events if event.sequence > consumed)
    return {consumer: tuple(events) for consumer, events in found.items()}


async def _stretch(
    platform: Platform, producer: str, stream: str, ends: tuple[int, int], limits: Limits
) -> list[Event]:
    after, up_to = ends
    if up_to - after > limits.in_flight_events_max:
        raise Unreadable(f"{up_to - after} events of {stream} are in flight")
    return await platform.events(producer, stream, after=after, up_to=up_to)


async def _dead_letters(
    platform: Platform, sides: dict[str, Side], absent: dict[str, str], limits: Limits
) -> dict[str, tuple[Event, ...]]:
    found: dict[str, tuple[Event, ...]] = {}
    for service, side in list(sides.items()):
        letters: list[Event] = []
        try:
            for stream, head in sorted(side.produced.items()):
                if ".dead-letters." in topic_of(stream):
                    letters += await _open_letters(platform, service, stream, head, limits)
        except Unreadable as error:
            absent[service] = f"the dead letters of {service} could not be read: {error}"
            del sides[service]
        found[service] = tuple(letters)
    return found


async def _open_letters(
    platform: Platform, service: str, stream: str, head: int, limits: Limits
) -> Sequence[Event]:
    """Read back from the head to the last stretch with letters that wait; what closes a letter stands behind it."""
    redriven: frozenset[str] = frozenset()
    while head > 0:
        after = max(head - limits.in_flight_events_max, 0)
        events = await platform.events(service, stream, after=after, up_to=head)
        letters, redriven = open_letters(events, redriven)
        if letters:
            return letters
        head = after
    return ()
