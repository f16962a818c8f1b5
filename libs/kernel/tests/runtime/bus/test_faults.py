from collections import Counter

import pytest
from ets_kernel.runtime.bus.faults import FaultyBus
from ets_kernel.runtime.bus.memory import MemoryBroker, MemoryBus
from ets_kernel.testing.bus_contract import PARTITIONS, records_of, started

TOPIC = "ets.test.one.v1"


async def deliveries(seed: int) -> list[int]:
    bus = FaultyBus(MemoryBus(MemoryBroker({TOPIC: PARTITIONS})), seed=seed)
    await bus.start()
    await bus.publish(records_of(TOPIC, 30))
    consumer = await started(bus, "group", TOPIC)
    delivered = []
    while batch := await consumer.poll(7, 0.01):
        delivered.extend(int(record.value) for record in batch)
    await bus.stop()
    return delivered


async def test_every_record_is_delivered_twice():
    assert Counter(await deliveries(seed=1)) == Counter(dict.fromkeys(range(30), 2))


async def test_deliveries_are_shuffled():
    delivered = await deliveries(seed=1)
    assert delivered != sorted(delivered)


async def test_the_same_seed_gives_the_same_deliveries():
    assert await deliveries(seed=7) == await deliveries(seed=7)


async def test_another_seed_gives_other_deliveries():
    assert await deliveries(seed=7) != await deliveries(seed=8)


@pytest.mark.parametrize("polls", [1, 2, 3])
async def test_nothing_is_lost_when_a_consumer_stops_between_two_halves_of_a_delivery(polls):
    broker = MemoryBroker({TOPIC: PARTITIONS})
    bus = FaultyBus(MemoryBus(broker), seed=3)
    await bus.start()
    await bus.publish(records_of(TOPIC, 30))
    first = await started(bus, "group", TOPIC)
    seen = set()
    for _ in range(polls):
        seen |= {int(record.value) for record in await first.poll(7, 0.01)}
        await first.commit()
    await first.stop()
    second = await started(bus, "group", TOPIC)
    while batch := await second.poll(7, 0.01):
        seen |= {int(record.value) for record in batch}
    await bus.stop()
    assert seen == set(range(30))
