"""StreamService, BookService and ClockService over a real server, as peers and the checker use them."""

import asyncio

import pytest
import pytest_asyncio
from ets.common.v1 import (
    book_service_pb2,
    book_service_pb2_grpc,
    clock_service_pb2,
    clock_service_pb2_grpc,
    page_pb2,
    stream_service_pb2,
    stream_service_pb2_grpc,
)
from ets_kernel.domain.errors import ClockBackwards, PeerUnavailable, StreamNotFound
from ets_kernel.runtime import streams
from ets_kernel.runtime.books import Book, BookKeeper
from ets_kernel.runtime.clock import SimulatedClock
from ets_kernel.runtime.grpc.book_service import BookServicer
from ets_kernel.runtime.grpc.clock_service import ClockServicer
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.grpc.stream_service import StreamServicer
from ets_kernel.runtime.inbox import InboxProgress
from ets_kernel.runtime.outbox import partition_of, stream_name
from ets_kernel.runtime.streams import GrpcStreamReader
from ets_kernel.testing.clock import START, HandClock
from ets_kernel.testing.messages import NOTES_TOPIC
from ets_kernel.testing.outbox_contract import note, publish
from ets_kernel.testing.page_contract import check_page_tokens
from ets_kernel.testing.serving import serving
from sqlalchemy import text

pytestmark = pytest.mark.usefixtures("topics")

STREAM = "ets.notary.notes.v1/3"


@pytest.fixture
def progress():
    return InboxProgress([NOTES_TOPIC])


@pytest_asyncio.fixture
async def server(database, progress):
    clock = SimulatedClock(database, start=START)
    await clock.load()
    book = Book(name="numbers", columns=("number",), sql="SELECT * FROM generate_series(1, 5)")
    keeper = BookKeeper(database=database, clock=HandClock(), books=[book], consumer="notary")
    async with serving(
        Served(
            add_to_server=stream_service_pb2_grpc.add_StreamServiceServicer_to_server,
            servicer=StreamServicer(database, consumer="notary", progress=progress),
            descriptor=stream_service_pb2.DESCRIPTOR.services_by_name["StreamService"],
        ),
        Served(
            add_to_server=book_service_pb2_grpc.add_BookServiceServicer_to_server,
            servicer=BookServicer(keeper),
            descriptor=book_service_pb2.DESCRIPTOR.services_by_name["BookService"],
        ),
        Served(
            add_to_server=clock_service_pb2_grpc.add_ClockServiceServicer_to_server,
            servicer=ClockServicer(clock),
            descriptor=clock_service_pb2.DESCRIPTOR.services_by_name["ClockService"],
        ),
    ) as running:
        yield running


@pytest.fixture
def channel(server):
    return server.channel("ROLE_CHECKER", "ROLE_SCHEDULER", "ROLE_SERVICE")


@pytest.fixture
def stub(channel):
    return stream_service_pb2_grpc.StreamServiceStub(channel)


async def consumed(database, sequence):
    async with database.begin() as transaction:
        await transaction.connection.execute(
            text(
                "INSERT INTO kernel_inbox VALUES ('notary', :stream, :sequence)"
                " ON CONFLICT (consumer, stream) DO UPDATE SET last_sequence = :sequence"
            ),
            {"stream": STREAM, "sequence": sequence},
        )


async def test_a_peer_reads_heads_and_events_of_the_outbox(database, channel):
    await publish(database, *(note("n", f"{number}") for number in range(5)))
    stream = stream_name(NOTES_TOPIC, partition_of(NOTES_TOPIC, "n"))
    reader = GrpcStreamReader({"notary": channel})
    assert await reader.heads("notary") == {stream: 5}
    assert [event.sequence for event in await reader.read(stream, 2, 2)] == [3, 4]
    assert list(await reader.read(stream, 5, 2)) == []


async def test_a_stream_of_another_service_is_not_found_and_a_peer_without_channel_is_unavailable(stub):
    with pytest.raises(StreamNotFound):
        await stub.ReadStream(stream_service_pb2.ReadStreamRequest(stream="ets.reader.dead-letters.v1/0"))
    with pytest.raises(StreamNotFound):
        await stub.ReadStream(stream_service_pb2.ReadStreamRequest(stream="elsewhere/0"))
    with pytest.raises(PeerUnavailable):
        await GrpcStreamReader({}).heads("notary")


