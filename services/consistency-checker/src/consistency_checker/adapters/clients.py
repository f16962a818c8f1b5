"""The services that are compared, over their BookService and StreamService."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import grpc.aio
from ets.common.v1 import book_service_pb2, stream_service_pb2
from ets.common.v1.book_service_pb2_grpc import BookServiceStub
from ets.common.v1.page_pb2 import PageRequest
from ets.common.v1.stream_service_pb2_grpc import StreamServiceStub
from ets.topics import TOPICS
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.messages import from_timestamp

from consistency_checker.adapters.decoding import decode_event
from consistency_checker.app.ports import Capture, DeclaredBook, Unreadable
from consistency_checker.domain.snapshot import Event, Route, Row

if TYPE_CHECKING:
    from ets.common.v1.book_service_pb2_grpc import BookServiceAsyncStub
    from ets.common.v1.stream_service_pb2_grpc import StreamServiceAsyncStub

PAGE_ROWS: Final = 10_000
READ_EVENTS: Final = 1_000
WHOLE_BOOK: Final = -1

ROUTES: Final = tuple(
    Route(topic=topic.name, producer=topic.producer, consumers=tuple(topic.consumers))
    for topic in TOPICS.values()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peer:
    books: "BookServiceAsyncStub"
    streams: "StreamServiceAsyncStub"


class GrpcPlatform:
    """Port `Platform`. `answer_seconds_max` bounds each question, attempts included."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel], *, answer_seconds_max: float) -> None:
        self._peers = {
            service: _Peer(books=BookServiceStub(channel), streams=StreamServiceStub(channel))
            for service, channel in channels.items()
        }
        self._answer_seconds_max = answer_seconds_max

    @property
    def routes(self) -> tuple[Route, ...]:
        """All topics with producer and consumers."""
        return ROUTES

    async def capture(self, service: str) -> Capture:
        """Capture all books of a service now."""
        async with self._asking(service) as peer:
            answer = await peer.books.CaptureBooks(
                book_service_pb2.CaptureBooksRequest(), timeout=self._answer_seconds_max
            )
        return Capture(
            service=service,
            capture_id=answer.capture_id,
            business_time=from_timestamp(answer.business_time),
            produced=_positions(answer.produced),
            consumed=_positions(answer.consumed),
            books={book.book: _declared(book) for book in answer.books},
        )

    async def rows(self, capture: Capture, book: str, *, segment: int | None = None) -> list[Row]:
        """Fetch a captured book, or one segment of it, in canonical order."""
        rows: list[Row] = []
        token = ""
        async with self._asking(capture.service) as peer:
            while True:
                request = book_service_pb2.ListBookRowsRequest(
                    capture_id=capture.capture_id,
                    book=book,
                    segment=WHOLE_BOOK if segment is None else segment,
                    page=PageRequest(page_size=PAGE_ROWS, page_token=token),
                )
                answer = await peer.books.ListBookRows(request)
                rows.extend(tuple(row.values) for row in answer.rows)
                token = answer.page.next_page_token
                if not token:
                    return rows

    async def events(self, service: str, stream: str, *, after: int, up_to: int) -> list[Event]:
        """Read a stretch of a stream from its producer's outbox, `up_to` included."""
        events: list[Event] = []
        async with self._asking(service) as peer:
            while after < up_to:
                request = stream_service_pb2.ReadStreamRequest(
                    stream=stream, after_sequence=after, limit=min(up_to - after, READ_EVENTS)
                )
                answer = await peer.streams.ReadStream(request)
                if not answer.events or answer.events[0].sequence != after + 1:
                    raise Unreadable(f"the outbox of {service} lacks {stream}#{after + 1}")
                events.extend(map(decode_event, answer.events))
                after = answer.events[-1].sequence
        return events

    async def heads(self, service: str) -> Mapping[str, int]:
        """Give the present heads of the streams that a service writes."""
        async with self._asking(service) as peer:
            answer = await peer.streams.ListStreams(stream_service_pb2.ListStreamsRequest())
        return _positions(answer.produced)

    @asynccontextmanager
    async def _asking(self, service: str) -> AsyncIterator[_Peer]:
        peer = self._peers.get(service)
        if peer is None:
            raise Unreadable("no address of it is configured")
        try:
            async with asyncio.timeout(self._answer_seconds_max):
                yield peer
        except EtsError as error:
            raise Unreadable(f"{error.reason}: {error.message}") from error
        except grpc.aio.AioRpcError as error:
            raise Unreadable(f"{error.code().name}: {error.details()}") from error
        except TimeoutError as error:
            raise Unreadable(f"no answer within {self._answer_seconds_max} seconds") from error


def _positions(positions: Iterable[stream_service_pb2.StreamPosition]) -> dict[str, int]:
    return {position.stream: position.sequence for position in positions}


def _declared(book: book_service_pb2.BookDigest) -> DeclaredBook:
    return DeclaredBook(
        columns=tuple(book.columns),
        row_count=book.row_count,
        digest_hex=book.digest.hex(),
        segment_digests=tuple(book.segment_digests),
    )
