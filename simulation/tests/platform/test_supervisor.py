"""Pieces of the supervisor; that it runs a whole platform is shown in tests/integration."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import psutil
import pytest
from ets_kernel.embedded.ports import free_ports
from ets_kernel.testing.serving import serving
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer, add_HealthServicer_to_server
from simulation.platform.layout import SERVICES, Layout, PlatformState
from simulation.platform.memory import Meter
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import (
    Options,
    StartFailed,
    Supervisor,
    await_serving,
    only_supervisor,
    script,
)

# A child that lives until its connection ends, and tells by it that it started.
CALLS_HOME = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.recv(1)"


def make_supervisor(root, **options) -> Supervisor:
    layout = Layout(root=root)
    layout.logs.mkdir(parents=True, exist_ok=True)
    secrets = Secrets(layout.secrets)
    secrets.ensure()
    return Supervisor(Options(root=root, **options), layout, secrets)


@asynccontextmanager
async def home() -> AsyncIterator[tuple[int, asyncio.Queue]]:
    """Listen for children; each connection is put into the queue."""
    calls: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _reader, writer: calls.put_nowait(writer), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], calls


@pytest.fixture
def brokers(monkeypatch):
    """The number of the broker's process in each state that a supervisor writes."""
    told: asyncio.Queue[int] = asyncio.Queue()
    write = Supervisor._write_state

    def tell(supervisor):
        write(supervisor)
        told.put_nowait(PlatformState.read(supervisor.layout.state).broker_pid)

    monkeypatch.setattr(Supervisor, "_write_state", tell)
    return told


async def another(brokers, before):
    """Return when the state names a later process; that may have called home before."""
    while await brokers.get() in (0, before):
        pass


async def test_a_child_that_dies_is_started_again_until_the_platform_stops(tmp_path, brokers):
    supervisor = make_supervisor(tmp_path)
    async with home() as (port, calls):
        supervisor._write_state()
        child = await supervisor._spawn("broker", (sys.executable, "-c", CALLS_HOME, str(port)), {})
        supervisor._write_state()
        first = await calls.get()
        first_pid = child.process.pid
        os.kill(first_pid, signal.SIGKILL)
        second = await calls.get()
        await another(brokers, first_pid)
        await supervisor.stop()
        assert child.process.returncode == -signal.SIGTERM
        assert not psutil.pid_exists(child.process.pid)
        for writer in (first, second):
            writer.close()
    assert not supervisor.layout.state.exists()


async def test_a_service_that_dies_at_its_start_is_named_with_its_last_words(tmp_path):
    supervisor = make_supervisor(tmp_path)
    child = await supervisor._spawn("mrv", (sys.executable, "-c", "import sys; sys.exit('port taken')"), {})
    child.grpc = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(StartFailed, match=r"mrv ended with 1 while it started: port taken .*mrv\.log"):
        await supervisor._await_serving(child)
    await supervisor.stop()


async def test_a_broker_that_dies_at_its_start_is_named_with_its_last_words(tmp_path):
    supervisor = make_supervisor(tmp_path)
    broker = await supervisor._spawn(
        "broker", (sys.executable, "-c", "import sys; sys.exit('no library')"), {}
    )
    with pytest.raises(StartFailed, match=r"broker ended with 1 while it started: no library .*broker\.log"):
        await supervisor._broker_ready(broker)
    await supervisor.stop()


async def test_a_service_that_is_not_installed_is_named(tmp_path):
    supervisor = make_supervisor(tmp_path)
    with pytest.raises(StartFailed, match="no-such-service: run `make setup`"):
        await supervisor._spawn("mrv", (script("no-such-service"), "serve"), {})


async def test_a_child_that_cannot_be_started_again_is_tried_again(tmp_path, monkeypatch, brokers):
    monkeypatch.setattr("simulation.platform.supervisor.PAUSE_SECONDS", 0)
    supervisor = make_supervisor(tmp_path)
    async with home() as (port, calls):
        supervisor._write_state()
        child = await supervisor._spawn("broker", (sys.executable, "-c", CALLS_HOME, str(port)), {})
        first = await calls.get()
        execute, failures = supervisor._execute, [OSError("disk full"), StartFailed("no such command")]

        async def fail_first(_self, *arguments):
            if failures:
                raise failures.pop()
            return await execute(*arguments)

        monkeypatch.setattr(Supervisor, "_execute", fail_first)
        first_pid = child.process.pid
        os.kill(first_pid, signal.SIGKILL)
        second = await calls.get()
        await another(brokers, first_pid)
        assert failures == []
        await supervisor.stop()
        for writer in (first, second):
            writer.close()


