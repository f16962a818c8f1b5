"""What an outbox with its relay must keep on every bus, with a crash at each step.

Subclass `OutboxContract` in a test module and give it a started `bus` fixture whose broker knows the test
topics.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from ets.common.v1.event_pb2 import EventEnvelope

from ets_kernel.runtime.bus.port import Bus, BusConsumer, BusUnavailable, Received, Record
from ets_kernel.runtime.db import Database, OutgoingEvent
from ets_kernel.runtime.relay import Relay
from ets_kernel.testing.messages import NOTES_TOPIC, NoteWritten

_READ_SECONDS = 40.0


def note(aggregate_id: str, words: str, topic: str = NOTES_TOPIC) -> OutgoingEvent:
    """Make an event about a note."""
    return OutgoingEvent(
        topic=topic,
        aggregate="note",
        aggregate_id=aggregate_id,
        message=NoteWritten(note=aggregate_id, words=words),
        occurred_time=datetime(2021, 10, 26, 1, 30, tzinfo=UTC),
        flow_id=f"flow-{aggregate_id}",
    )


async def publish(database: Database, *events: OutgoingEvent) -> None:
    """Publish events in one transaction."""
    async with database.begin() as transaction:
        for event in events:
            transaction.publish(event)


class FailingBus:
    """A bus that breaks once, before or after it has passed the records on."""

    def __init__(self, bus: Bus, *, breaks: str) -> None:
        self._bus = bus
        self._breaks = breaks

    async def start(self) -> None:
        """Start the bus."""
        await self._bus.start()

    async def stop(self) -> None:
        """Stop the bus."""
        await self._bus.stop()

    def subscribe(self, group: str, topics: Sequence[str]) -> BusConsumer:
        """Make a consumer."""
        return self._bus.subscribe(group, topics)

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish, or break, as told."""
        breaks, self._breaks = self._breaks, ""
        if breaks == "before":
            raise BusUnavailable("broken before sending")
        await self._bus.publish(records)
        if breaks == "after":
            raise BusUnavailable("broken after sending")


async def read_all(bus: Bus, group: str, count: int) -> list[Received]:
    """Read records of the notes topic until there are `count`."""
    consumer = bus.subscribe(group, [NOTES_TOPIC])
    await consumer.start()
    found: list[Received] = []
    async with asyncio.timeout(_READ_SECONDS):
        while len(found) < count:
            found.extend(await consumer.poll(100, 1.0))
    await consumer.stop()
    return found


def sequences(records: Sequence[Received]) -> dict[str, list[int]]:
    """Give the sequence numbers per stream, as they came."""
    found: dict[str, list[int]] = {}
    for record in records:
        envelope = EventEnvelope.FromString(record.value)
        assert envelope.stream == f"{record.topic}/{record.partition}"
        assert record.key == envelope.aggregate_id.encode()
        found.setdefault(envelope.stream, []).append(envelope.sequence)
    return found


class OutboxContract:
    """The tests; `database` and `bus` are fixtures, and the test topics are in the catalogue."""

    async def test_committed_events_reach_the_bus_in_order(self, database: Database, bus: Bus) -> None:
        """Check that committed events reach the bus in order."""
        relay = Relay(database, bus)
        for number in range(3):
            await publish(database, *(note(f"n{key}", f"{number}") for key in range(5)))
        await relay.drain()
        found = sequences(await read_all(bus, "order", 15))
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())
        assert sum(map(len, found.values())) == 15

    async def test_a_rolled_back_transaction_tells_nothing(self, database: Database, bus: Bus) -> None:
        """Check that a rolled back transaction tells nothing."""
        with pytest.raises(ZeroDivisionError):
            await _publish_and_break(database)
        assert await Relay(database, bus).send_batch() == 0

    async def test_a_crash_before_sending_loses_nothing(self, database: Database, bus: Bus) -> None:
        """Check that a crash before sending loses nothing."""
        await publish(database, note("n", "one"), note("n", "two"))
        relay = Relay(database, FailingBus(bus, breaks="before"))
        with pytest.raises(BusUnavailable):
            await relay.send_batch()
        assert await relay.unsent_count() == 2
        await Relay(database, bus).drain()
        (numbers,) = sequences(await read_all(bus, "before", 2)).values()
        assert numbers == [1, 2]

    async def test_a_crash_between_sending_and_marking_sends_again(
        self, database: Database, bus: Bus
    ) -> None:
        """Check that a crash between sending and marking sends again."""
        await publish(database, note("n", "one"), note("n", "two"))
        with pytest.raises(BusUnavailable):
            await Relay(database, FailingBus(bus, breaks="after")).send_batch()
        await Relay(database, bus).drain()
        (numbers,) = sequences(await read_all(bus, "after", 4)).values()
        assert numbers == [1, 2, 1, 2]

    async def test_sent_rows_stay_in_the_outbox_and_are_not_sent_again(
        self, database: Database, bus: Bus
    ) -> None:
        """Check that sent rows stay in the outbox and are not sent again."""
        relay = Relay(database, bus)
        await publish(database, note("n", "one"))
        await relay.drain()
        assert await relay.unsent_count() == 0
        assert await relay.send_batch() == 0
        await publish(database, note("n", "two"))
        await relay.drain()
        (numbers,) = sequences(await read_all(bus, "kept", 2)).values()
        assert numbers == [1, 2]

    async def test_several_relays_share_the_streams_and_keep_their_order(
        self, database: Database, bus: Bus
    ) -> None:
        """Check that several relays share the streams and keep their order."""
        relays = [Relay(database, bus, batch_rows_max=8) for _ in range(3)]
        for number in range(20):
            await publish(database, *(note(f"n{key}", f"{number}") for key in range(8)))
        while await relays[0].unsent_count():
            await asyncio.gather(*(relay.send_batch() for relay in relays))
        found = sequences(await read_all(bus, "shared", 160))
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())


async def _publish_and_break(database: Database) -> None:
    async with database.begin() as transaction:
        transaction.publish(note("n", "never"))
        raise ZeroDivisionError
