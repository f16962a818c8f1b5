"""Consuming: every event takes effect once and in order, whatever bus, database and handlers do."""

import asyncio
import random
import time

import pytest
from ets_kernel.runtime.streams import stream_heads
from ets_kernel.testing.messages import SPARE_TOPIC, NoteTorn, NoteWritten
from ets_kernel.testing.outbox_contract import note, publish
from sqlalchemy import text

pytestmark = pytest.mark.usefixtures("topics")


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


async def test_positions_of_the_bus_are_committed_behind_the_database(world, monkeypatch):
    seen = asyncio.Queue()

    async def look():
        seen.put_nowait(await world.effects())

    monkeypatch.setattr(world.consumer.bus, "commit", look)
    await world.tell("a", "b")
    await world.relay.drain()
    running = asyncio.create_task(world.consumer.run())
    async with asyncio.timeout(20):
        assert await seen.get() == numbered("a", "b")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_running_consumer_follows_the_relay_and_what_the_broker_forgot(world):
    await world.tell("a", "b")
    await world.relay.drain()
    world.bus.broker.forget()
    consumer = world.make_consumer(watch_seconds=0.01)
    tasks = [asyncio.create_task(consumer.run()), asyncio.create_task(world.relay.run())]
    async with world.notary.snapshot() as connection:
        (stream,) = await stream_heads(connection)
    await reached(consumer, {stream: 2})
    await world.tell("c")
    await reached(consumer, {stream: 3})
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert await world.effects() == numbered("a", "b", "c")
    assert (await world.counters()).repaired_count >= 2


async def reached(consumer, positions):
    async with asyncio.timeout(20):
        while not await consumer.progress.wait(positions, until=time.monotonic() + 5):
            pass
