"""The bus on a Kafka broker: the embedded one, Apache Kafka, or a cluster. One adapter for all of them.

No Kafka transactions: the outbox and the inbox make effects happen once. What is left to this module is to
lose nothing that a broker acknowledged, and never to sit still beside a broker that is well: a producer that
failed is thrown away and made again, and so is a consumer that does not move (`kafka_consumer.py`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.bus.kafka_consumer import KafkaConsumer
from ets_kernel.runtime.bus.kafka_options import MESSAGE_BYTES_MAX, KafkaOptions
from ets_kernel.runtime.bus.port import BusUnavailable, Record, catalogue_partitions, check_records

BrokerAddress = Callable[[], str]

_log = structlog.stdlib.get_logger(__name__)


def broker_address(setting: str) -> BrokerAddress:
    """Return how to find the bootstrap servers: `host:port,…`, or `@path` of a file that names them.

    The embedded broker gets another port whenever it starts, so its file is read before each attempt.
    """
    if not setting.startswith("@"):
        return lambda: setting
    path = Path(setting[1:])
    return lambda: path.read_text(encoding="utf-8").strip()


class KafkaBus:
    """One process's producer, and the maker of its consumers."""

    def __init__(
        self,
        address: str | BrokerAddress,
        *,
        partitions: Mapping[str, int] | None = None,
        options: KafkaOptions | None = None,
    ) -> None:
        self._address = broker_address(address) if isinstance(address, str) else address
        self._partitions = catalogue_partitions() if partitions is None else dict(partitions)
        self._options = options or KafkaOptions()
        self._turn = asyncio.Lock()
        self._producer: AIOKafkaProducer | None = None
        self._connected_to = ""
        self._consumers: list[KafkaConsumer] = []
        self._is_started = False

    async def start(self) -> None:
        """Make the bus ready; it connects when there is something to publish, so the broker may be away."""
        self._is_started = True

    async def stop(self) -> None:
        """Wait for publications under way, then close the producer and the consumers."""
        self._is_started = False
        async with self._turn:
            await self._discard_producer()
            for consumer in self._consumers:
                await consumer.stop()

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish all records in order and return when all are acknowledged.

        Calls take turns, so that a second attempt of one can't slip behind the first of another. Raises
        BusUnavailable when the broker does not acknowledge within `publish_timeout_seconds`.
        """
        ensure(self._is_started, "a bus is started before it publishes")
        check_records(records, self._partitions)
        deadline = time.monotonic() + self._options.publish_timeout_seconds
        async with self._turn:
            waiting = list(records)
            while waiting:
                try:
                    async with asyncio.timeout(self._options.attempt_timeout_seconds):
                        waiting, cause = await self._attempt(waiting)
                except (KafkaError, OSError) as error:  # TimeoutError is an OSError
                    cause = error
                except asyncio.CancelledError:
                    await self._discard_producer()
                    raise
                if waiting:
                    await self._failed(cause, deadline)

    def subscribe(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        """Make a consumer of the topics, not yet started."""
        for topic in topics:
            ensure(topic in self._partitions, f"topic {topic} is in the catalogue")
        counts = {topic: self._partitions[topic] for topic in topics}
        consumer = KafkaConsumer(self._address, group, counts, self._options)
        self._consumers.append(consumer)
        return consumer

    async def _attempt(self, records: Sequence[Record]) -> tuple[list[Record], BaseException | None]:
        """Send the records; return those to send again, per partition all from the first failure on, and why.

        Records behind a failure were perhaps appended; sending them again makes duplicates, which the inbox
        drops, while leaving them would put them before the one that failed.
        """
        producer = await self._connected_producer()
        acknowledgements = [await _send(producer, record) for record in records]
        outcomes = await asyncio.gather(*acknowledgements, return_exceptions=True)
        causes = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        failed: set[tuple[str, int]] = set()
        again = []
        for record, outcome in zip(records, outcomes, strict=True):
            at = (record.topic, record.partition)
            if isinstance(outcome, BaseException) or at in failed:
                failed.add(at)
                again.append(record)
        return again, causes[0] if causes else None

    async def _failed(self, cause: BaseException | None, deadline: float) -> None:
        """Throw the producer away and wait a little, or give up when the time is over."""
        await self._discard_producer()
        if time.monotonic() + self._options.backoff_seconds >= deadline:
            raise BusUnavailable("the broker does not acknowledge", cause=repr(cause)) from cause
        _log.warning("bus.publish.retried", cause=repr(cause))
        await asyncio.sleep(self._options.backoff_seconds)

    async def _connected_producer(self) -> AIOKafkaProducer:
        address = self._address()
        if self._producer is not None and address != self._connected_to:
            _log.info("bus.broker.moved", before=self._connected_to, now=address)
            await self._discard_producer()
        if self._producer is None:
            producer = _make_producer(address, self._options)
            try:
                await producer.start()
            except BaseException:
                await _abandon(producer)
                raise
            self._producer, self._connected_to = producer, address
        return self._producer

    async def _discard_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _abandon(producer)


async def _send(producer: AIOKafkaProducer, record: Record) -> asyncio.Future[RecordMetadata]:
    """Hand one record to the producer's batch; the future is its acknowledgement."""
    return await producer.send(  # type: ignore[no-any-return]
        record.topic,
        value=record.value,
        key=record.key,
        partition=record.partition,
        headers=[(name, text.encode()) for name, text in record.headers.items()],
    )


def _make_producer(address: str, options: KafkaOptions) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=address,
        # By every in-sync replica; with less, a broker's crash loses what the outbox has marked as sent.
        acks="all",
        # Retries inside one producer neither duplicate nor reorder.
        enable_idempotence=True,
        # A lone record leaves at once: any linger is added to each publication that waits for an answer.
        linger_ms=0,
        # The client's limit is 1 MiB by default and refuses before the broker is asked.
        max_request_size=MESSAGE_BYTES_MAX,
        # Also when an unsent batch fails; shorter than our attempt, so that we learn the cause.
        request_timeout_ms=options.milliseconds(options.request_timeout_seconds),
        retry_backoff_ms=options.milliseconds(options.backoff_seconds),
        # No codec: the embedded broker and every cluster read it, and the payloads are small.
        compression_type=None,
        **options.security(),
    )


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Close a producer without flushing it.

    Its `stop` first sends what is left and would append old attempts behind newer records. There is no public
    way around that in aiokafka 0.14, hence the private names; the version is pinned.
    """
    sender = producer._sender  # noqa: SLF001
    producer._closed = True  # noqa: SLF001
    if sender is not None:
        await sender.close()
    await producer.client.close()
