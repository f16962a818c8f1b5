"""The relay: carries outbox rows to the bus, in order per stream, at least once.

REL-1  One relay at a time sends from a stream: it holds the stream's row of `kernel_outbox_relay` until it
       has marked.
REL-2  Rows are marked as sent only after the bus has acknowledged them. A crash in between sends them again,
       and the consumers' inboxes ignore the repetition.
REL-3  A relay may die at any moment and any number of them may run: whoever comes next takes what is unsent.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import Row, text

from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import metrics, telemetry
from ets_kernel.runtime.bus.port import Bus, Record
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.outbox import envelope_of

BATCH_ROWS_MAX: Final = 1_000
POLL_SECONDS: Final = 1.0
BACK_OFF_SECONDS_FIRST: Final = 0.1
BACK_OFF_SECONDS_MAX: Final = 10.0

RECORDED_HEADER: Final = "ets-recorded-time"
"""Header with the moment of the outbox row, in seconds since 1970, for the latency from row to effect."""

_KNOW_STREAMS: Final = text("""
INSERT INTO kernel_outbox_relay (stream)
SELECT stream FROM kernel_outbox_stream AS head
WHERE NOT EXISTS (SELECT FROM kernel_outbox_relay AS known WHERE known.stream = head.stream)
ON CONFLICT DO NOTHING
""")
_CLAIM: Final = text("""
SELECT relay.stream FROM kernel_outbox_relay AS relay
WHERE EXISTS (SELECT FROM kernel_outbox AS event WHERE event.stream = relay.stream AND event.sent_time IS
NULL) ORDER BY relay.stream FOR UPDATE OF relay SKIP LOCKED
""")
# Every claimed stream gets the same share of the batch, so a busy one does not keep the others waiting.
_UNSENT: Final = text("""
SELECT event.stream, sequence, topic, partition, type, aggregate, aggregate_id, aggregate_version, flow_id,
       occurred_time, payload, traceparent, recorded_time
FROM unnest(CAST(:streams AS text[])) AS claimed (stream) CROSS JOIN LATERAL (
    SELECT * FROM kernel_outbox AS row_of WHERE row_of.stream = claimed.stream AND row_of.sent_time IS NULL
    ORDER BY row_of.sequence LIMIT :share_max
) AS event
ORDER BY event.stream, sequence
""")
_MARK: Final = text("""
UPDATE kernel_outbox AS event SET sent_time = clock_timestamp()
FROM unnest(CAST(:streams AS text[]), CAST(:sequences AS bigint[])) AS sent (stream, sequence)
WHERE event.stream = sent.stream AND event.sequence = sent.sequence
""")
_UNSENT_COUNT: Final = text("SELECT count(*) FROM kernel_outbox WHERE sent_time IS NULL")

_log = structlog.get_logger(__name__)


class Relay:
    """Sends what the outbox holds, woken by this process's commits and by a poll for those of others."""

    def __init__(self, database: Database, bus: Bus, *, batch_rows_max: int = BATCH_ROWS_MAX) -> None:
        self._database = database
        self._bus = bus
        self._batch_rows_max = batch_rows_max
        self._wake = asyncio.Event()
        self.progress_at = time.monotonic()
        database.on_published(self._wake.set)

    async def run(self) -> None:
        """Relay until cancelled; a broker or database that is away is waited for, longer up to a bound."""
        back_off_seconds = BACK_OFF_SECONDS_FIRST
        while True:
            try:
                sent = await self.send_batch()
            except EtsError as error:
                _log.warning(
                    "relay_waits", reason=error.reason, message=error.message, seconds=back_off_seconds
                )
                # Waiting for somebody else is progress; a restart of this process would not bring them back.
                self.progress_at = time.monotonic()
                await asyncio.sleep(back_off_seconds)
                back_off_seconds = min(2 * back_off_seconds, BACK_OFF_SECONDS_MAX)
                continue
            back_off_seconds = BACK_OFF_SECONDS_FIRST
            self.progress_at = time.monotonic()
            if sent == 0:
                await self._pause()

    async def drain(self) -> None:
        """Send until nothing unsent is left for this relay."""
        while await self.send_batch():
            pass

    async def send_batch(self) -> int:
        """Send one batch and mark it; give the number of rows sent."""
        self._wake.clear()
        async with self._database.begin() as transaction:
            connection = transaction.connection
            await connection.execute(_KNOW_STREAMS)
            streams = list((await connection.execute(_CLAIM)).scalars())
            if not streams:
                return 0
            share_max = max(1, self._batch_rows_max // len(streams))
            rows = (await connection.execute(_UNSENT, {"streams": streams, "share_max": share_max})).all()
            await self._publish(rows)
            await connection.execute(
                _MARK, {"streams": [row.stream for row in rows], "sequences": [row.sequence for row in rows]}
            )
        for row in rows:
            metrics.EVENTS_PUBLISHED.labels(row.topic).inc()
        return len(rows)

    async def unsent_count(self) -> int:
        """Count the rows that the bus has not taken yet."""
        async with self._database.snapshot() as connection:
            count: int = (await connection.execute(_UNSENT_COUNT)).scalar_one()
        metrics.OUTBOX_UNSENT.set(count)
        return count

    async def _publish(self, rows: Sequence[Row[Any]]) -> None:
        await self._bus.publish([_record(row) for row in rows])

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return


def _record(row: Row[Any]) -> Record:
    headers = {RECORDED_HEADER: f"{row.recorded_time.timestamp():.6f}"}
    if row.traceparent:
        with telemetry.span(f"{row.topic} publish", kind=SpanKind.PRODUCER, parent=row.traceparent) as span:
            span.set_attribute("ets.flow_id", row.flow_id)
            headers[telemetry.TRACEPARENT] = telemetry.traceparent() or row.traceparent
    return Record(
        topic=row.topic,
        partition=row.partition,
        key=row.aggregate_id.encode(),
        value=envelope_of(row).SerializeToString(),
        headers=headers,
    )
