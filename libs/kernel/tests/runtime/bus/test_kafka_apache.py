import asyncio
import itertools
import os

import pytest
from ets.topics import Topic
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.embedded.apache_kafka import ApacheKafka, ApacheKafkaMissing, find_libs
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_topics import ensure_topics
from ets_kernel.testing.bus_contract import (
    PARTITIONS,
    PATIENCE_SECONDS,
    BusContract,
    SharedGroupContract,
    collect_numbers,
    records_of,
    started,
)

pytestmark = [pytest.mark.apache_kafka, pytest.mark.slow]

numbers = itertools.count()


def topic_named(name: str, partitions: int = PARTITIONS) -> Topic:
    return Topic(name=name, key="key", partitions=partitions, producer="", consumers=(), retention_hours=1)


class ApacheHarness:
    def __init__(self, kafka: ApacheKafka, make_options) -> None:
        number = next(numbers)
        self.topics = (f"ets.test{number}.one.v1", f"ets.test{number}.other.v1")
        self.kafka = kafka
        self._make_options = make_options
        self._buses: list[KafkaBus] = []

    async def start(self) -> None:
        await ensure_topics(self.kafka.address, [topic_named(name) for name in self.topics])

    def bus(self, *, publish_timeout_seconds: float = PATIENCE_SECONDS) -> KafkaBus:
        bus = KafkaBus(
            self.kafka.address,
            partitions=dict.fromkeys(self.topics, PARTITIONS),
            options=self._make_options(publish_timeout_seconds),
        )
        self._buses.append(bus)
        return bus

    async def down(self) -> None:
        await asyncio.to_thread(self.kafka.kill)

    async def up(self) -> None:
        await asyncio.to_thread(self.kafka.start)

    async def come_back_empty(self) -> None:
        await self.down()
        self.kafka.erase()
        await self.up()
        await self.start()

    async def stop(self) -> None:
        for bus in self._buses:
            await bus.stop()


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory):
    try:
        libs = find_libs()
    except ApacheKafkaMissing as missing:
        if os.environ.get("ETS_REQUIRE_KAFKA") == "1":
            pytest.fail(f"ETS_REQUIRE_KAFKA=1, but {missing}")
        pytest.skip(f"NOT TESTED ON APACHE KAFKA: {missing}")
    kafka = ApacheKafka(libs, tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture
async def harness(apache_kafka, make_options):
    harness = ApacheHarness(apache_kafka, make_options)
    await harness.start()
    yield harness
    await harness.stop()


class TestKafkaBusOnApacheKafka(BusContract):
    pass


class TestGroupsOnApacheKafka(SharedGroupContract):
    pass


async def test_a_broker_that_freezes_for_longer_than_a_request_is_waited_for(harness):
    bus = harness.bus()
    await bus.start()
    consumer = await started(bus, "frozen", harness.topics[0])
    await bus.publish(records_of(harness.topics[0], 3))
    await collect_numbers(consumer, {0, 1, 2})
    harness.kafka.pause()
    publication = asyncio.create_task(bus.publish(records_of(harness.topics[0], 3, first=3)))
    try:
        for _ in range(3):
            await consumer.poll(10, 1.0)
    finally:
        harness.kafka.resume()
    await publication
    await collect_numbers(consumer, {3, 4, 5})


async def test_topics_are_made_once_and_never_repartitioned(harness):
    await ensure_topics(harness.kafka.address, [topic_named(harness.topics[0])])
    with pytest.raises(BrokenClaim):
        await ensure_topics(harness.kafka.address, [topic_named(harness.topics[0], partitions=6)])
