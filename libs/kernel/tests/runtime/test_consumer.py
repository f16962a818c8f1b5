"""Consuming: every event takes effect once and in order, whatever bus, database and handlers do."""

import asyncio
import random

import pytest
import pytest_asyncio
from ets.common.v1.event_pb2 import DeadLetter, EventEnvelope
from ets_kernel.domain.errors import PeerUnavailable, Refused
from ets_kernel.runtime import retries
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.consumer import Consumer, Subscription
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.dead_letters import DeadLetterNotFound
from ets_kernel.runtime.deliveries import EnvelopeUndecodable
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.streams import OutboxReader, read_stream, stream_counters, stream_heads
from ets_kernel.testing.messages import NOTES_TOPIC, SPARE_TOPIC, NoteTorn, NoteWritten
from ets_kernel.testing.outbox_contract import note, publish, read_all
from sqlalchemy import text

pytestmark = pytest.mark.usefixtures("topics")


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

    def make_consumer(self, handlers=None):
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
                DeadLetter.FromString(event.payload)
                for stream in heads
                for event in await read_stream(connection, stream, after_sequence=0, limit=100)
            ]


@pytest_asyncio.fixture
async def world(database, postgres_server, metadata, topics, clock, monkeypatch):
    monkeypatch.setattr(retries, "WAIT_FIRST_SECONDS", 0.001)
    notary = Database.create(postgres_server.postgres.url(await postgres_server.fresh_database(metadata)))
    bus = MemoryBus()
    await bus.start()
    yield World(notary, database, bus, clock)
    await bus.stop()
    await notary.dispose()


def numbered(*words):
    return list(enumerate(words, start=1))


async def test_events_take_effect_in_order_and_once(world):
    await world.tell("a", "b", "c")
    await world.consumer.take(await world.records(3))
    assert await world.effects() == numbered("a", "b", "c")
    counters = await world.counters()
    assert (counters.consumed_count, counters.duplicate_count, counters.repaired_count) == (3, 0, 0)


async def test_duplicates_change_nothing_and_are_counted(world):
    await world.tell("a", "b")
    records = await world.records(2)
    await world.consumer.take(records)
    await world.consumer.take(records)
    await world.consumer.take([*records, *records])
    assert await world.effects() == numbered("a", "b")
    assert (await world.counters()).duplicate_count == 6


async def test_shuffled_and_repeated_delivery_gives_the_same_effects(world):
    for number in range(40):
        await world.tell(f"{number}", key=f"n{number % 6}")
    records = list(await world.records(40)) * 3
    random.Random(7).shuffle(records)
    while records:
        await world.consumer.take([records.pop() for _ in range(min(9, len(records)))])
    effects = await world.effects()
    assert len(effects) == 40
    async with world.notary.snapshot() as connection:
        heads = await stream_heads(connection)
    assert (await world.counters()).consumed_count == sum(heads.values()) == 40


async def test_a_gap_is_closed_from_the_outbox_of_the_producer(world):
    await world.tell("a", "b", "c", "d", "e")
    records = await world.records(5)
    await world.consumer.take([records[0], records[4]])
    assert await world.effects() == numbered("a", "b", "c", "d", "e")
    assert (await world.counters()).repaired_count == 4


async def test_what_comes_late_after_a_repair_is_a_duplicate(world):
    await world.tell("a", "b", "c")
    records = await world.records(3)
    await world.consumer.take([records[2]])
    await world.consumer.take(records)
    assert await world.effects() == numbered("a", "b", "c")
    assert (await world.counters()).duplicate_count == 3


