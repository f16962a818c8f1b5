"""The frame of a service, and a whole process that is told to end while it is busy."""

import asyncio
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ets.common.v1 import (
    clock_service_pb2,
    clock_service_pb2_grpc,
    stream_service_pb2,
    stream_service_pb2_grpc,
)
from ets.common.v1.event_pb2 import EventEnvelope
from ets.topics import TOPICS
from ets_kernel.domain.errors import PeerUnavailable, RoleForbidden
from ets_kernel.embedded.broker import EmbeddedBroker
from ets_kernel.embedded.revise import revise
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.grpc.messages import from_timestamp, to_timestamp
from ets_kernel.runtime.settings import ServiceSettings
from ets_kernel.runtime.signing import public_key_to_pem
from ets_kernel.testing.messages import NOTES_TOPIC, TEST_TOPICS, NoteWritten, WriteNote
from ets_kernel.testing.serving import TEST_KEY, token_for
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import text

NOTARY = Path(__file__).parent / "notary.py"
WORKERS = 8
ANSWERS_BEFORE_END = 200


def load_notary():
    spec = importlib.util.spec_from_file_location("notary", NOTARY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


notary = load_notary()


@pytest.fixture(scope="session")
def metadata():
    return notary.METADATA


@pytest.fixture
def settings(postgres_url):
    def make(**fields):
        return ServiceSettings(
            database_url=postgres_url,
            auth_public_key=public_key_to_pem(TEST_KEY.public_key()),
            grpc_port=0,
            http_port=0,
            **fields,
        )

    return make


@asynccontextmanager
async def running(settings):
    application = await Application.create("notary", settings)
    await application.start()
    channel = connect(
        f"127.0.0.1:{application.grpc_port}",
        token=token_for("ROLE_SCHEDULER", "ROLE_OPERATIONS"),
        attempts_max=1,
    )
    try:
        yield application, channel
    finally:
        await channel.close()
        await application.stop()


async def test_every_service_shows_its_streams_and_its_health(settings):
    async with running(settings()) as (application, channel):
        streams = stream_service_pb2_grpc.StreamServiceStub(channel)
        answer = await streams.ListStreams(stream_service_pb2.ListStreamsRequest())
        assert answer.counters.published_count == 0
        health = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service="ets.common.v1.StreamService")
        assert (await health.Check(request)).status == health_pb2.HealthCheckResponse.SERVING
        assert application.health.ready
    assert not application.health.ready


async def test_a_system_clock_has_no_clock_service(settings):
    async with running(settings()) as (_, channel):
        clock = clock_service_pb2_grpc.ClockServiceStub(channel)
        with pytest.raises(Exception, match="UNIMPLEMENTED"):
            await clock.GetClock(clock_service_pb2.GetClockRequest())


async def test_a_simulated_clock_is_set_by_a_call_and_survives_a_restart(settings):
    start, later = datetime(2021, 10, 26, tzinfo=UTC), datetime(2021, 12, 15, 9, tzinfo=UTC)
    simulated = settings(clock="simulated", clock_start=start)
    async with running(simulated) as (application, channel):
        assert application.clock.now() == start
        clock = clock_service_pb2_grpc.ClockServiceStub(channel)
        await clock.SetClock(clock_service_pb2.SetClockRequest(now=to_timestamp(later)))
        assert application.clock.now() == later
    async with running(simulated) as (application, channel):
        clock = clock_service_pb2_grpc.ClockServiceStub(channel)
        answer = await clock.GetClock(clock_service_pb2.GetClockRequest())
        assert from_timestamp(answer.now) == later


async def test_common_services_ask_for_a_role(settings):
    async with running(settings()) as (application, _):
        channel = connect(f"127.0.0.1:{application.grpc_port}", token=token_for("ROLE_EMITTER"))
        with pytest.raises(RoleForbidden):
            await stream_service_pb2_grpc.StreamServiceStub(channel).ListStreams(
                stream_service_pb2.ListStreamsRequest()
            )
        await channel.close()


async def test_a_peer_that_is_not_set_is_told_when_it_is_asked_for(settings):
    application = await Application.create("notary", settings())
    with pytest.raises(LookupError, match="ETS_PEER_REGISTRY"):
        application.channel("registry")
    await application.database.dispose()


def test_the_migrate_command_makes_the_tables(empty_postgres_url, tmp_path):
    asyncio.run(revise(notary.METADATA, tmp_path, "initial"))
    environment = environment_of(empty_postgres_url, tmp_path)
    subprocess.run([sys.executable, NOTARY, "migrate"], env=environment, check=True, timeout=60)
    assert asyncio.run(count_notes(empty_postgres_url)) == 0


async def count_notes(database_url):
    database = Database.create(database_url)
    async with database.snapshot() as connection:
        count = (await connection.execute(text("SELECT count(*) FROM note"))).scalar_one()
    await database.dispose()
    return count


