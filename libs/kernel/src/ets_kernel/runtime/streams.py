"""Event streams as others see them: reading a service's outbox and its heads, and counting what was consumed.

A consumer repairs a gap by reading the producer's outbox through a `StreamReader`: `GrpcStreamReader` over
the wire, `OutboxReader` where the database is at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import grpc.aio
from ets.common.v1 import stream_service_pb2 as pb
from ets.common.v1.event_pb2 import EventEnvelope
from ets.common.v1.stream_service_pb2_grpc import StreamServiceStub
from ets.topics import TOPICS
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.domain.errors import PeerUnavailable, StreamNotFound
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.outbox import envelope_of, topic_of

if TYPE_CHECKING:
    from ets.common.v1.stream_service_pb2_grpc import StreamServiceAsyncStub

READ_EVENTS_MAX: Final = 1_000
READ_BYTES_MAX: Final = 3 * 1024 * 1024
"""Bytes of events in one answer at most, to stay under gRPC's 4 MiB; the first event is always given."""

_HEADS: Final = text("SELECT stream, head_sequence FROM kernel_outbox_stream ORDER BY stream")
_READ: Final = text("""
SELECT stream, sequence, topic, partition, type, aggregate, aggregate_id, aggregate_version, flow_id,
occurred_time,
       payload, traceparent, recorded_time
FROM kernel_outbox WHERE stream = :stream AND sequence > :after_sequence ORDER BY sequence LIMIT :limit
""")
_COUNTERS: Final = text("""
SELECT (SELECT coalesce(sum(head_sequence), 0) FROM kernel_outbox_stream) AS published_count,
       (SELECT coalesce(sum(last_sequence), 0) FROM kernel_inbox WHERE consumer = :consumer)
       - (SELECT count(*) FROM kernel_dead_letter
          WHERE consumer = :consumer AND stream IS NOT NULL AND redriven_time IS NULL) AS consumed_count,
       (SELECT coalesce(sum(duplicate_count), 0) FROM kernel_inbox WHERE consumer = :consumer) AS
       duplicate_count, (SELECT coalesce(sum(repaired_count), 0) FROM kernel_inbox WHERE consumer = :consumer)
       AS repaired_count, (SELECT count(*) FROM kernel_dead_letter WHERE consumer = :consumer) AS
       dead_letter_count
""")


class StreamReader(Protocol):
    """Whoever can read the outboxes of the services that this one consumes from."""

    async def heads(self, producer: str) -> Mapping[str, int]:
        """Give the last sequence number of every stream that the service has published to."""
        ...

    async def read(self, stream: str, after_sequence: int, limit: int) -> Sequence[EventEnvelope]:
        """Give events after a sequence number, contiguous, at most `limit`; none behind the head."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What messaging has done since the database was made."""

    published_count: int
    consumed_count: int
    duplicate_count: int
    repaired_count: int
    dead_letter_count: int


async def stream_heads(connection: AsyncConnection) -> dict[str, int]:
    """Give the heads of the streams that this service has published to, by name."""
    return {row.stream: row.head_sequence for row in await connection.execute(_HEADS)}


async def stream_counters(connection: AsyncConnection, *, consumer: str) -> Counters:
    """Count what this service has published and consumed."""
    row = (await connection.execute(_COUNTERS, {"consumer": consumer})).one()
    return Counters(**{name: int(value) for name, value in row._asdict().items()})


async def read_stream(
    connection: AsyncConnection, stream: str, *, after_sequence: int, limit: int
) -> list[EventEnvelope]:
    """Read events of a stream in sequence, at most `limit` and at most 3 MiB, but one if there is any."""
    bounded = {"stream": stream, "after_sequence": after_sequence, "limit": min(limit, READ_EVENTS_MAX)}
    events: list[EventEnvelope] = []
    bytes_left = READ_BYTES_MAX
    async for row in await connection.stream(_READ, bounded):
        event = envelope_of(row)
        bytes_left -= event.ByteSize()
        if bytes_left < 0 and events:
            break
        events.append(event)
    return events


class OutboxReader:
    """Reads outboxes from their databases, by service name."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases

    async def heads(self, producer: str) -> Mapping[str, int]:
        """Give the heads of a service's streams."""
        async with self._databases[producer].snapshot() as connection:
            return await stream_heads(connection)

    async def read(self, stream: str, after_sequence: int, limit: int) -> Sequence[EventEnvelope]:
        """Read events of a stream from its producer's outbox."""
        async with self._databases[producer_of(stream)].snapshot() as connection:
            return await read_stream(connection, stream, after_sequence=after_sequence, limit=limit)


class GrpcStreamReader:
    """Reads outboxes through the StreamService of their producers."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._stubs: dict[str, StreamServiceAsyncStub] = {
            service: StreamServiceStub(channel) for service, channel in channels.items()
        }

    async def heads(self, producer: str) -> Mapping[str, int]:
        """Give the heads of a service's streams."""
        answer = await self._stub(producer).ListStreams(pb.ListStreamsRequest())
        return {position.stream: position.sequence for position in answer.produced}

    async def read(self, stream: str, after_sequence: int, limit: int) -> Sequence[EventEnvelope]:
        """Read events of a stream from its producer's outbox; nothing from a stream never written to."""
        request = pb.ReadStreamRequest(stream=stream, after_sequence=after_sequence, limit=limit)
        try:
            answer = await self._stub(producer_of(stream)).ReadStream(request)
        except StreamNotFound:
            return ()
        return answer.events

    def _stub(self, producer: str) -> "StreamServiceAsyncStub":
        if producer not in self._stubs:
            raise PeerUnavailable("no channel to the producer was configured", peer=producer)
        return self._stubs[producer]


def producer_of(stream: str) -> str:
    """Give the service that writes a stream; raises StreamNotFound for a topic outside the catalogue."""
    topic = TOPICS.get(topic_of(stream))
    if topic is None:
        raise StreamNotFound("no such topic", stream=stream)
    return topic.producer