async def test_a_gap_holds_its_stream_while_the_producer_is_away_and_other_streams_go_on(world):
    await world.tell("a", "b")
    await publish(world.notary, note("x", "spare", topic=SPARE_TOPIC))
    records = await world.records(2)
    world.reader.is_away = True
    probe = world.bus.subscribe("spare", [SPARE_TOPIC])
    await probe.start()
    spare = await probe.poll(1, 1.0)
    await world.consumer.take([records[1], *spare])
    assert await world.effects() == [(1, "spare")]
    world.reader.is_away = False
    await world.consumer.watch_once()
    await world.consumer.watch_once()
    assert sorted(await world.effects()) == sorted([*numbered("a", "b"), (1, "spare")])


async def test_a_broker_that_forgot_everything_costs_no_data(world):
    await world.tell("a", "b", "c")
    await world.relay.drain()
    world.bus.broker.forget()
    await world.consumer.watch_once()
    assert await world.effects() == []
    await world.consumer.watch_once()
    assert await world.effects() == numbered("a", "b", "c")
    assert (await world.counters()).repaired_count == 3


async def test_a_stream_that_moves_is_left_to_the_bus(world):
    await world.tell("a")
    await world.consumer.watch_once()
    await world.consumer.take(await world.records(1))
    await world.tell("b")
    await world.consumer.watch_once()
    assert world.reader.reads == 0
    assert await world.effects() == numbered("a")


async def test_types_without_a_handler_are_passed_over(world):
    async with world.notary.begin() as transaction:
        torn = note("n", "")
        transaction.publish(type(torn)(**{**_fields(torn), "message": NoteTorn(note="n")}))
    await world.tell("after")
    await world.consumer.take(await world.records(2))
    assert await world.effects() == [(2, "after")]
    assert (await world.counters()).consumed_count == 2


def _fields(event):
    return {name: getattr(event, name) for name in event.__slots__}


@pytest.mark.parametrize(
    ("words", "reason"),
    [("refused", "ETS"), ("broken", "HANDLER_FAILED"), ("forbidden", "HANDLER_FAILED")],
)
async def test_a_message_that_cannot_be_applied_is_set_aside_and_the_stream_goes_on(world, words, reason):
    await world.tell("a", words, "c")
    records = await world.records(3)
    await world.consumer.take(records)
    await world.consumer.take(records)
    assert await world.effects() == [(1, "a"), (3, "c")]
    (letter,) = await world.dead_letters()
    assert (letter.topic, letter.sequence, letter.handler) == (NOTES_TOPIC, 2, "on_written")
    assert letter.original == records[1].value
    (event,) = await world.dead_letter_events()
    assert event.reason == letter.reason
    assert letter.reason == (Refused.reason if reason == "ETS" else reason)
    assert (await world.counters()).dead_letter_count == 1


async def test_a_payload_that_is_no_such_message_is_set_aside(world):
    await world.tell("a", "b")
    async with world.notary.begin() as transaction:
        await transaction.connection.execute(
            text("UPDATE kernel_outbox SET payload = '\\xffff' WHERE sequence = 1")
        )
    await world.consumer.take(await world.records(2))
    assert await world.effects() == [(2, "b")]
    (letter,) = await world.dead_letters()
    assert letter.reason == "PAYLOAD_UNDECODABLE"


async def test_garbage_is_set_aside_once_and_moves_no_stream(world):
    garbage = [
        Received(topic=NOTES_TOPIC, partition=1, offset=7, key=b"", value=value)
        for value in (b"\xff\xff", b"", EventEnvelope(stream="elsewhere/0", sequence=1).SerializeToString())
    ]
    await world.consumer.take(garbage)
    await world.consumer.take(garbage)
    letters = await world.dead_letters()
    assert sorted(letter.original for letter in letters) == sorted(record.value for record in garbage)
    assert {letter.reason for letter in letters} == {"ENVELOPE_UNDECODABLE"}
    assert len(await world.dead_letter_events()) == 3


