"""Books: the state of a service as canonical rows, captured at one moment, for whoever compares services.

BOK-1  A capture is one database snapshot: every book, the heads of the outbox and the positions of the inbox in it
       are of the same moment, however long the reading takes and whatever is written meanwhile.
BOK-2  Rows are in the order of the texts of their values, by code point, so a book's digest depends on its rows
       only and not on a machine, a collation or a plan.
BOK-3  Equal books have equal digests; segments narrow a difference down to about 1/64 of the rows.
"""

import asyncio
import hashlib
import json
import secrets
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.domain.canonical import SEGMENT_COUNT, canonical_row, canonical_text, segment_of
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import BookNotFound, CaptureNotFound
from ets_kernel.runtime import inbox
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.streams import stream_heads

CAPTURES_KEPT: Final = 4
CHUNK_ROWS: Final = 1_000
ALL_SEGMENTS: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A named list of rows: text, integers, dates or nothing, in columns whose names have their units.

    `sql` selects the columns in order and needs no ORDER BY; it must not select clock readings or machine ids.
    `quantity_column` is the integer column whose sum is shown, if there is one.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    quantity_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedBook:
    """A book as it was: its digests, and its rows in compressed chunks."""

    book: Book
    row_count: int
    quantity_sum: int
    digest: bytes
    segment_digests: tuple[bytes, ...]
    chunks: tuple[bytes, ...]

    def rows(self, after: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Give the rows behind the first `after` ones, each with its number from 1."""
        for chunk_index in range(after // CHUNK_ROWS, len(self.chunks)):
            rows = json.loads(zlib.decompress(self.chunks[chunk_index]))
            first = chunk_index * CHUNK_ROWS
            for number, row in enumerate(rows, start=first + 1):
                if number > after:
                    yield number, row


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """All books of a service at one moment, with its stream positions."""

    capture_id: str
    business_time: datetime
    produced: Mapping[str, int]
    consumed: Mapping[str, int]
    books: Mapping[str, CapturedBook]


class BookKeeper:
    """Captures the books and keeps the last four captures in memory."""

    def __init__(self, *, database: Database, clock: Clock, books: Sequence[Book], consumer: str) -> None:
        ensure(len({book.name for book in books}) == len(books), "every book has its own name")
        self._database = database
        self._clock = clock
        self._books = tuple(books)
        self._consumer = consumer
        self._captures: OrderedDict[str, Capture] = OrderedDict()
        self._turn = asyncio.Lock()

    async def capture(self) -> Capture:
        """Read all books now. One capture at a time, because each holds a snapshot open."""
        async with self._turn:
            async with self._database.snapshot() as connection:
                business_time = self._clock.now()
                capture = Capture(
                    capture_id=secrets.token_hex(8),
                    business_time=business_time,
                    produced=await stream_heads(connection),
                    consumed=await inbox.positions(connection, consumer=self._consumer),
                    books={book.name: await _read(connection, book) for book in self._books},
                )
            self._captures[capture.capture_id] = capture
            while len(self._captures) > CAPTURES_KEPT:
                self._captures.popitem(last=False)
            return capture

    async def rows(
        self, *, capture_id: str, book: str, segment: int, after: int, limit: int
    ) -> tuple[list[list[str]], int]:
        """Give at most `limit` rows of a segment (-1: of all) behind row `after`, and where to go on.

        The second value is the number to give as `after` next, 0 at the end. Raises CAPTURE_NOT_FOUND,
        BOOK_NOT_FOUND.
        """
        capture = self._captures.get(capture_id)
        if capture is None:
            raise CaptureNotFound("the capture was dropped or never made", capture_id=capture_id)
        captured = capture.books.get(book)
        if captured is None:
            raise BookNotFound("the service keeps no such book", book=book)
        return await asyncio.to_thread(_page, captured, segment=segment, after=after, limit=limit)


def _page(book: CapturedBook, *, segment: int, after: int, limit: int) -> tuple[list[list[str]], int]:
    found: list[list[str]] = []
    last = 0
    for number, row in book.rows(after):
        if segment not in (ALL_SEGMENTS, segment_of(row[0])):
            continue
        if len(found) == limit:
            return found, last
        found.append(row)
        last = number
    return found, 0


async def _read(connection: AsyncConnection, book: Book) -> CapturedBook:
    folding = _Folding(book)
    rows = await connection.stream(text(_ordered(book)), execution_options={"yield_per": CHUNK_ROWS})
    async for chunk in rows.partitions(CHUNK_ROWS):
        await asyncio.to_thread(folding.add, chunk)
    return folding.finish()


def _ordered(book: Book) -> str:
    names = [f'"{column}"' for column in book.columns]
    keys = [f"coalesce({name}::text, '') COLLATE \"C\"" for name in names]
    # The names are the program's own, never a caller's.
    return f"SELECT * FROM ({book.sql}) AS book ({', '.join(names)}) ORDER BY {', '.join(keys)}"  # noqa: S608


class _Folding:
    """Takes a book's rows in order and makes its digests and chunks."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._quantity_index = (
            None if book.quantity_column is None else book.columns.index(book.quantity_column)
        )
        self._row_count = 0
        self._quantity_sum = 0
        self._digest = hashlib.sha256()
        self._segments = [hashlib.sha256() for _ in range(SEGMENT_COUNT)]
        self._chunks: list[bytes] = []

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take the next rows, all chunks but the last of the same size."""
        texts = [[canonical_text(value) for value in row] for row in rows]
        for row in texts:
            # As in `canonical.rows_digest`, which can't be fed row by row to 65 digests at once.
            encoded = canonical_row(row)
            framed = b"%d:%b," % (len(encoded), encoded)
            self._digest.update(framed)
            self._segments[segment_of(row[0])].update(framed)
        if self._quantity_index is not None:
            self._quantity_sum += sum(row[self._quantity_index] or 0 for row in rows)
        self._row_count += len(rows)
        self._chunks.append(zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), level=1))

    def finish(self) -> CapturedBook:
        """Give the captured book."""
        return CapturedBook(
            book=self._book,
            row_count=self._row_count,
            quantity_sum=self._quantity_sum,
            digest=self._digest.digest(),
            segment_digests=tuple(segment.digest() for segment in self._segments),
            chunks=tuple(self._chunks),
        )