async def test_an_answer_stays_under_its_size_but_gives_at_least_one_event(database, stub, monkeypatch):
    monkeypatch.setattr(streams, "READ_BYTES_MAX", 1_000)
    await publish(database, *(note("n", "x" * 600) for _ in range(3)))
    stream = stream_name(NOTES_TOPIC, partition_of(NOTES_TOPIC, "n"))
    answer = await stub.ReadStream(stream_service_pb2.ReadStreamRequest(stream=stream))
    assert (len(answer.events), answer.head_sequence) == (1, 3)


async def test_positions_and_counters_are_listed(database, stub):
    await publish(database, note("n", "one"))
    await consumed(database, 7)
    answer = await stub.ListStreams(stream_service_pb2.ListStreamsRequest())
    assert [position.sequence for position in answer.produced] == [1]
    assert [(position.stream, position.sequence) for position in answer.consumed] == [(STREAM, 7)]
    assert (answer.counters.published_count, answer.counters.consumed_count) == (1, 7)


def awaiting(sequence, *, stream=STREAM, timeout_seconds=30):
    return stream_service_pb2.AwaitStreamsRequest(
        positions=[stream_service_pb2.StreamPosition(stream=stream, sequence=sequence)],
        timeout_seconds=timeout_seconds,
    )


async def test_waiting_ends_when_the_inbox_of_this_process_has_moved(database, stub, progress):
    waiting = asyncio.ensure_future(stub.AwaitStreams(awaiting(3)))
    await progress.moved({STREAM: 2})
    await progress.moved({STREAM: 3})
    assert (await waiting).reached


async def test_waiting_sees_what_another_replica_has_applied(database, stub):
    waiting = asyncio.ensure_future(stub.AwaitStreams(awaiting(3)))
    await consumed(database, 3)
    assert (await waiting).reached


async def test_waiting_in_vain_tells_what_is_behind(database, stub):
    await consumed(database, 2)
    answer = await stub.AwaitStreams(awaiting(3, timeout_seconds=1))
    assert not answer.reached
    assert [(position.stream, position.sequence) for position in answer.behind] == [(STREAM, 2)]


async def test_waiting_ignores_streams_that_are_not_consumed(stub):
    assert (await stub.AwaitStreams(awaiting(3, stream="elsewhere/0"))).reached


async def test_books_are_captured_and_listed_page_by_page(channel):
    stub = book_service_pb2_grpc.BookServiceStub(channel)
    capture = await stub.CaptureBooks(book_service_pb2.CaptureBooksRequest())
    assert [(book.book, book.row_count, len(book.segment_digests)) for book in capture.books] == [
        ("numbers", 5, 64)
    ]
    found, token = [], ""
    while True:
        answer = await stub.ListBookRows(
            book_service_pb2.ListBookRowsRequest(
                capture_id=capture.capture_id,
                book="numbers",
                segment=-1,
                page=page_pb2.PageRequest(page_size=2, page_token=token),
            )
        )
        found += [list(row.values) for row in answer.rows]
        token = answer.page.next_page_token
        if not token:
            break
    assert found == [["1"], ["2"], ["3"], ["4"], ["5"]]


async def test_rows_are_listed_with_the_lists_own_page_tokens_only(server, channel):
    stub = book_service_pb2_grpc.BookServiceStub(channel)
    capture = await stub.CaptureBooks(book_service_pb2.CaptureBooksRequest())
    book_service = book_service_pb2.DESCRIPTOR.services_by_name["BookService"]
    wanted = {"capture_id": capture.capture_id, "book": "numbers", "segment": -1}
    assert await check_page_tokens(server, book_service, **wanted) == 1


async def test_the_clock_is_read_moved_and_never_turned_back(channel):
    stub = clock_service_pb2_grpc.ClockServiceStub(channel)
    later = HandClock()
    later.advance(days=1, hours=6)
    answer = await stub.SetClock(clock_service_pb2.SetClockRequest(now=to_timestamp(later.now())))
    assert answer.now == to_timestamp(later.now())
    with pytest.raises(ClockBackwards):
        await stub.SetClock(clock_service_pb2.SetClockRequest(now=to_timestamp(START)))
    assert (await stub.GetClock(clock_service_pb2.GetClockRequest())).now == to_timestamp(later.now())
