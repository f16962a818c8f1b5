"""Malformed messages on every topic that somebody consumes: each is set aside, and the window goes on as if without."""

from datetime import date

import pytest
from ets.common.v1.event_pb2 import DeadLetter, EventEnvelope
from ets.topics import TOPICS
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Record
from small_plan import brief_plan
from system import counters, digests, running

pytestmark = [pytest.mark.xdist_group("in_process"), pytest.mark.slow]

PLAYED_TO = date(2021, 10, 27)
CONSUMED = {name: topic for name, topic in TOPICS.items() if topic.consumers}
DEAD_LETTERS = [name for name in TOPICS if ".dead-letters." in name]
FAR_AHEAD = 1_000_000
# Longer than any busy machine needs; a consumer that does not listen to its topic is found after it.
SILENCE_SECONDS = 60.0


def records() -> list[Record]:
    """Make three malformed records for each topic: no envelope, an envelope of nothing, an event nobody published."""
    found = []
    for name in CONSUMED:
        stream = f"{name}/0"
        unknown = EventEnvelope(
            event_id="4b6c1f0e-0000-5000-8000-000000000000", type="ets.nobody.v1.Nothing", stream=stream,
            sequence=FAR_AHEAD, aggregate="nothing", aggregate_id="nobody", payload=b"\xff\xff", producer="nobody",
        )  # fmt: skip
        values = (b"\xff\xfe no envelope", EventEnvelope().SerializeToString(), unknown.SerializeToString())
        found += [Record(topic=name, partition=0, key=b"nobody", value=value) for value in values]
    return found


async def dead_letters(bus: MemoryBus, count: int) -> list[DeadLetter]:
    """Read the topics of dead letters until so many have come, or no more come."""
    consumer = bus.subscribe("people", DEAD_LETTERS)
    await consumer.start()
    found: list[DeadLetter] = []
    while len(found) < count and (batch := await consumer.poll(count, SILENCE_SECONDS)):
        found += [DeadLetter.FromString(EventEnvelope.FromString(one.value).payload) for one in batch]
    await consumer.stop()
    return found


async def test_malformed_messages_are_set_aside_and_change_nothing(postgres_server, tmp_path, clean):
    async with running(postgres_server, tmp_path) as system:
        await system.play(brief_plan(), PLAYED_TO)
        before = await digests(system.world)
        bus = MemoryBus(system.broker)
        await bus.start()
        sent = records()
        await bus.publish(sent)
        expected = {
            (consumer, record.topic, record.value)
            for record in sent
            for consumer in TOPICS[record.topic].consumers
        }
        letters = await dead_letters(bus, len(expected))
        await bus.stop()

        assert {(one.consumer, one.topic, one.original) for one in letters} == expected
        assert all(one.reason for one in letters)
        assert await digests(system.world) == before
        await system.play(brief_plan())
        assert await digests(system.world) == clean
        told = [await counters(system.world, service) for service in system.databases]
        assert sum(one.dead_letter_count for one in told) == len(expected)