@pytest.mark.parametrize("sequence", [1, 5])
async def test_an_event_that_the_producer_never_published_is_set_aside_and_takes_no_place(world, sequence):
    await world.tell("true", key="n")
    (record,) = await world.records(1)
    forged = EventEnvelope.FromString(record.value)
    forged.sequence = sequence
    forged.payload = NoteWritten(note="n", words="refused").SerializeToString()
    await world.consumer.take(
        [
            Received(
                topic=record.topic,
                partition=record.partition,
                offset=99,
                key=b"n",
                value=forged.SerializeToString(),
            )
        ]
    )
    await world.consumer.take([record])
    assert await world.effects() == numbered("true")
    (letter,) = await world.dead_letters()
    assert (letter.reason, letter.stream) == ("EVENT_UNKNOWN", None)


async def test_what_may_pass_by_itself_is_never_set_aside(world):
    await world.tell("a", "away", "c")
    await world.consumer.take(await world.records(3))
    assert await world.effects() == []
    assert await world.dead_letters() == []

    async def recovered(uow, envelope, message):
        message.words = message.words.replace("away", "back")
        await uow.take(envelope, message)

    later = world.make_consumer({NoteWritten: recovered})
    await later.watch_once()
    await later.watch_once()
    assert await world.effects() == numbered("a", "back", "c")


async def test_a_connection_cut_in_a_handler_is_tried_again_with_one_effect(world):
    cuts = 0

    async def cut_once(uow, envelope, message):
        nonlocal cuts
        await uow.take(envelope, message)
        if cuts == 0:
            cuts += 1
            pid = (await uow.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with world.database.begin() as other:
                await other.connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    await world.tell("a", "b")
    await world.make_consumer({NoteWritten: cut_once}).take(await world.records(2))
    assert cuts == 1
    assert await world.effects() == numbered("a", "b")


async def test_two_replicas_given_the_same_records_have_one_effect_each(world):
    await world.tell(*(f"{number}" for number in range(20)))
    records = await world.records(20)
    other = world.make_consumer()
    await asyncio.gather(world.consumer.take(records), other.take(records))
    assert await world.effects() == numbered(*(f"{number}" for number in range(20)))
    assert (await world.counters()).duplicate_count == 20


async def test_a_dead_letter_is_redriven_once(world):
    await world.tell("refused")
    await world.consumer.take(await world.records(1))
    (letter,) = await world.dead_letters()
    with pytest.raises(Refused):
        await world.consumer.redrive(letter.dead_letter_id)

    async def mended(uow, envelope, message):
        message.words = "mended"
        await uow.take(envelope, message)

    later = world.make_consumer({NoteWritten: mended})
    await later.redrive(letter.dead_letter_id)
    await later.redrive(letter.dead_letter_id)
    assert await world.effects() == numbered("mended")
    (letter,) = await world.dead_letters()
    assert letter.redriven_time == world.clock.now()


async def test_a_dead_letter_that_is_unknown_or_no_event_is_not_redriven(world):
    await world.consumer.take([Received(topic=NOTES_TOPIC, partition=0, offset=1, key=b"", value=b"\xff")])
    (letter,) = await world.dead_letters()
    with pytest.raises(EnvelopeUndecodable):
        await world.consumer.redrive(letter.dead_letter_id)
    async with world.database.begin() as transaction:
        await transaction.connection.execute(text("DELETE FROM kernel_dead_letter"))
    with pytest.raises(DeadLetterNotFound):
        await world.consumer.redrive(letter.dead_letter_id)


async def test_the_running_consumer_follows_the_relay_and_commits_behind_the_database(world):
    consuming = asyncio.create_task(world.consumer.run())
    relaying = asyncio.create_task(world.relay.run())
    await world.tell("a", "b", "c")
    async with world.notary.snapshot() as connection:
        (stream,) = await stream_heads(connection)
    async with asyncio.timeout(10):
        while not await world.consumer.progress.wait(
            {stream: 3}, until=asyncio.get_running_loop().time() + 5
        ):
            pass
    for task in (consuming, relaying):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await world.effects() == numbered("a", "b", "c")
