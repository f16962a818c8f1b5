"""Messages that a consumer could not apply: set aside byte for byte, told of, and redriven by hand.

DLQ-1  Setting aside is one transaction: the dead letter, its event, and the inbox position behind it.
DLQ-2  A dead letter's id is made of what came and where, so a redelivery makes no second one.
DLQ-3  Redriving is one transaction: the effect, the dead letter's mark and the event that tells of it; it happens once.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from ets.common.v1.event_pb2 import DeadLetter, DeadLetterRedriven
from ets.topics import TOPICS
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.domain.errors import EtsError, Invalid, NotFound, Refused
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.db import OutgoingEvent, Transaction
from ets_kernel.runtime.deliveries import Delivery, from_bus, undecodable

MESSAGE_CHARACTERS_MAX: Final = 1_000

_NAMESPACE: Final = uuid.UUID("5a3b1f7e-64d2-5c0e-9b8a-7d1e2f3c4b5a")
_INSERT: Final = text("""
INSERT INTO kernel_dead_letter (dead_letter_id, consumer, topic, partition, record_offset, stream, sequence,
handler,
                                reason, message, original, recorded_time)
VALUES (:dead_letter_id, :consumer, :topic, :partition, :record_offset, :stream, :sequence, :handler, :reason,
        :message, :original, :recorded_time)
ON CONFLICT (dead_letter_id) DO NOTHING RETURNING dead_letter_id
""")
_LOCK: Final = text("SELECT * FROM kernel_dead_letter WHERE dead_letter_id = :dead_letter_id FOR UPDATE")
_REDRIVEN: Final = text(
    "UPDATE kernel_dead_letter SET redriven_time = :redriven_time WHERE dead_letter_id = :dead_letter_id"
)
_KEPT: Final = """
SELECT dead_letter_id, topic, partition, record_offset, sequence, handler, reason, message,
       octet_length(original) AS size_bytes, recorded_time, redriven_time,
       CAST(extract(epoch FROM recorded_time) * 1000000 AS bigint) AS recorded_micros
FROM kernel_dead_letter
"""
_GET: Final = text(f"{_KEPT} WHERE dead_letter_id = :dead_letter_id")
_LIST: Final = text(f"""
SELECT * FROM ({_KEPT} WHERE consumer = :consumer AND (:topic = '' OR topic = :topic)
    AND (:reason = '' OR reason = :reason)
    AND (CAST(:is_redriven AS boolean) IS NULL OR (redriven_time IS NOT NULL) = :is_redriven)) AS kept