async def test_a_folder_has_one_supervisor(tmp_path, monkeypatch):
    layout = Layout(root=tmp_path)
    async with only_supervisor(layout):
        assert layout.lock.read_text() == str(os.getpid())
        monkeypatch.setattr("simulation.platform.supervisor.STOP_SECONDS_MAX", 0)
        with pytest.raises(StartFailed, match="another supervisor"):
            async with only_supervisor(layout):
                pass
    async with only_supervisor(layout):
        pass


async def test_a_second_supervisor_waits_until_the_first_has_stopped(tmp_path):
    layout = Layout(root=tmp_path)
    order = []

    async def second():
        async with only_supervisor(layout):
            order.append("second")

    async with only_supervisor(layout):
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0)
        order.append("first")
    await waiting
    assert order == ["first", "second"]


def test_every_service_gets_its_database_its_ports_and_its_peers(tmp_path):
    supervisor = make_supervisor(tmp_path, clock_start="2021-10-01T00:00:00+08:00", kafka="127.0.0.1:9")
    environments = supervisor._environments({name: f"url-of-{name}" for name in SERVICES})
    assert environments.keys() == set(SERVICES)
    ports = set()
    for name, environment in environments.items():
        ports |= {environment["ETS_GRPC_PORT"], environment["ETS_HTTP_PORT"]}
        assert environment["ETS_DATABASE_URL"] == f"url-of-{name}"
        assert environment["ETS_KAFKA"] == "127.0.0.1:9"
        assert environment["ETS_CLOCK"] == "simulated"
        assert environment["ETS_PEER_CCER_BRIDGE"].endswith(environments["ccer-bridge"]["ETS_GRPC_PORT"])
    assert len(ports) == 2 * len(SERVICES)
    signers = {name for name in SERVICES if "ETS_SIGNING_KEY" in environments[name]}
    assert signers == {"registry", "ccer-bridge"}


def test_without_a_clock_start_the_clock_is_the_machine_s(tmp_path):
    environment = make_supervisor(tmp_path)._environments(dict.fromkeys(SERVICES, ""))["mrv"]
    assert environment["ETS_CLOCK"] == "system"
    assert "ETS_CLOCK_START" not in environment


async def test_a_service_that_serves_is_noticed():
    async with serving() as running:
        await await_serving(running.target, timeout_seconds=30)


async def test_a_watch_that_is_cut_off_is_begun_anew():
    answers = iter((None, "cut off", HealthCheckResponse.SERVING))

    class Leaving(HealthServicer):
        async def Watch(self, request, context):  # noqa: N802 - the name of the contract
            answer = next(answers)
            if answer == "cut off":
                await context.abort(grpc.StatusCode.UNAVAILABLE, "Stream removed")
            if answer is not None:
                yield HealthCheckResponse(status=answer)

    server = grpc.aio.server()
    add_HealthServicer_to_server(Leaving(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        await await_serving(f"127.0.0.1:{port}", timeout_seconds=30)
    finally:
        await server.stop(None)
    assert next(answers, "none left") == "none left"


async def test_a_service_that_never_serves_ends_the_wait():
    with pytest.raises(TimeoutError):
        await await_serving(f"127.0.0.1:{free_ports(1)[0]}", timeout_seconds=0)


def test_the_largest_memory_is_remembered_over_parts_of_a_run(tmp_path):
    layout = Layout(root=tmp_path)
    PlatformState(
        supervisor_pid=os.getpid(),
        supervisor_started=int(psutil.Process().create_time()),
        database_url="",
        kafka="",
        broker_pid=0,
        postgres_pid=0,
        services={},
    ).write(layout.state)
    meter = Meter(layout)
    meter.sample()
    now = meter.peaks({})
    assert now["ets"] > 0
    assert now["total"] >= now["ets"]
    assert meter.peaks({"ets": 10**6, "mrv": 5}) == {**now, "ets": 10**6, "mrv": 5}


def test_a_platform_that_does_not_run_takes_no_memory(tmp_path):
    meter = Meter(Layout(root=tmp_path))
    meter.sample()
    assert meter.peaks({}) == {}
