import pytest
from ets_kernel.embedded.broker import EmbeddedBroker
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.testing.bus_contract import (
    PARTITIONS,
    PATIENCE_SECONDS,
    BusContract,
    collect_numbers,
    numbers_by_partition,
    records_of,
    started,
)

NOT_LEADER, TIMED_OUT, OUT_OF_ORDER_SEQUENCE = 6, 7, 45


class EmbeddedHarness:
    topics = ("ets.test.one.v1", "ets.test.other.v1")

    def __init__(self, make_options) -> None:
        self._partitions = dict.fromkeys(self.topics, PARTITIONS)
        self._make_options = make_options
        self.broker = EmbeddedBroker(self._partitions)
        self._buses: list[KafkaBus] = []

    def bus(self, *, publish_timeout_seconds: float = PATIENCE_SECONDS, **changed: float) -> KafkaBus:
        bus = KafkaBus(
            lambda: self.broker.address,
            partitions=self._partitions,
            options=self._make_options(publish_timeout_seconds, is_sole_member=True, **changed),
        )
        self._buses.append(bus)
        return bus

    async def down(self) -> None:
        self.broker.down()

    async def up(self) -> None:
        self.broker.up()

    async def come_back_empty(self) -> None:
        self.broker.stop()
        self.broker = EmbeddedBroker(self._partitions)

    async def stop(self) -> None:
        for bus in self._buses:
            await bus.stop()
        self.broker.stop()


@pytest.fixture
async def harness(make_options):
    harness = EmbeddedHarness(make_options)
    yield harness
    await harness.stop()


class TestKafkaBusOnTheEmbeddedBroker(BusContract):
    pass


@pytest.mark.parametrize("code", [NOT_LEADER, TIMED_OUT, OUT_OF_ORDER_SEQUENCE])
async def test_a_refused_publication_is_made_again_and_nothing_is_lost(harness, code):
    bus = harness.bus()
    await bus.start()
    await bus.publish(records_of(harness.topics[0], 3))
    harness.broker.fail_next_publications([code, code])
    await bus.publish(records_of(harness.topics[0], 3, first=3))
    await collect_numbers(await started(bus, "refused", harness.topics[0]), set(range(6)))


async def test_a_consumer_that_stands_still_with_a_backlog_is_made_again_and_goes_on(harness):
    bus = harness.bus(stall_seconds=1.0)
    await bus.start()
    await bus.publish(records_of(harness.topics[0], 3))
    consumer = await started(bus, "stuck", harness.topics[0])
    await collect_numbers(consumer, {0, 1, 2})
    await consumer.commit()
    stuck = consumer._client
    stuck.pause(*stuck.assignment())
    await bus.publish(records_of(harness.topics[0], 3, first=3))
    await collect_numbers(consumer, {3, 4, 5})
    assert consumer._client is not stuck
    assert consumer.progress.rebuilds == 0


async def test_a_consumer_that_never_moves_says_that_it_is_not_live(harness, monkeypatch):
    bus = harness.bus(stall_seconds=0.3, rebuilds_max=1)
    await bus.start()
    await bus.publish(records_of(harness.topics[0], 3))
    consumer = await started(bus, "hopeless", harness.topics[0])

    async def nothing(*_arguments, **_options):
        return {}

    monkeypatch.setattr("aiokafka.AIOKafkaConsumer.getmany", nothing)
    while consumer.progress.is_live:
        await consumer.poll(10, 0.05)
    assert consumer.progress.rebuilds == 2
    assert consumer.progress.lag_records == 0


async def test_a_consumer_that_nobody_polls_says_that_it_is_not_live(harness):
    bus = harness.bus(poll_age_max_seconds=0.01)
    consumer = await started(bus, "forgotten", harness.topics[0])
    consumer._polled_at -= 1.0
    assert not consumer.progress.is_live


async def test_progress_counts_the_records_that_wait(harness):
    bus = harness.bus()
    await bus.start()
    await bus.publish(records_of(harness.topics[0], 30))
    consumer = await started(bus, "lag", harness.topics[0])
    received = []
    while not received:
        received = await consumer.poll(5, 0.5)
    # Of a partition that nothing came from yet it may know how much is there, or not.
    waiting_seen = 10 * len(numbers_by_partition(received)) - len(received)
    assert waiting_seen <= consumer.progress.lag_records <= 30 - len(received)
    await collect_numbers(consumer, {int(n) for n in range(30)} - {int(r.value) for r in received})
    assert consumer.progress.lag_records == 0