WHERE (recorded_micros, CAST(dead_letter_id AS text) COLLATE "C") > (CAST(:after_micros AS bigint), :after_id)
ORDER BY recorded_micros, dead_letter_id LIMIT :limit
""")  # noqa: S608

_log = structlog.get_logger(__name__)


class EventUnknown(Invalid):
    """A record claims to be an event that its producer never published. Metadata: stream, sequence."""

    reason = "EVENT_UNKNOWN"


class DeadLetterNotFound(NotFound):
    """There is no such dead letter. Metadata: dead_letter_id."""

    reason = "DEAD_LETTER_NOT_FOUND"


class HandlerFailed(Refused):
    """A handler failed by a bug and not by a refusal; the log has its trace. Metadata: dead_letter_id."""

    reason = "HANDLER_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message is set aside, and by which handler; no handler when it could not be decoded."""

    handler: str
    reason: str
    message: str

    @classmethod
    def of(cls, error: Exception, handler: str) -> "Refusal":
        """Describe an exception for people."""
        if isinstance(error, EtsError):
            return cls(handler=handler, reason=error.reason, message=error.message[:MESSAGE_CHARACTERS_MAX])
        return cls(handler=handler, reason=HandlerFailed.reason, message=_told(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which dead letters to list: empty texts and None stand for any; those behind the key, at most `limit`."""

    topic: str
    reason: str
    is_redriven: bool | None
    after_micros: int
    after_id: str
    limit: int


def dead_letter_topic(service: str) -> str:
    """Give the topic of a service's dead letters; raises LookupError when the catalogue has none."""
    for topic in TOPICS.values():
        if topic.producer == service and ".dead-letters." in topic.name:
            return topic.name
    raise LookupError(f"proto/topics.yaml names no dead-letter topic of {service}")


async def set_aside(
    transaction: Transaction, delivery: Delivery, refusal: Refusal, *, consumer: str, at: datetime
) -> bool:
    """Write a dead letter and tell of it; tell whether it is a new one."""
    place = f"{delivery.stream}#{delivery.sequence}" if delivery.is_decoded else _place(delivery)
    dead_letter_id = uuid.uuid5(_NAMESPACE, f"{consumer}|{place}")
    inserted = await transaction.connection.execute(
        _INSERT,
        {
            "dead_letter_id": dead_letter_id,
            "consumer": consumer,
            "topic": delivery.topic,
            "partition": delivery.partition,
            "record_offset": delivery.offset,
            "stream": delivery.stream if delivery.is_decoded else None,
            "sequence": delivery.sequence if delivery.is_decoded else None,
            "handler": refusal.handler,
            "reason": refusal.reason,
            "message": refusal.message,
            "original": delivery.original,
            "recorded_time": at,
        },
    )
    if inserted.scalar_one_or_none() is None:
        return False
    letter = DeadLetter(
        dead_letter_id=str(dead_letter_id),
        topic=delivery.topic,
        partition=delivery.partition,
        offset=delivery.offset,
        consumer=consumer,
        handler=refusal.handler,
        reason=refusal.reason,
        message=refusal.message,
        original=delivery.original,
    )
    _publish(transaction, letter, delivery, at=at)
    return True


async def lock(connection: AsyncConnection, dead_letter_id: uuid.UUID) -> Row[Any]:
    """Lock a dead letter for redriving; raises DeadLetterNotFound."""
    row = (await connection.execute(_LOCK, {"dead_letter_id": dead_letter_id})).one_or_none()
    if row is None:
        raise DeadLetterNotFound("no such dead letter", dead_letter_id=dead_letter_id)
    return row


def delivery_of(row: Row[Any]) -> Delivery:
    """Give the message of a dead letter as it came; raises ENVELOPE_UNDECODABLE when it names no event."""
    delivery = from_bus(
        Received(
            topic=row.topic,
            partition=row.partition,
            offset=row.record_offset,
            key=b"",
            value=bytes(row.original),
        )
    )
    if not delivery.is_decoded or row.stream is None:
        raise undecodable(delivery)
    return delivery


async def mark_redriven(
    transaction: Transaction, row: Row[Any], delivery: Delivery, *, handler: str, by: str, at: datetime
) -> None:
    """Close a dead letter whose message takes effect in this transaction, and tell of it."""
    await transaction.connection.execute(
        _REDRIVEN, {"dead_letter_id": row.dead_letter_id, "redriven_time": at}
    )
    redriven = DeadLetterRedriven(
        dead_letter_id=str(row.dead_letter_id),
        topic=row.topic,
        consumer=row.consumer,
        handler=handler,
        redriven_by=by,
    )
    _publish(transaction, redriven, delivery, at=at)


@contextmanager
def bugs_refused(dead_letter_id: uuid.UUID) -> Iterator[None]:
    """Raise HandlerFailed for a bug: whoever redrives too early has to be told so, and it is no bug of the call."""
    try:
        yield
    except EtsError:
        raise
    except Exception as error:
        _log.exception("redrive_failed", dead_letter_id=str(dead_letter_id))
        raise HandlerFailed(_told(error), dead_letter_id=dead_letter_id) from error


async def get(connection: AsyncConnection, dead_letter_id: uuid.UUID) -> Row[Any]:
    """Give a dead letter that there is, without its message."""
    return (await connection.execute(_GET, {"dead_letter_id": dead_letter_id})).one()


async def listed(connection: AsyncConnection, *, consumer: str, wanted: Wanted) -> Sequence[Row[Any]]:
    """Give dead letters in the order in which they were set aside, without their messages."""
    return (await connection.execute(_LIST, {"consumer": consumer, **asdict(wanted)})).all()


def _publish(
    transaction: Transaction, message: DeadLetter | DeadLetterRedriven, delivery: Delivery, *, at: datetime
) -> None:
    message.occurred_time.FromDatetime(at)
    transaction.publish(
        OutgoingEvent(
            topic=dead_letter_topic(message.consumer),
            aggregate="dead_letter",
            aggregate_id=message.dead_letter_id,
            occurred_time=at,
            flow_id=delivery.envelope.flow_id,
            message=message,
        )
    )


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:MESSAGE_CHARACTERS_MAX]


def _place(delivery: Delivery) -> str:
    # The offset alone would not do: a broker that comes back empty gives the same offsets to other records.
    digest = hashlib.sha256(delivery.original).hexdigest()
    return f"{delivery.topic}/{delivery.partition}@{delivery.offset}:{digest}"
