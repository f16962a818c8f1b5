"""The bus: what the outbox relay and the consumers need from a broker, and nothing more.

Transport only: the outbox is the log of record and the inbox makes effects happen once, so a bus may deliver
a record twice and may forget everything. What it does promise, and `ets_kernel.testing.bus_contract` checks:

BUS-1  `publish` returns only when every record can be read; until then the caller must offer it again.
BUS-2  Records of one partition are delivered in the order in which they were published.
BUS-3  A record goes to the partition it names; key, value and headers arrive byte for byte.
BUS-4  A group that stops before `commit` is given the same records again; after a commit, what follows.
BUS-5  Groups do not see each other. A new group starts at the oldest record that the broker still has.
BUS-6  A broker that comes back empty is read from its beginning: a stored position above its end is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ets.topics import TOPICS

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import Unavailable

RECORD_BYTES_MAX = 4 * 1024 * 1024 - 64 * 1024
"""Largest key + value + headers in bytes: the brokers' 4 MiB message limit less room for framing."""


class BusUnavailable(Unavailable):
    """The broker did not acknowledge in time; the same records may and should be published again."""

    reason = "BUS_UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message on its way to one partition of one topic."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as the broker keeps it; offsets rise within a partition but may have holes."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a consumer is getting on; the readiness and liveness probes and the lag gauge read it.

    `stalled_seconds` is how long the position has stood still while records wait, 0 without a backlog.
    `rebuilds` counts how often in a row the consumer was thrown away and made again without moving since.
    """

    last_poll_age_seconds: float
    lag_records: int
    stalled_seconds: float
    rebuilds: int
    is_live: bool


class BusConsumer(Protocol):
    """One member of one group. Not safe for use by two tasks at once."""

    async def start(self) -> None:
        """Join the group; returns even while the broker is away."""

    async def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Received]:
        """Return up to `max_records`, waiting at most `timeout_seconds` for the first; may be empty."""

    async def commit(self) -> None:
        """Store the position after everything that was polled so far.

        A commit that the broker refuses or that cannot reach it is not an error: the records come again.
        """

    async def stop(self) -> None:
        """Leave the group without committing; a second call changes nothing."""

    @property
    def progress(self) -> Progress:
        """Tell how far the consumer is, without asking the broker."""


class Bus(Protocol):
    """A broker as one process sees it."""

    async def start(self) -> None:
        """Make the bus ready to publish; returns even while the broker is away."""

    async def stop(self) -> None:
        """Wait for publications under way, then close; a second call changes nothing."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish all records, in order within each partition, and return when all are acknowledged.

        Raises BusUnavailable when that takes too long; some of the records may then be on the bus.
        """

    def subscribe(self, group: str, topics: Sequence[str]) -> BusConsumer:
        """Make a consumer of the topics, not yet started."""


def catalogue_partitions() -> dict[str, int]:
    """Return the number of partitions of every topic of the platform's catalogue."""
    return {name: topic.partitions for name, topic in TOPICS.items()}


def check_records(records: Iterable[Record], partitions: Mapping[str, int]) -> None:
    """Claim that records have a known topic and partition, and a size that every broker takes."""
    for record in records:
        ensure(record.topic in partitions, f"topic {record.topic} is in the catalogue")
        ensure(0 <= record.partition < partitions[record.topic], f"{record.topic} has this partition")
        ensure(record_bytes(record) <= RECORD_BYTES_MAX, f"a record of {record.topic} fits in a message")


def record_bytes(record: Record) -> int:
    """Return the size of a record's key, value and headers in bytes."""
    headers = sum(len(name.encode()) + len(text.encode()) for name, text in record.headers.items())
    return len(record.key) + len(record.value) + headers
