# ruff: noqa: D102  (the name of a test is a sentence and needs no second one)
"""What every bus must do, as tests: subclass `BusContract` and give it a `harness` fixture.

The numbers BUS-1 to BUS-6 are those of `ets_kernel.runtime.bus.port`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import pytest

from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.runtime.bus.port import Bus, BusConsumer, BusUnavailable, Received, Record

PARTITIONS = 3
PATIENCE_SECONDS = 40.0
MIB = 1024 * 1024


class BusHarness(Protocol):
    """A broker under test. `topics` are two empty topics of three partitions that no other test uses."""

    topics: tuple[str, str]

    def bus(self, *, publish_timeout_seconds: float = PATIENCE_SECONDS) -> Bus:
        """Return a new bus, as another process would make it; the harness stops it after the test."""

    async def down(self) -> None:
        """Make the broker unreachable."""

    async def up(self) -> None:
        """Bring it back with its records and groups."""

    async def come_back_empty(self) -> None:
        """End the broker and start it with the same topics, but no record and no group."""


def records_of(topic: str, count: int, *, first: int = 0) -> list[Record]:
    """Return numbered records, spread over the partitions by their number."""
    return [
        Record(
            topic=topic,
            partition=number % PARTITIONS,
            key=f"key-{number % PARTITIONS}".encode(),
            value=str(number).encode(),
            headers={"number": str(number)},
        )
        for number in range(first, first + count)
    ]


async def collect(consumer: BusConsumer, count: int) -> list[Received]:
    """Poll until so many records came, or patience ends."""
    received: list[Received] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(received) < count and time.monotonic() < deadline:
        received.extend(await consumer.poll(500, 0.5))
    return received


async def collect_numbers(consumer: BusConsumer, numbers: set[int]) -> None:
    """Poll until each of these numbers came at least once; fail when patience ends."""
    missing = set(numbers)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while missing and time.monotonic() < deadline:
        missing -= {int(record.value) for record in await consumer.poll(500, 0.5)}
    assert not missing


def numbers_by_partition(received: Sequence[Received]) -> dict[int, list[int]]:
    """Return the numbers of the records per partition, in the order of delivery."""
    found: dict[int, list[int]] = defaultdict(list)
    for record in received:
        found[record.partition].append(int(record.value))
    return dict(found)


async def started(bus: Bus, group: str, *topics: str) -> BusConsumer:
    """Return a consumer that has begun to join its group."""
    consumer = bus.subscribe(group, topics)
    await consumer.start()
    return consumer


class BusContract:
    """The promises of the port. One subclass per bus."""

    async def test_records_of_one_partition_arrive_in_the_order_of_publication(
        self, harness: BusHarness
    ) -> None:
        bus = harness.bus()
        await bus.start()
        for first in range(0, 90, 30):
            await bus.publish(records_of(harness.topics[0], 30, first=first))
        received = await collect(await started(bus, "order", harness.topics[0]), 90)
        by_partition = {p: list(range(p, 90, PARTITIONS)) for p in range(PARTITIONS)}
        assert numbers_by_partition(received) == by_partition

    async def test_partition_key_value_and_headers_arrive_as_they_were_given(
        self, harness: BusHarness
    ) -> None:
        bus = harness.bus()
        await bus.start()
        sent = Record(
            topic=harness.topics[1],
            partition=2,
            key=b"\x00\xff",
            value=bytes(range(256)),
            headers={"traceparent": "00-ab-cd-01", "flow": "履约"},
        )
        await bus.publish([sent])
        consumer = await started(bus, "bytes", *harness.topics)
        (received,) = await collect(consumer, 1)
        assert (received.topic, received.partition) == (sent.topic, sent.partition)
        assert (received.key, received.value) == (sent.key, sent.value)
        assert dict(received.headers) == dict(sent.headers)

    async def test_offsets_rise_within_a_partition(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 30))
        received = await collect(await started(bus, "offsets", harness.topics[0]), 30)
        for partition in range(PARTITIONS):
            offsets = [record.offset for record in received if record.partition == partition]
            assert offsets == sorted(set(offsets))

    async def test_what_was_acknowledged_can_be_read_by_another_process(self, harness: BusHarness) -> None:
        writer, reader = harness.bus(), harness.bus()
        await writer.start()
        await reader.start()
        await writer.publish(records_of(harness.topics[0], 1))
        await writer.stop()
        assert len(await collect(await started(reader, "other", harness.topics[0]), 1)) == 1

    async def test_a_group_goes_on_after_what_it_committed(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 30))
        consumer = await started(bus, "resume", harness.topics[0])
        await collect(consumer, 30)
        await consumer.commit()
        await consumer.stop()
        await bus.publish(records_of(harness.topics[0], 6, first=30))
        received = await collect(await started(bus, "resume", harness.topics[0]), 6)
        assert sorted(int(record.value) for record in received) == list(range(30, 36))

    async def test_what_was_not_committed_comes_again(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 12))
        consumer = await started(bus, "again", harness.topics[0])
        first = await collect(consumer, 12)
        await consumer.stop()
        second = await collect(await started(bus, "again", harness.topics[0]), 12)
        assert numbers_by_partition(second) == numbers_by_partition(first)

    async def test_groups_do_not_see_each_other(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 12))
        one = await started(bus, "one", harness.topics[0])
        other = await started(bus, "other", harness.topics[0])
        await collect(one, 12)
        await one.commit()
        assert len(await collect(other, 12)) == 12

    @pytest.mark.parametrize("size_bytes", [MIB, 3 * MIB])
    async def test_large_records_pass_whole(self, harness: BusHarness, size_bytes: int) -> None:
        bus = harness.bus()
        await bus.start()
        value = bytes(size_bytes - 8) + b"the end."
        await bus.publish([Record(topic=harness.topics[0], partition=0, key=b"k", value=value)])
        (received,) = await collect(await started(bus, "large", harness.topics[0]), 1)
        assert received.value == value

    async def test_many_records_pass_in_order(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        consumer = await started(bus, "many", harness.topics[0])
        for first in range(0, 6000, 1000):
            await bus.publish(records_of(harness.topics[0], 1000, first=first))
        received = await collect(consumer, 6000)
        by_partition = {p: list(range(p, 6000, PARTITIONS)) for p in range(PARTITIONS)}
        assert numbers_by_partition(received) == by_partition

    async def test_a_poll_gives_no_more_than_asked(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 12))
        consumer = await started(bus, "few", harness.topics[0])
        received: list[Received] = []
        while len(received) < 12:
            batch = await consumer.poll(5, 0.5)
            assert len(batch) <= 5
            received.extend(batch)
        assert {int(record.value) for record in received} == set(range(12))

    async def test_an_empty_topic_gives_nothing_and_the_consumer_is_live(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        consumer = await started(bus, "empty", harness.topics[0])
        assert list(await consumer.poll(10, 0.2)) == []
        assert consumer.progress.lag_records == 0
        assert consumer.progress.is_live

    async def test_publications_under_way_are_finished_by_stop(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        tasks = [
            asyncio.create_task(bus.publish(records_of(harness.topics[0], 1, first=number)))
            for number in range(20)
        ]
        await asyncio.sleep(0)
        await bus.stop()
        await asyncio.gather(*tasks)
        reader = harness.bus()
        await reader.start()
        await collect_numbers(await started(reader, "drained", harness.topics[0]), set(range(20)))

    async def test_unknown_topics_and_partitions_are_bugs(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        with pytest.raises(BrokenClaim):
            await bus.publish([Record(topic="ets.unknown.v1", partition=0, key=b"", value=b"")])
        with pytest.raises(BrokenClaim):
            await bus.publish([Record(topic=harness.topics[0], partition=PARTITIONS, key=b"", value=b"")])
        with pytest.raises(BrokenClaim):
            bus.subscribe("group", ["ets.unknown.v1"])

    async def test_a_publication_waits_for_a_broker_that_is_away(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 3))
        consumer = await started(bus, "outage", harness.topics[0])
        await collect_numbers(consumer, {0, 1, 2})
        await harness.down()
        publication = asyncio.create_task(bus.publish(records_of(harness.topics[0], 3, first=3)))
        assert list(await consumer.poll(10, 0.3)) == []
        assert not publication.done()
        await harness.up()
        await publication
        await collect_numbers(consumer, {3, 4, 5})
        assert consumer.progress.is_live

    async def test_a_publication_gives_up_when_the_broker_stays_away(self, harness: BusHarness) -> None:
        bus = harness.bus(publish_timeout_seconds=0.5)
        await bus.start()
        await harness.down()
        with pytest.raises(BusUnavailable):
            await bus.publish(records_of(harness.topics[0], 1))
        await harness.up()

    async def test_a_bus_starts_before_its_broker(self, harness: BusHarness) -> None:
        await harness.down()
        bus = harness.bus()
        await bus.start()
        consumer = await started(bus, "early", harness.topics[0])
        assert list(await consumer.poll(10, 0.2)) == []
        await harness.up()
        await bus.publish(records_of(harness.topics[0], 3))
        await collect_numbers(consumer, {0, 1, 2})

    async def test_a_broker_that_comes_back_empty_is_read_from_its_beginning(
        self, harness: BusHarness
    ) -> None:
        bus = harness.bus()
        await bus.start()
        await bus.publish(records_of(harness.topics[0], 30))
        consumer = await started(bus, "emptied", harness.topics[0])
        await collect_numbers(consumer, set(range(30)))
        await consumer.commit()
        await harness.come_back_empty()
        await bus.publish(records_of(harness.topics[0], 3, first=100))
        await collect_numbers(consumer, {100, 101, 102})
        await consumer.commit()

    async def test_stopping_twice_changes_nothing(self, harness: BusHarness) -> None:
        bus = harness.bus()
        await bus.start()
        consumer = await started(bus, "twice", harness.topics[0])
        await consumer.stop()
        await consumer.stop()
        await bus.stop()
        await bus.stop()


class SharedGroupContract:
    """Several members of one group; the embedded broker can't, and the platform runs one member per group there."""

    async def test_members_share_the_partitions_and_take_over_from_one_that_left(
        self, harness: BusHarness
    ) -> None:
        bus = harness.bus()
        await bus.start()
        one = await started(bus, "shared", harness.topics[0])
        other = await started(bus, "shared", harness.topics[0])
        found: dict[BusConsumer, set[int]] = {one: set(), other: set()}
        published = 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        # Whoever joins first is given all until the other has joined, so more is published until both had their share.
        while not all(found.values()) and time.monotonic() < deadline:
            await bus.publish(records_of(harness.topics[0], 30, first=published))
            published += 30
            for member, numbers in found.items():
                numbers |= {int(record.value) for record in await member.poll(500, 0.2)}
        assert all(found.values())
        while set.union(*found.values()) != set(range(published)) and time.monotonic() < deadline:
            for member, numbers in found.items():
                numbers |= {int(record.value) for record in await member.poll(500, 0.2)}
        assert set.union(*found.values()) == set(range(published))
        await other.commit()
        await other.stop()
        await bus.publish(records_of(harness.topics[0], 30, first=published))
        await collect_numbers(one, set(range(published, published + 30)))
