"""The bus in memory: a broker for tests and for several services in one process.

`MemoryBroker` is the broker; give the same one to every `MemoryBus` that should meet there. It can be taken
down and brought back, with or without its records, to rehearse what a real broker does.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.bus.port import (
    BusUnavailable,
    Progress,
    Received,
    Record,
    catalogue_partitions,
    check_records,
)

TopicPartition = tuple[str, int]
PUBLISH_TIMEOUT_SECONDS = 30.0


@dataclass
class _Group:
    """What the broker knows of one group: its stored positions and its present members, oldest first."""

    committed: dict[TopicPartition, int] = field(default_factory=dict)
    members: list["MemoryConsumer"] = field(default_factory=list)


class MemoryBroker:
    """Topics, partitions, records and groups of one broker, kept in this process."""

    def __init__(self, partitions: Mapping[str, int] | None = None) -> None:
        self.partitions = catalogue_partitions() if partitions is None else dict(partitions)
        self._logs: dict[TopicPartition, list[Received]] = defaultdict(list)
        self._groups: dict[str, _Group] = defaultdict(_Group)
        self._is_up = asyncio.Event()
        self._is_up.set()
        self._changed = asyncio.Event()

    def down(self) -> None:
        """Make the broker unreachable: publications wait and polls stay empty."""
        self._is_up.clear()

    def up(self) -> None:
        """Make the broker reachable again."""
        self._is_up.set()
        self._announce()

    def forget(self) -> None:
        """Drop every record and every stored position, as an embedded broker does when it restarts."""
        self._logs.clear()
        for group in self._groups.values():
            group.committed.clear()
            _assign(group, self.partitions)
        self._announce()

    async def append(self, records: Sequence[Record]) -> None:
        """Store records, once the broker is up."""
        await self._is_up.wait()
        for record in records:
            log = self._logs[record.topic, record.partition]
            log.append(
                Received(
                    topic=record.topic,
                    partition=record.partition,
                    offset=len(log),
                    key=record.key,
                    value=record.value,
                    headers=dict(record.headers),
                )
            )
        self._announce()

    def join(self, consumer: "MemoryConsumer") -> None:
        """Add a member and share the group's partitions out again."""
        group = self._groups[consumer.group]
        group.members.append(consumer)
        _assign(group, self.partitions)

    def leave(self, consumer: "MemoryConsumer") -> None:
        """Take a member out and share its partitions out."""
        group = self._groups[consumer.group]
        if consumer in group.members:
            group.members.remove(consumer)
            _assign(group, self.partitions)

    def read(self, at: TopicPartition, offset: int, max_records: int) -> Sequence[Received]:
        """Return stored records from an offset on; none while the broker is down."""
        return self._logs[at][offset : offset + max_records] if self._is_up.is_set() else ()

    def end(self, at: TopicPartition) -> int:
        """Return the offset that the next record of the partition will get."""
        return len(self._logs[at])

    def store(self, group: str, positions: Mapping[TopicPartition, int]) -> None:
        """Store a group's positions, unless the broker is down."""
        if self._is_up.is_set():
            self._groups[group].committed.update(positions)

    async def wait_for_change(self) -> None:
        """Wait until records were appended or the broker changed state."""
        await self._changed.wait()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class MemoryBus:
    """One process's view of a memory broker."""

    def __init__(
        self, broker: MemoryBroker | None = None, *, publish_timeout_seconds: float = PUBLISH_TIMEOUT_SECONDS
    ) -> None:
        self.broker = MemoryBroker() if broker is None else broker
        self._publish_timeout_seconds = publish_timeout_seconds
        self._consumers: list[MemoryConsumer] = []
        self._turn = asyncio.Lock()
        self._is_started = False

    async def start(self) -> None:
        """Make the bus ready to publish."""
        self._is_started = True

    async def stop(self) -> None:
        """Wait for publications under way, then stop the bus and its consumers."""
        self._is_started = False
        async with self._turn:
            for consumer in self._consumers:
                await consumer.stop()

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish all records; raises BusUnavailable when the broker stays down."""
        ensure(self._is_started, "a bus is started before it publishes")
        check_records(records, self.broker.partitions)
        try:
            async with asyncio.timeout(self._publish_timeout_seconds), self._turn:
                await self.broker.append(records)
        except TimeoutError as cause:
            raise BusUnavailable("the memory broker is down") from cause

    def subscribe(self, group: str, topics: Sequence[str]) -> "MemoryConsumer":
        """Make a consumer of the topics, not yet started."""
        consumer = MemoryConsumer(self.broker, group, topics)
        self._consumers.append(consumer)
        return consumer


class MemoryConsumer:
    """One member of one group on a memory broker."""

    def __init__(self, broker: MemoryBroker, group: str, topics: Sequence[str]) -> None:
        for topic in topics:
            ensure(topic in broker.partitions, f"topic {topic} is in the catalogue")
        self.group = group
        self.topics = tuple(topics)
        self._broker = broker
        self._positions: dict[TopicPartition, int] = {}
        self._turn = 0
        self._polled_at = time.monotonic()
        self._moved_at = self._polled_at

    async def start(self) -> None:
        """Join the group."""
        self._polled_at = self._moved_at = time.monotonic()
        self._broker.join(self)

    async def stop(self) -> None:
        """Leave the group without committing."""
        self._broker.leave(self)
        self._positions = {}

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Take over partitions at the positions that the group has stored; the broker calls this."""
        self._positions = dict(positions)

    async def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Received]:
        """Return up to `max_records`, waiting for the first."""
        self._polled_at = time.monotonic()
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := self._take(max_records)):
                    await self._broker.wait_for_change()
        except TimeoutError:
            return ()
        finally:
            self._polled_at = time.monotonic()
        self._moved_at = self._polled_at
        return found

    async def commit(self) -> None:
        """Store the position after everything that was polled so far."""
        self._broker.store(self.group, self._positions)

    @property
    def progress(self) -> Progress:
        """Tell how far the consumer is; a memory consumer is always live."""
        now = time.monotonic()
        lag = sum(max(0, self._broker.end(at) - position) for at, position in self._positions.items())
        return Progress(
            last_poll_age_seconds=now - self._polled_at,
            lag_records=lag,
            stalled_seconds=now - self._moved_at if lag else 0.0,
            rebuilds=0,
            is_live=True,
        )

    def _take(self, max_records: int) -> list[Received]:
        """Take records partition by partition, beginning with another partition each time."""
        assigned = list(self._positions)
        found: list[Received] = []
        for step in range(len(assigned)):
            at = assigned[(self._turn + step) % len(assigned)]
            records = self._broker.read(at, self._positions[at], max_records - len(found))
            self._positions[at] += len(records)
            found.extend(records)
        self._turn += 1
        return found


def _assign(group: _Group, partitions: Mapping[str, int]) -> None:
    """Share each topic's partitions out among the members that read it."""
    shares: dict[int, dict[TopicPartition, int]] = defaultdict(dict)
    for topic, count in partitions.items():
        readers = [index for index, member in enumerate(group.members) if topic in member.topics]
        for partition in range(count if readers else 0):
            at = (topic, partition)
            shares[readers[partition % len(readers)]][at] = group.committed.get(at, 0)
    for index, member in enumerate(group.members):
        member.assign(shares[index])
