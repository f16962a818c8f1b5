"""The outbox: contiguous numbers in commit order, and the relay on the memory bus."""

import asyncio

import pytest
import pytest_asyncio
from ets_kernel.runtime import outbox, telemetry
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.streams import read_stream, stream_heads
from ets_kernel.testing.messages import NOTES_TOPIC, SPARE_TOPIC
from ets_kernel.testing.outbox_contract import OutboxContract, note, publish, read_all
from sqlalchemy import text

pytestmark = pytest.mark.usefixtures("topics")


@pytest_asyncio.fixture
async def bus(topics):
    made = MemoryBus()
    await made.start()
    yield made
    await made.stop()


class TestOutboxOnMemoryBus(OutboxContract):
    pass


async def rows(database):
    async with database.snapshot() as connection:
        return (await connection.execute(text("SELECT * FROM kernel_outbox ORDER BY stream, sequence"))).all()


async def test_concurrent_commits_keep_every_stream_contiguous(database):
    async def write(worker):
        for number in range(10):
            events = [note(f"n{(worker + step) % 7}", f"{worker}-{number}") for step in range(5)]
            await publish(database, *events, note("x", "spare", topic=SPARE_TOPIC))

    await asyncio.gather(*(write(worker) for worker in range(6)))
    streams = {}
    for row in await rows(database):
        streams.setdefault(row.stream, []).append(row.sequence)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in streams.values())
    assert sum(map(len, streams.values())) == 6 * 10 * 6
    async with database.snapshot() as connection:
        heads = await stream_heads(connection)
    assert heads == {stream: len(numbers) for stream, numbers in streams.items()}


async def test_numbers_are_in_commit_order_and_not_in_order_of_publication(database):
    first_published = asyncio.Event()
    second_committed = asyncio.Event()

    async def slow():
        async with database.begin() as transaction:
            transaction.publish(note("n", "published first"))
            first_published.set()
            await second_committed.wait()

    async def quick():
        await first_published.wait()
        await publish(database, note("n", "committed first"))
        second_committed.set()

    await asyncio.gather(slow(), quick())
    words = [row.payload.split(b"\x12")[1][1:].decode() for row in await rows(database)]
    assert words == ["committed first", "published first"]


async def publish_flush_and_break(database):
    async with database.begin() as transaction:
        transaction.publish(note("n", "never"))
        await transaction.flush()
        raise ZeroDivisionError


async def test_a_failed_commit_leaves_no_hole(database):
    await publish(database, note("n", "one"))
    with pytest.raises(ZeroDivisionError):
        await publish_flush_and_break(database)
    await publish(database, note("n", "two"))
    assert [row.sequence for row in await rows(database)] == [1, 2]


async def test_an_envelope_is_the_same_whenever_it_is_read(database, topics):
    with telemetry.span("write", kind=telemetry.SpanKind.SERVER, parent=f"00-{'a' * 32}-{'b' * 16}-01"):
        await publish(database, note("n", "one"))
    stream = outbox.stream_name(NOTES_TOPIC, outbox.partition_of(NOTES_TOPIC, "n"))
    async with database.snapshot() as connection:
        (event,) = await read_stream(connection, stream, after_sequence=0, limit=10)
    assert (event.event_id, event.type) == (
        outbox.event_id(stream, 1),
        "ets.kernel.testing.v1.NoteWritten",
    )
    assert (event.sequence, event.aggregate, event.aggregate_id, event.flow_id) == (1, "note", "n", "flow-n")
    assert event.occurred_time.ToJsonString() == "2021-10-26T01:30:00Z"
    assert event.traceparent.startswith(f"00-{'a' * 32}-")
    assert event.producer == "notary"


def test_the_id_of_an_event_is_pinned():
    assert outbox.event_id("ets.registry.units.v1/3", 7) == "c507fe2f-ee4d-576a-944f-0070eb531cdf"


def test_the_partition_of_an_aggregate_is_pinned():
    assert [outbox.partition_of(NOTES_TOPIC, name) for name in ("R-NATIONAL", "R-P-37", "中")] == [2, 0, 3]


async def test_the_trace_of_the_transaction_travels_in_the_header(database, bus):
    with telemetry.span("write", kind=telemetry.SpanKind.SERVER, parent=f"00-{'a' * 32}-{'b' * 16}-01"):
        await publish(database, note("n", "one"))
    await Relay(database, bus).drain()
    (record,) = await read_all(bus, "trace", 1)
    assert record.headers["traceparent"].startswith(f"00-{'a' * 32}-")


async def test_a_commit_wakes_the_relay_and_a_broker_that_is_away_is_waited_for(database, bus):
    relay = Relay(database, bus)
    bus.broker.down()
    task = asyncio.create_task(relay.run())
    await publish(database, note("n", "one"))
    bus.broker.up()
    assert len(await read_all(bus, "woken", 1)) == 1
    await publish(database, note("n", "two"))
    assert len(await read_all(bus, "again", 2)) == 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_busy_stream_does_not_keep_the_others_waiting(database, bus):
    await publish(database, *(note("n", f"{number}") for number in range(50)))
    await publish(database, note("x", "spare", topic=SPARE_TOPIC))
    assert await Relay(database, bus, batch_rows_max=10).send_batch() == 6
    sent = {row.stream for row in await rows(database) if row.sent_time is not None}
    assert f"{SPARE_TOPIC}/0" in sent
