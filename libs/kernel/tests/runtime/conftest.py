"""The tables, topics and notes of tests of messaging, and a world of one producer and one consumer."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio
from ets.common.v1.event_pb2 import DeadLetter, DeadLetterRedriven
from ets.topics import TOPICS
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import PeerUnavailable, Refused
from ets_kernel.runtime import retries
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.consumer import Consumer, Subscription
from ets_kernel.runtime.db import Database, kernel_tables
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.streams import OutboxReader, read_stream, stream_counters, stream_heads
from ets_kernel.testing.messages import NOTES_TOPIC, SPARE_TOPIC, TEST_TOPICS, NoteWritten
from ets_kernel.testing.outbox_contract import note, publish, read_all
from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Table, Text, text


@pytest.fixture(scope="session")
def metadata():
    tables = MetaData()
    kernel_tables(tables)
    Table("note", tables, Column("note", Text, primary_key=True), Column("words", Text, nullable=False))
    Table(
        "effect",
        tables,
        Column("stream", Text, primary_key=True),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("words", Text, nullable=False),
        CheckConstraint("words <> 'forbidden'", name="effect_words_allowed"),
    )
    return tables


@pytest.fixture
def topics(monkeypatch):
    for name, topic in TEST_TOPICS.items():
        monkeypatch.setitem(TOPICS, name, topic)
    return TEST_TOPICS


@pytest.fixture
def clock():
    return FixedClock(datetime(2021, 10, 26, 1, 0, tzinfo=UTC))


class Effects:
    """A unit of work that notes down what took effect, and breaks as it is told."""

    def __init__(self, transaction):
        self.connection = transaction.connection

    async def take(self, envelope, message):
        await self.connection.execute(
            text("INSERT INTO effect VALUES (:stream, :sequence, :words)"),
            {"stream": envelope.stream, "sequence": envelope.sequence, "words": message.words},
        )
        if message.words == "refused":
            raise Refused("the handler says no")
        if message.words == "broken":
            raise ZeroDivisionError("a bug")
        if message.words == "away":
            raise PeerUnavailable("not now", peer="somebody")


async def on_written(uow, envelope, message):
    await uow.take(envelope, message)


class ReaderThatMayFail:
    def __init__(self, reader):
        self._reader = reader
        self.is_away = False
        self.reads = 0

    async def heads(self, producer):
        if self.is_away:
            raise PeerUnavailable("away", peer=producer)
        return await self._reader.heads(producer)

    async def read(self, stream, after_sequence, limit):
        self.reads += 1
        if self.is_away:
            raise PeerUnavailable("away", peer="notary")
        return await self._reader.read(stream, after_sequence, limit)


class World:
    """The producer "notary" and the consumer "reader", each with its database, on one memory bus."""

    def __init__(self, notary, reader, bus, clock):
        self.notary = notary
        self.database = reader
        self.bus = bus
        self.reader = ReaderThatMayFail(OutboxReader({"notary": notary}))
        self.relay = Relay(notary, bus)
        self.clock = clock
        self.consumer = self.make_consumer()

    def make_consumer(self, handlers=None, watch_seconds=3600):
        return Consumer(
            service="reader",
            database=self.database,
            bus=self.bus,
            reader=self.reader,
            clock=self.clock,
            subscriptions=[
                Subscription(topic=NOTES_TOPIC, handlers=handlers or {NoteWritten: on_written}),
                Subscription(topic=SPARE_TOPIC, handlers={NoteWritten: on_written}),
            ],
            unit_of_work=Effects,
            watch_seconds=watch_seconds,
        )

    async def tell(self, *words, key="n"):
        await publish(self.notary, *(note(key, word) for word in words))

    async def records(self, count, group="probe"):
        await self.relay.drain()
        return await read_all(self.bus, group, count)

    async def effects(self):
        async with self.database.snapshot() as connection:
            found = await connection.execute(text("SELECT * FROM effect ORDER BY stream, sequence"))
            return [(row.sequence, row.words) for row in found]

    async def counters(self):
        async with self.database.snapshot() as connection:
            return await stream_counters(connection, consumer="reader")

    async def dead_letters(self):
        async with self.database.snapshot() as connection:
            return (await connection.execute(text("SELECT * FROM kernel_dead_letter"))).all()

    async def dead_letter_events(self):
        async with self.database.snapshot() as connection:
            heads = await stream_heads(connection)
            return [
                kind.FromString(event.payload)
                for stream in heads
                for event in await read_stream(connection, stream, after_sequence=0, limit=100)
                for kind in (DeadLetter, DeadLetterRedriven)
                if event.type == kind.DESCRIPTOR.full_name
            ]

    async def redrive(self, dead_letter_id, consumer=None):
        async with self.database.begin() as transaction:
            return await (consumer or self.consumer).redrive(transaction, dead_letter_id, by="somebody")


@pytest_asyncio.fixture
async def world(database, postgres_server, metadata, topics, clock, monkeypatch):
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    notary = Database.create(postgres_server.postgres.url(await postgres_server.fresh_database(metadata)))
    bus = MemoryBus()
    await bus.start()
    yield World(notary, database, bus, clock)
    await bus.stop()
    await notary.dispose()
