"""Latency from outbox row to committed effect, at a fixed rate, over a durable PostgreSQL and the embedded broker."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from ets.common.v1.event_pb2 import EventEnvelope
from ets.topics import TOPICS
from ets_kernel.domain.clock import FixedClock
from ets_kernel.embedded.broker import EmbeddedBroker
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime import metrics
from ets_kernel.runtime.bus.connect import EMBEDDED_FETCH_WAIT_SECONDS
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_options import KafkaOptions
from ets_kernel.runtime.consumer import Consumer, Subscription
from ets_kernel.runtime.db import Database, OutgoingEvent, Transaction, kernel_tables
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.streams import OutboxReader
from ets_kernel.testing.messages import NOTES_TOPIC, TEST_TOPICS, NoteWritten
from sqlalchemy import Column, MetaData, Table, Text, text

EVENTS_PER_SECOND: Final = 500
EVENTS_PER_TRANSACTION: Final = 5
RUN_SECONDS: Final = 5
RUNS: Final = 5
DRAIN_SECONDS_MAX: Final = 60
MOMENT: Final = datetime(2021, 10, 26, 1, 30, tzinfo=UTC)
EFFECT: Final = text("INSERT INTO effect (note) VALUES (:note)")


async def measure(root: Path) -> dict[str, Any]:
    """Publish at the rate for some seconds, several times; latencies in milliseconds, median of the runs."""
    with EmbeddedPostgres.start(root / "postgres-events") as postgres, patch.dict(TOPICS, TEST_TOPICS):
        runs = [await _run(postgres, number) for number in range(RUNS)]
    middle = len(runs) // 2
    return {
        "events_per_second": EVENTS_PER_SECOND,
        "p50_ms": sorted(run["p50_ms"] for run in runs)[middle],
        "p99_ms": sorted(run["p99_ms"] for run in runs)[middle],
        "runs": runs,
    }


class Recorder:
    """Stands in for the metric of the kernel that takes exactly this time, and keeps every value."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def labels(self, _topic: str) -> "Recorder":
        """Give itself: the bench has one topic."""
        return self

    def observe(self, seconds: float) -> None:
        """Keep a value."""
        self.seconds.append(seconds)


async def _run(postgres: EmbeddedPostgres, number: int) -> dict[str, float]:
    producer = await _database(postgres, f"events_producer_{number}")
    reader = await _database(postgres, f"events_consumer_{number}")
    broker = EmbeddedBroker({topic.name: topic.partitions for topic in TEST_TOPICS.values()})
    partitions = {topic.name: topic.partitions for topic in TEST_TOPICS.values()}
    bus = KafkaBus(
        broker.address,
        partitions=partitions,
        options=KafkaOptions(is_sole_member=True, fetch_wait_seconds=EMBEDDED_FETCH_WAIT_SECONDS),
    )
    recorder = Recorder()
    consumer: Consumer[Transaction] = Consumer(
        service="reader",
        database=reader,
        bus=bus,
        reader=OutboxReader({"notary": producer}),
        clock=FixedClock(MOMENT),
        subscriptions=[Subscription(topic=NOTES_TOPIC, handlers={NoteWritten: _effect})],
        unit_of_work=lambda transaction: transaction,
    )
    await bus.start()
    with patch.object(metrics, "EFFECT_SECONDS", recorder):
        tasks = [asyncio.create_task(Relay(producer, bus).run()), asyncio.create_task(consumer.run())]
        try:
            await _publish(producer)
            heads = await OutboxReader({"notary": producer}).heads("notary")
            until = time.monotonic() + DRAIN_SECONDS_MAX
            while not await consumer.progress.wait(heads, until=until):
                if time.monotonic() > until:
                    raise TimeoutError("the consumer did not reach the producer's heads")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await bus.stop()
            broker.stop()
            await producer.dispose()
            await reader.dispose()
    return _quantiles(recorder.seconds)


async def _effect(unit: Transaction, envelope: EventEnvelope, _message: NoteWritten) -> None:
    await unit.connection.execute(EFFECT, {"note": envelope.aggregate_id})


async def _publish(producer: Database) -> None:
    """Commit transactions of some events at the rate; a late one is not made up for by waiting less."""
    started = time.perf_counter()
    for first in range(0, EVENTS_PER_SECOND * RUN_SECONDS, EVENTS_PER_TRANSACTION):
        wait = started + first / EVENTS_PER_SECOND - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        async with producer.begin() as transaction:
            for number in range(first, first + EVENTS_PER_TRANSACTION):
                transaction.publish(
                    OutgoingEvent(
                        topic=NOTES_TOPIC,
                        aggregate="note",
                        aggregate_id=f"note-{number}",
                        message=NoteWritten(note=f"note-{number}", words="x"),
                        occurred_time=MOMENT,
                    )
                )


async def _database(postgres: EmbeddedPostgres, name: str) -> Database:
    await postgres.create_database(name)
    database = Database.create(postgres.url(name))
    tables = MetaData()
    kernel_tables(tables)
    Table("effect", tables, Column("note", Text, primary_key=True))
    async with database.begin() as transaction:
        await transaction.connection.run_sync(tables.create_all)
    return database


def _quantiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "events": len(ordered),
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1000 * ordered[len(ordered) * 99 // 100], 2),
    }
