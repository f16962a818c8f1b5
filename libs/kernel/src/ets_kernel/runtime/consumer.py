"""Consuming: every event of every subscribed stream takes effect once, in order, whatever the bus does.

CON-1  An effect and its inbox position are one transaction; records that are there already change nothing.
CON-2  A record behind a gap is dropped. What is missing, and the record itself, is read from the producer's
       outbox.
CON-3  A stream that stands still behind its producer's head is repaired the same way, so a bus that forgot
       its records costs time and no data. This is also why a stream may be left where it is when something is
       away.
CON-4  A message that cannot be applied is set aside (`dead_letters`) and the stream goes on behind it; what
       may pass by itself (kind UNAVAILABLE) is never set aside.
CON-5  Bus positions are committed only after the database.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import structlog
from ets.common.v1.event_pb2 import EventEnvelope
from google.protobuf.message import DecodeError, Message
from opentelemetry.trace import SpanKind

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import dead_letters, inbox, metrics, retries, telemetry
from ets_kernel.runtime.bus.port import Bus, BusConsumer, Received
from ets_kernel.runtime.db import Database, Transaction
from ets_kernel.runtime.dead_letters import EventUnknown, Refusal
from ets_kernel.runtime.deliveries import Delivery, PayloadUndecodable, from_bus, from_outbox, undecodable
from ets_kernel.runtime.inbox import InboxProgress
from ets_kernel.runtime.outbox import topic_of
from ets_kernel.runtime.streams import StreamReader, producer_of

POLL_RECORDS_MAX: Final = 500
POLL_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 5.0
REPAIR_EVENTS_MAX: Final = 200
HANDLER_ATTEMPTS_MAX: Final = 3
BACK_OFF_SECONDS: Final = 1.0

U = TypeVar("U")
Handler = Callable[[U, EventEnvelope, Any], Awaitable[None]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Generic[U]):
    """A topic with the handlers of its message types. A type without a handler is passed over, in order."""

    topic: str
    handlers: Mapping[type[Message], Handler[U]]


class Consumer(Generic[U]):
    """One service's consumption of all its topics, as one member of the service's group."""

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        bus: Bus,
        reader: StreamReader,
        clock: Clock,
        subscriptions: Sequence[Subscription[U]],
        unit_of_work: Callable[[Transaction], U],
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        self.service = service
        self.topics = tuple(subscription.topic for subscription in subscriptions)
        ensure(len(set(self.topics)) == len(self.topics), "a topic is subscribed to once")
        self.progress = InboxProgress(self.topics)
        self.progress_at = time.monotonic()
        self._database = database
        self._bus_consumer: BusConsumer = bus.subscribe(service, self.topics)
        self._reader = reader
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._watch_seconds = watch_seconds
        self._handlers: dict[tuple[str, str], tuple[type[Message], Handler[U]]] = {
            (subscription.topic, message.DESCRIPTOR.full_name): (message, handler)
            for subscription in subscriptions
            for message, handler in subscription.handlers.items()
        }
        # The poll and the watch take turns: both move the same streams.
        self._turn = asyncio.Lock()
        self._behind: dict[str, int] = {}
        dead_letters.dead_letter_topic(service)

    @property
    def bus(self) -> BusConsumer:
        """Give the member of the group, for its progress."""
        return self._bus_consumer

    async def run(self) -> None:
        """Consume until cancelled."""
        await self._bus_consumer.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._poll())
                tasks.create_task(self._watch())
        finally:
            await self._bus_consumer.stop()

    async def _poll(self) -> None:
        while True:
            records = await self._bus_consumer.poll(POLL_RECORDS_MAX, POLL_SECONDS)
            if records:
                await self.take(records)
                await self._bus_consumer.commit()
            self.progress_at = time.monotonic()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._watch_seconds)
            try:
                await self.watch_once()
            except EtsError as error:
                _log.warning("watch_waits", reason=error.reason, message=error.message)

    async def take(self, records: Sequence[Received]) -> None:
        """Apply polled records. Afterwards they may be committed: what was not applied is in its outbox."""
        streams: dict[str, list[Delivery]] = {}
        for received in records:
            delivery = from_bus(received)
            if delivery.is_decoded:
                streams.setdefault(delivery.stream, []).append(delivery)
            else:
                await self._set_aside_undecoded(delivery, Refusal.of(undecodable(delivery), handler=""))
        for stream, deliveries in streams.items():
            async with self._turn:
                try:
                    await self._take_stream(
                        stream, sorted(deliveries, key=lambda delivery: delivery.sequence)
                    )
                except EtsError as error:
                    self._hold(stream, error)

    async def watch_once(self) -> None:
        """Repair the streams that have been behind their producers, unmoved, since the last look."""
        async with self._database.snapshot() as connection:
            positions = await inbox.positions(connection, consumer=self.service)
        await self.progress.moved(positions)
        for producer in sorted({producer_of(f"{topic}/0") for topic in self.topics}):
            try:
                heads = await self._reader.heads(producer)
            except EtsError as error:
                _log.warning("producer_not_watched", producer=producer, reason=error.reason)
                continue
            for stream, head in heads.items():
                if topic_of(stream) in self.topics:
                    await self._look_at(stream, last=positions.get(stream, 0), head=head)

    async def _look_at(self, stream: str, *, last: int, head: int) -> None:
        if last >= head:
            self._behind.pop(stream, None)
            return
        if self._behind.get(stream) != last:
            self._behind[stream] = last
            return
        _log.warning("stream_stands_still", stream=stream, last_sequence=last, head_sequence=head)
        async with self._turn:
            try:
                await self._repair(stream, up_to=head)
            except EtsError as error:
                self._hold(stream, error)

    def _hold(self, stream: str, error: EtsError) -> None:
        # Nothing is lost: the position has not moved, and the watch goes on from the producer's outbox.
        metrics.STREAMS_HELD.labels(stream).inc()
        _log.warning("stream_held", stream=stream, reason=error.reason, message=error.message)

    async def _take_stream(self, stream: str, deliveries: Sequence[Delivery]) -> None:
        last = await self._apply(stream, deliveries)
        ahead = [delivery for delivery in deliveries if delivery.sequence > last]
        if not ahead:
            return
        _log.warning("gap", stream=stream, last_sequence=last, next_sequence=ahead[0].sequence)
        metrics.STREAM_GAPS.labels(stream).inc()
        last = await self._repair(stream, up_to=ahead[-1].sequence)
        for delivery in ahead:
            if delivery.sequence > last:
                await self._set_aside_unknown(delivery)

    async def _repair(self, stream: str, *, up_to: int) -> int:
        """Apply a stream from its producer's outbox until `up_to` or the head; give the new position."""
        async with self._database.snapshot() as connection:
            last = (await inbox.positions(connection, consumer=self.service)).get(stream, 0)
        while last < up_to:
            events = await self._reader.read(stream, last, REPAIR_EVENTS_MAX)
            if not events:
                break
            last = await self._apply(stream, from_outbox(stream, events), is_repair=True)
            self.progress_at = time.monotonic()
        return last

    async def _apply(self, stream: str, deliveries: Sequence[Delivery], *, is_repair: bool = False) -> int:
        """Apply what is contiguous, together if it can be, else one by one; give the new position."""
        try:
            return await self._apply_together(stream, deliveries, is_repair=is_repair)
        except Exception as error:
            if retries.is_retriable(error):
                raise
            _log.warning("batch_failed", stream=stream, events=len(deliveries), error=repr(error))
        last = 0
        for delivery in deliveries:
            last = await self._apply_one(stream, delivery, is_repair=is_repair)
            if delivery.sequence > last:
                break
        return last

    async def _apply_one(self, stream: str, delivery: Delivery, *, is_repair: bool) -> int:
        for attempt in range(1, HANDLER_ATTEMPTS_MAX + 1):
            try:
                return await self._apply_together(stream, [delivery], is_repair=is_repair)
            except EtsError as error:
                if retries.is_retriable(error):
                    raise
                return await self._give_up(stream, delivery, error)
            except Exception as error:  # noqa: BLE001 - after a few attempts a bug must not stop the stream
                _log.exception("handler_failed", stream=stream, sequence=delivery.sequence, attempt=attempt)
                if attempt == HANDLER_ATTEMPTS_MAX:
                    return await self._give_up(stream, delivery, error)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _apply_together(self, stream: str, deliveries: Sequence[Delivery], *, is_repair: bool) -> int:
        async for attempt in retries.attempts():
            with attempt:
                return await self._apply_once(stream, deliveries, is_repair=is_repair)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _apply_once(self, stream: str, deliveries: Sequence[Delivery], *, is_repair: bool) -> int:
        async with self._database.begin() as transaction:
            connection = transaction.connection
            first = last = await inbox.lock(connection, consumer=self.service, stream=stream)
            duplicates = 0
            applied: list[Delivery] = []
            unit_of_work = self._unit_of_work(transaction)
            for delivery in deliveries:
                if delivery.sequence <= last:
                    duplicates += 1
                elif delivery.sequence == last + 1:
                    await self._handle(unit_of_work, delivery)
                    applied.append(delivery)
                    last = delivery.sequence
                else:
                    break
            if last > first or duplicates:
                await inbox.move(
                    connection,
                    consumer=self.service,
                    stream=stream,
                    last_sequence=last,
                    duplicates=0 if is_repair else duplicates,
                    repaired=last - first if is_repair else 0,
                )
        _count(topic_of(stream), applied, duplicates=duplicates, is_repair=is_repair)
        await self.progress.moved({stream: last})
        return last

    async def _handle(self, unit_of_work: U, delivery: Delivery) -> None:
        envelope = delivery.envelope
        known = self._handlers.get((delivery.topic, envelope.type))
        if known is None:
            return
        message_class, handler = known
        try:
            message = message_class.FromString(envelope.payload)
        except DecodeError as error:
            raise PayloadUndecodable("the payload is no such message", type=envelope.type) from error
        with structlog.contextvars.bound_contextvars(event_id=envelope.event_id, flow_id=envelope.flow_id):
            if not delivery.traceparent:
                await handler(unit_of_work, envelope, message)
                return
            name = f"{delivery.topic} process"
            with telemetry.span(name, kind=SpanKind.CONSUMER, parent=delivery.traceparent):
                await handler(unit_of_work, envelope, message)

    async def _give_up(self, stream: str, delivery: Delivery, error: Exception) -> int:
        """Set aside an event that its handler will never take, and move behind it."""
        if delivery.offset >= 0 and not await self._is_published(delivery):
            await self._set_aside_unknown(delivery)
            return delivery.sequence - 1
        refusal = Refusal.of(error, handler=self._handler_name(delivery))
        async for attempt in retries.attempts():
            with attempt:
                async with self._database.begin() as transaction:
                    last = await inbox.lock(transaction.connection, consumer=self.service, stream=stream)
                    if delivery.sequence == last + 1:
                        last = delivery.sequence
                        await self._set_aside(transaction, delivery, refusal)
                        await inbox.move(
                            transaction.connection, consumer=self.service, stream=stream, last_sequence=last
                        )
        await self.progress.moved({stream: last})
        return last

    async def _is_published(self, delivery: Delivery) -> bool:
        # A record that only looks like the next event must not take its place in the stream.
        events = await self._reader.read(delivery.stream, delivery.sequence - 1, 1)
        return bool(events) and events[0] == delivery.envelope

    async def _set_aside_unknown(self, delivery: Delivery) -> None:
        error = EventUnknown(
            "the producer's outbox has no such event", stream=delivery.stream, sequence=delivery.sequence
        )
        bare = replace(delivery, envelope=EventEnvelope())
        await self._set_aside_undecoded(bare, Refusal.of(error, handler=""))

    async def _set_aside_undecoded(self, delivery: Delivery, refusal: Refusal) -> None:
        # No outbox has this record, so the bus must not go behind it before it is stored: try for ever.
        while True:
            try:
                async with self._database.begin() as transaction:
                    await self._set_aside(transaction, delivery, refusal)
            except EtsError as error:
                if not retries.is_retriable(error):
                    raise
                _log.warning("dead_letter_waits", reason=error.reason, message=error.message)
                self.progress_at = time.monotonic()
                await asyncio.sleep(BACK_OFF_SECONDS)
            else:
                return

    async def _set_aside(self, transaction: Transaction, delivery: Delivery, refusal: Refusal) -> None:
        is_new = await dead_letters.set_aside(
            transaction, delivery, refusal, consumer=self.service, at=self._clock.now()
        )
        if is_new:
            metrics.DEAD_LETTERS.labels(delivery.topic, refusal.reason).inc()
            _log.error("dead_letter", topic=delivery.topic, sequence=delivery.sequence, reason=refusal.reason)

    async def redrive(self, transaction: Transaction, dead_letter_id: uuid.UUID, *, by: str) -> bool:
        """Apply a dead letter after all; tell whether it takes effect now. Once it has, again changes nothing.

        Raises DeadLetterNotFound, ENVELOPE_UNDECODABLE, PAYLOAD_UNDECODABLE, or what the handler raises.
        """
        row = await dead_letters.lock(transaction.connection, dead_letter_id)
        if row.redriven_time is not None:
            return False
        delivery = dead_letters.delivery_of(row)
        # The stream has gone on behind the letter and does not move; but its effects come one at a time.
        await inbox.lock(transaction.connection, consumer=self.service, stream=delivery.stream)
        await self._handle(self._unit_of_work(transaction), delivery)
        handler, at = self._handler_name(delivery), self._clock.now()
        await dead_letters.mark_redriven(transaction, row, delivery, handler=handler, by=by, at=at)
        return True

    def _handler_name(self, delivery: Delivery) -> str:
        _, handler = self._handlers.get((delivery.topic, delivery.envelope.type), (None, None))
        return getattr(handler, "__qualname__", "")


def _count(topic: str, applied: Sequence[Delivery], *, duplicates: int, is_repair: bool) -> None:
    metrics.EVENTS_CONSUMED.labels(topic).inc(len(applied))
    if is_repair:
        metrics.EVENTS_REPAIRED.labels(topic).inc(len(applied))
    else:
        metrics.EVENTS_DUPLICATE.labels(topic).inc(duplicates)
    now_seconds = time.time()
    for delivery in applied:
        if delivery.recorded_time_seconds is not None:
            metrics.EFFECT_SECONDS.labels(topic).observe(now_seconds - delivery.recorded_time_seconds)
