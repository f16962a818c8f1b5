"""The outbox: what a service has to tell, written in the transaction that made it true.

OUT-1  Events of one stream are numbered 1, 2, 3 … in commit order, whichever transactions they come from.
OUT-2  Events of one aggregate are in one stream, in the order in which they were published.
OUT-3  The envelope of a stored event is the same bytes whenever it is read, so its id is made of stream and
       number.
"""

import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ets.common.v1.event_pb2 import EventEnvelope
from ets.topics import TOPICS
from google.protobuf.message import Message
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.runtime import telemetry

EVENT_NAMESPACE: Final = uuid.UUID("b6f5c2a4-9d0e-5b7a-8f63-2f1d0a4c7e90")

# One statement: the streams are locked in the order of the first array (which is sorted by name), their heads
# move, and the rows get the numbers behind the old heads. Being the last statement, it holds the locks only
# for the commit.
_APPEND: Final = text("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:streams AS text[]), CAST(:counts AS bigint[])) AS wanted (stream, count)
), head AS (
    INSERT INTO kernel_outbox_stream AS known (stream, head_sequence) SELECT stream, count FROM wanted
    ON CONFLICT (stream) DO UPDATE SET head_sequence = known.head_sequence + excluded.head_sequence
    RETURNING stream, head_sequence
)
INSERT INTO kernel_outbox (
    stream, sequence, topic, partition, type, aggregate, aggregate_id, aggregate_version, flow_id,
    occurred_time, payload, traceparent
)
SELECT event.stream, head.head_sequence - wanted.count + event.ordinal, event.topic, event.partition,
       event.type, event.aggregate, event.aggregate_id, event.aggregate_version, event.flow_id,
       event.occurred_time, event.payload, :traceparent
FROM unnest(
    CAST(:stream AS text[]), CAST(:ordinal AS bigint[]), CAST(:topic AS text[]), CAST(:partition AS int[]),
    CAST(:type AS text[]), CAST(:aggregate AS text[]), CAST(:aggregate_id AS text[]),
    CAST(:aggregate_version AS bigint[]), CAST(:flow_id AS text[]), CAST(:occurred_time AS timestamptz[]),
    CAST(:payload AS bytea[])
) AS event (
    stream, ordinal, topic, partition, type, aggregate, aggregate_id, aggregate_version, flow_id,
    occurred_time, payload
)
JOIN wanted ON wanted.stream = event.stream
JOIN head ON head.stream = event.stream
""")
_COLUMNS: Final = (
    "stream",
    "ordinal",
    "topic",
    "partition",
    "type",
    "aggregate",
    "aggregate_id",
    "aggregate_version",
    "flow_id",
    "occurred_time",
    "payload",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """A fact on its way to the outbox. Versions count from 1; 0 where the aggregate has none."""

    topic: str
    aggregate: str
    aggregate_id: str
    message: Message
    occurred_time: datetime
    aggregate_version: int = 0
    flow_id: str = ""


def partition_of(topic: str, aggregate_id: str) -> int:
    """Give the partition of an aggregate: CRC-32 of its id modulo the topic's partitions in the catalogue."""
    return zlib.crc32(aggregate_id.encode()) % TOPICS[topic].partitions


def stream_name(topic: str, partition: int) -> str:
    """Name the stream of a partition."""
    return f"{topic}/{partition}"


def topic_of(stream: str) -> str:
    """Give the topic of a stream."""
    return stream.rpartition("/")[0]


async def append(connection: AsyncConnection, events: Sequence[OutgoingEvent]) -> None:
    """Give the events their numbers and write them, as the last statement before the commit."""
    counts: dict[str, int] = {}
    rows: list[tuple[object, ...]] = []
    for event in events:
        partition = partition_of(event.topic, event.aggregate_id)
        stream = stream_name(event.topic, partition)
        counts[stream] = counts.get(stream, 0) + 1
        rows.append(
            (
                stream,
                counts[stream],
                event.topic,
                partition,
                event.message.DESCRIPTOR.full_name,
                event.aggregate,
                event.aggregate_id,
                event.aggregate_version,
                event.flow_id,
                event.occurred_time,
                event.message.SerializeToString(deterministic=True),
            )
        )
    columns = {name: list(column) for name, column in zip(_COLUMNS, zip(*rows, strict=True), strict=True)}
    in_order = sorted(counts.items())
    await connection.execute(
        _APPEND,
        {
            **columns,
            "streams": [stream for stream, _ in in_order],
            "counts": [count for _, count in in_order],
            "traceparent": telemetry.traceparent(),
        },
    )


def event_id(stream: str, sequence: int) -> str:
    """Give the id of an event, the same for the same place in the same stream."""
    return str(uuid.uuid5(EVENT_NAMESPACE, f"{stream}#{sequence}"))


def envelope_of(row: Row[Any]) -> EventEnvelope:
    """Wrap a stored outbox row for the wire."""
    envelope = EventEnvelope(
        event_id=event_id(row.stream, row.sequence),
        type=row.type,
        stream=row.stream,
        sequence=row.sequence,
        aggregate=row.aggregate,
        aggregate_id=row.aggregate_id,
        aggregate_version=row.aggregate_version,
        flow_id=row.flow_id,
        traceparent=row.traceparent,
        payload=row.payload,
        producer=TOPICS[row.topic].producer,
    )
    envelope.occurred_time.FromDatetime(row.occurred_time)
    envelope.recorded_time.FromDatetime(row.recorded_time)
    return envelope
