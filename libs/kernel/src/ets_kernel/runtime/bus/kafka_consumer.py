"""A group member on a Kafka broker that heals itself.

A client can stay connected and never be given records again after a rebalance or a broker's restart
(aiokafka issues 625, 847 and 1154). So progress is judged by the position alone: a consumer with a backlog
that does not move for `stall_seconds`, or whose poll hangs, is thrown away and made again. While the broker
is away nothing is known to wait, so an outage never makes a service report that it is not live.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.bus.kafka_options import MESSAGE_BYTES_MAX, KafkaOptions
from ets_kernel.runtime.bus.port import Progress, Received

_log = structlog.stdlib.get_logger(__name__)


class KafkaConsumer:
    """One member of one group on a Kafka broker."""

    def __init__(
        self, address: Callable[[], str], group: str, partitions: Mapping[str, int], options: KafkaOptions
    ) -> None:
        self._address = address
        self._group = group
        self._partitions = dict(partitions)
        self._options = options
        self._client: AIOKafkaConsumer | None = None
        self._connected_to = ""
        self._building: asyncio.Task[AIOKafkaConsumer] | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._lag_records = 0
        self._rebuilds = 0
        self._is_started = False
        self._polled_at = self._moved_at = self._probed_at = self._heard_at = time.monotonic()

    async def start(self) -> None:
        """Begin to join the group; the first polls wait for it."""
        self._is_started = True
        self._polled_at = self._moved_at = self._probed_at = self._heard_at = time.monotonic()
        self._begin_building()

    async def stop(self) -> None:
        """Leave the group without committing; a second call changes nothing."""
        self._is_started = False
        await self._discard()

    async def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Received]:
        """Return up to `max_records`, waiting for the first; empty when there is none or no broker."""
        ensure(self._is_started, "a consumer is started before it polls")
        self._polled_at = time.monotonic()
        try:
            async with asyncio.timeout(timeout_seconds + self._options.poll_grace_seconds):
                received = await self._poll(max_records, timeout_seconds)
        except (KafkaError, OSError) as cause:  # TimeoutError is an OSError
            await self._rebuild(repr(cause))
            await asyncio.sleep(min(self._options.backoff_seconds, timeout_seconds))
            received = ()
        self._polled_at = time.monotonic()
        if received:
            self._moved_at = self._heard_at = self._polled_at
            self._rebuilds = 0
        elif self._is_stalled():
            self._rebuilds += 1
            self._moved_at = self._polled_at
            await self._rebuild(f"{self._lag_records} records wait and the position does not move")
        return received

    async def commit(self) -> None:
        """Store the position after everything that was polled so far.

        A failure is only logged: the inbox already holds the effect, and the records that come again change
        nothing.
        """
        if self._client is None:
            return
        try:
            async with asyncio.timeout(self._options.request_timeout_seconds):
                await self._client.commit()
        except (KafkaError, OSError) as cause:
            _log.warning("bus.commit.failed", group=self._group, cause=repr(cause))

    @property
    def progress(self) -> Progress:
        """Tell how far the consumer is, without asking the broker."""
        now = time.monotonic()
        age = now - self._polled_at if self._is_started else 0.0
        return Progress(
            last_poll_age_seconds=age,
            lag_records=self._lag_records,
            stalled_seconds=now - self._moved_at if self._lag_records else 0.0,
            rebuilds=self._rebuilds,
            is_live=age <= self._options.poll_age_max_seconds
            and self._rebuilds <= self._options.rebuilds_max,
        )

    async def _poll(self, max_records: int, timeout_seconds: float) -> Sequence[Received]:
        client = await self._joined_client(timeout_seconds)
        if client is None:
            return ()
        batches = await client.getmany(
            timeout_ms=self._options.milliseconds(timeout_seconds), max_records=max_records
        )
        received = [_received(record) for records in batches.values() for record in records]
        for at, records in batches.items():
            self._note_position(at, records[0].offset, records[-1].offset + 1)
        if received:
            assigned = client.assignment()
            self._positions = {at: position for at, position in self._positions.items() if at in assigned}
            self._lag_records = sum(
                max(0, (client.highwater(at) or 0) - position) for at, position in self._positions.items()
            )
        elif time.monotonic() - self._probed_at >= self._options.probe_seconds:
            await self._look(client)
        return received

    def _note_position(self, at: TopicPartition, first: int, following: int) -> None:
        before = self._positions.get(at, 0)
        if first < before:
            _log.warning("bus.position.reset", group=self._group, topic=at.topic, before=before, now=first)
        self._positions[at] = following

    async def _look(self, client: AIOKafkaConsumer) -> None:
        """Probe, and bear with a broker that does not answer for as long as with a position that stands still."""
        self._probed_at = time.monotonic()
        try:
            async with asyncio.timeout(self._options.poll_grace_seconds / 2):
                await self._probe(client)
            self._heard_at = time.monotonic()
        except (KafkaError, OSError) as cause:
            if time.monotonic() - self._heard_at >= self._options.stall_seconds:
                raise
            _log.info("bus.probe.failed", group=self._group, cause=repr(cause))

    async def _probe(self, client: AIOKafkaConsumer) -> None:
        """Ask the broker how much is waiting: what a fetcher that stands still last heard proves nothing.

        A member without partitions looks at what the whole group has stored, for it may be the one that was
        forgotten.
        """
        assigned = client.assignment()
        watched = assigned or self._all_partitions()
        ends = await client.end_offsets(watched)
        positions = {
            at: await client.position(at) if at in assigned else await client.committed(at) for at in watched
        }
        if any(position != self._positions.get(at, position) for at, position in positions.items()):
            self._moved_at = self._probed_at
        self._positions = {at: position or 0 for at, position in positions.items()}
        for at, position in self._positions.items():
            if position > ends[at]:
                _log.warning("bus.position.beyond_end", group=self._group, topic=at.topic, position=position)
        self._lag_records = sum(max(0, ends[at] - position) for at, position in self._positions.items())

    def _is_stalled(self) -> bool:
        return self._lag_records > 0 and time.monotonic() - self._moved_at >= self._options.stall_seconds

    async def _joined_client(self, timeout_seconds: float) -> AIOKafkaConsumer | None:
        """Return the client, or None while it is still joining after the timeout."""
        if self._client is not None and self._connected_to != self._address():
            await self._rebuild("the broker moved")
        if self._client is None:
            building = self._building or self._begin_building()
            await asyncio.wait({building}, timeout=timeout_seconds)
            if not building.done():
                return None
            self._building = None
            self._client = building.result()
            self._moved_at = self._probed_at = self._heard_at = time.monotonic()
        return self._client

    def _begin_building(self) -> asyncio.Task[AIOKafkaConsumer]:
        self._building = asyncio.create_task(self._build(), name=f"join {self._group}")
        return self._building

    async def _build(self) -> AIOKafkaConsumer:
        self._connected_to = self._address()
        client = _make_client(self._connected_to, self._group, self._options)
        try:
            async with asyncio.timeout(self._options.build_timeout_seconds):
                if self._options.is_sole_member:
                    await client.start()
                    client.assign(self._all_partitions())
                else:
                    client.subscribe(list(self._partitions))
                    await client.start()
        except BaseException:
            await self._close(client)
            raise
        return client

    async def _rebuild(self, why: str) -> None:
        _log.warning("bus.consumer.rebuilt", group=self._group, why=why, rebuilds=self._rebuilds)
        await self._discard()

    async def _discard(self) -> None:
        """Close the client, or the one that is being made."""
        building, self._building = self._building, None
        client, self._client = self._client, None
        self._positions = {}
        self._lag_records = 0
        if building is not None:
            building.cancel()
            outcomes: list[object] = list(await asyncio.gather(building, return_exceptions=True))
            client = outcomes[0] if isinstance(outcomes[0], AIOKafkaConsumer) else client
        if client is not None:
            await self._close(client)

    async def _close(self, client: AIOKafkaConsumer) -> None:
        """Leave the group if the broker answers, and close the connections in any case.

        In a task of its own: the client's `stop` can raise the CancelledError of its own fetcher, which would
        look as if we were cancelled.
        """
        stopping = asyncio.create_task(client.stop(), name=f"leave {self._group}")
        done, _ = await asyncio.wait({stopping}, timeout=self._options.request_timeout_seconds)
        if not done:
            stopping.cancel()
            _log.warning("bus.consumer.left_silently", group=self._group)
        await asyncio.gather(stopping, return_exceptions=True)
        await client._client.close()  # noqa: SLF001  (`stop` may have given up before it came so far)

    def _all_partitions(self) -> set[TopicPartition]:
        return {
            TopicPartition(topic, partition)
            for topic, count in self._partitions.items()
            for partition in range(count)
        }


def _make_client(address: str, group: str, options: KafkaOptions) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=address,
        group_id=group,
        # A new group, and one whose position a restarted broker no longer has, begins at the oldest record:
        # the inbox drops what it knows. "latest" would skip records without a trace.
        auto_offset_reset="earliest",
        # A position is stored only after the effect: by `commit`, never by a timer.
        enable_auto_commit=False,
        # Nobody writes in transactions, and the embedded broker does not honour read_committed anyway.
        isolation_level="read_uncommitted",
        # Twice the largest message for one partition, and room for several in one answer.
        max_partition_fetch_bytes=2 * MESSAGE_BYTES_MAX,
        fetch_max_bytes=8 * MESSAGE_BYTES_MAX,
        # Answer as soon as there is anything; otherwise hold the request for half a second.
        fetch_min_bytes=1,
        fetch_max_wait_ms=options.milliseconds(options.fetch_wait_seconds),
        session_timeout_ms=options.milliseconds(options.session_timeout_seconds),
        heartbeat_interval_ms=options.milliseconds(options.heartbeat_seconds),
        # A member that does not poll for so long leaves the group; liveness uses the same number.
        max_poll_interval_ms=options.milliseconds(options.poll_age_max_seconds),
        # How long a rebalance waits for members that are busy with a batch.
        rebalance_timeout_ms=options.milliseconds(options.session_timeout_seconds),
        request_timeout_ms=options.milliseconds(options.request_timeout_seconds),
        retry_backoff_ms=options.milliseconds(options.backoff_seconds),
        # A damaged record is an error, never an event.
        check_crcs=True,
        **options.security(),
    )


def _received(record: ConsumerRecord) -> Received:
    return Received(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key or b"",
        value=record.value or b"",
        headers={name: text.decode() for name, text in record.headers},
    )