async def metrics_at(http_port):
    url = f"http://127.0.0.1:{http_port}/metrics"
    return await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=10).read().decode())


async def test_metrics_count_what_the_outbox_still_holds(settings):
    async with running(settings()) as (application, _):
        text_of_metrics = await metrics_at(application.http_port)
    assert "ets_outbox_unsent_events 0.0" in text_of_metrics
    assert "ets_ready 1.0" in text_of_metrics


async def test_a_process_works_through_calls_without_looking_for_cycles(postgres_url):
    process, port, http_port = await asyncio.to_thread(start_notary, postgres_url, "memory")
    channel = connect(f"127.0.0.1:{port}", token=token_for("ROLE_SCHEDULER"), attempts_max=1)
    call = notary.stub(channel).WriteNote
    try:
        await call(WriteNote(request_id="first", note="first", words="w"))
        before = collections_in(await metrics_at(http_port))
        for number in range(ANSWERS_BEFORE_END):
            await call(WriteNote(request_id=f"{number}", note=f"{number}", words="w"))
        after = collections_in(await metrics_at(http_port))
    finally:
        await channel.close()
        process.terminate()
        code = await asyncio.to_thread(finish, process)
    assert code == 0
    assert before == after != {}


def collections_in(metrics):
    """Give the runs of Python's cycle collector by generation."""
    return dict(
        re.findall(r'^python_gc_collections_total\{generation="(\d)"\} (\S+)$', metrics, re.MULTILINE)
    )


async def test_a_process_that_is_told_to_end_under_load_loses_no_event(postgres_url, database, monkeypatch):
    for name, topic in TEST_TOPICS.items():
        monkeypatch.setitem(TOPICS, name, topic)
    broker = EmbeddedBroker({name: topic.partitions for name, topic in TEST_TOPICS.items()})
    bus = KafkaBus(broker.address)
    await bus.start()
    try:
        process, port, _ = await asyncio.to_thread(start_notary, postgres_url, broker.address)
        answered = await write_until_gone(process, port)
        code = await asyncio.to_thread(finish, process)
        written = await notes_in(database)
        carried = await notes_on(bus, len(written))
    finally:
        await bus.stop()
        broker.stop()
    assert code == 0
    assert len(answered) >= ANSWERS_BEFORE_END
    assert answered <= set(written)
    assert sorted(carried) == sorted(written)


def environment_of(database_url, migrations=""):
    return os.environ | {
        "ETS_DATABASE_URL": database_url,
        "ETS_GRPC_PORT": "0",
        "ETS_HTTP_PORT": "0",
        "ETS_AUTH_PUBLIC_KEY": public_key_to_pem(TEST_KEY.public_key()),
        "NOTARY_MIGRATIONS": str(migrations),
    }


def start_notary(postgres_url, kafka):
    """Start the service as a process, and wait for the line that tells its ports, gRPC and HTTP."""
    environment = environment_of(postgres_url) | {"ETS_KAFKA": kafka}
    process = subprocess.Popen(
        [sys.executable, NOTARY, "serve"], env=environment, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "listening":
            return process, event["grpc_port"], event["http_port"]
    raise AssertionError("the service ended before it listened")


async def write_until_gone(process, port):
    """Write notes from many callers, end the process in the midst of them, and give what was answered."""
    channel = connect(f"127.0.0.1:{port}", token=token_for("ROLE_SCHEDULER"), attempts_max=1)
    call = notary.stub(channel).WriteNote
    answered = set()

    async def work(worker):
        number = 0
        while True:
            note = f"{worker}-{number}"
            try:
                await call(WriteNote(request_id=note, note=note, words="w"))
            except PeerUnavailable:
                return
            answered.add(note)
            number += 1
            if len(answered) == ANSWERS_BEFORE_END:
                process.send_signal(signal.SIGTERM)

    await asyncio.gather(*(work(worker) for worker in range(WORKERS)))
    await channel.close()
    return answered


def finish(process):
    process.stdout.read()
    process.stdout.close()
    return process.wait(timeout=60)


async def notes_in(database):
    """Give the notes whose events are in the outbox, and claim that their streams have no gap."""
    async with database.snapshot() as connection:
        rows = await connection.execute(
            text("SELECT stream, sequence, aggregate_id FROM kernel_outbox ORDER BY stream, sequence")
        )
        events = rows.all()
    by_stream = {}
    for event in events:
        by_stream.setdefault(event.stream, []).append(event.sequence)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_stream.values())
    return [event.aggregate_id for event in events]


async def notes_on(bus, count):
    """Give the notes that the broker has, until as many different ones as expected have come."""
    consumer = bus.subscribe("test", [NOTES_TOPIC])
    await consumer.start()
    notes = set()
    async with asyncio.timeout(30):
        while len(notes) < count:
            for record in await consumer.poll(500, 1.0):
                payload = EventEnvelope.FromString(record.value).payload
                notes.add(NoteWritten.FromString(payload).note)
    await consumer.stop()
    return notes
