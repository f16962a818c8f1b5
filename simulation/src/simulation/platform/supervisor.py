"""The process that hosts a local platform: starts it in order, restarts what dies, stops it in order.

`python -m simulation.platform.supervisor --root var …` is started by `ets up` and `ets window`; it says "ready"
on its standard output when every service serves, or "failed" and why, writes `platform.json`, and ends on SIGTERM.

SUP-1  A service that dies is started again at the same address, as a cluster would do it; one that dies again and
       again is given longer and longer pauses.
SUP-2  A broker that dies is started again empty; its address file is renewed.
SUP-3  Nothing that the supervisor started outlives it. Only when it is killed without warning PostgreSQL runs on,
       and the next supervisor of the folder takes it over.
SUP-4  A folder has one supervisor: a second one waits until the first has stopped.
"""

import argparse
import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import grpc
import psutil
from ets_kernel.embedded.ports import free_ports
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.bus.kafka_topics import ensure_topics
from grpc_health.v1 import health_pb2, health_pb2_grpc

from simulation.platform.databases import NAMES, make_databases
from simulation.platform.layout import SERVICES, Layout, PlatformState, ServiceAddress
from simulation.platform.secrets import Secrets

BROKER = "broker"
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 45
PR_SET_PDEATHSIG = 1
# A process that lived so long did not die of its start.
SOUND_SECONDS_MIN = 10
PAUSE_SECONDS = 0.25
PAUSE_SECONDS_MAX = 8.0
LOG_TAIL_BYTES = 4_000


class StartFailed(Exception):
    """A part of the platform did not start; the text names it and its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a platform is made of."""

    root: Path
    database_url: str = ""
    kafka: str = ""
    clock_start: str = ""
    log_level: str = "WARNING"


@dataclass(slots=True, kw_only=True)
class Child:
    """A process that is kept running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process
    grpc: str = ""
    http: str = ""
    watcher: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Supervisor:
    """One local platform."""

    options: Options
    layout: Layout
    secrets: Secrets
    postgres: EmbeddedPostgres | None = None
    children: dict[str, Child] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    is_stopping: bool = False

    async def start(self) -> None:
        """Start everything; returns when every service serves."""
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        self.secrets.ensure()
        if not self.options.database_url:
            self.postgres = await asyncio.to_thread(EmbeddedPostgres.start, self.layout.database)
        self.urls = await self._databases()
        if self.options.kafka:
            await ensure_topics(self.options.kafka)
        else:
            await self._start_broker()
        environments = self._environments(self.urls)
        for name in SERVICES:
            await self._start_service(name, environments[name])
        await asyncio.gather(*(self._await_serving(self.children[name]) for name in SERVICES))
        self._write_state()

    async def stop(self) -> None:
        """Stop services, then the broker, then PostgreSQL."""
        self.is_stopping = True
        self.layout.state.unlink(missing_ok=True)
        await asyncio.gather(*(self._stop_child(self.children[n]) for n in SERVICES if n in self.children))
        if BROKER in self.children:
            await self._stop_child(self.children[BROKER])
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop)

    async def _databases(self) -> dict[str, str]:
        if self.postgres is None:
            return await make_databases(self.options.database_url)
        for database in NAMES.values():
            await self.postgres.create_database(database)
        return {service: self.postgres.url(database) for service, database in NAMES.items()}

    async def _start_broker(self) -> None:
        command = (
            sys.executable, "-m", "ets_kernel.embedded.broker",
            "--topics-from-catalogue", "--address-file", str(self.layout.broker_address),
        )  # fmt: skip
        broker = await self._spawn(BROKER, command, {})
        await asyncio.wait_for(self._broker_ready(broker), START_SECONDS_MAX)

    async def _broker_ready(self, broker: Child) -> None:
        # It tells its address when it listens and the file is written; nothing, when it has died.
        if broker.process.stdout is None or not await broker.process.stdout.readline():
            await broker.process.wait()
            raise self._failed_start(broker)

    def _environments(self, urls: Mapping[str, str]) -> dict[str, dict[str, str]]:
        ports = free_ports(2 * len(SERVICES))
        targets = {name: f"127.0.0.1:{ports[n]}" for n, name in enumerate(SERVICES)}
        https = {name: ports[len(SERVICES) + n] for n, name in enumerate(SERVICES)}
        shared = {
            "ETS_KAFKA": self.options.kafka or f"@{self.layout.broker_address}",
            "ETS_CLOCK": "simulated" if self.options.clock_start else "system",
            "ETS_AUTH_PUBLIC_KEY": f"@{self.secrets.public_path('auth')}",
            "ETS_SERVICE_TOKEN": f"@{self.secrets.folder / 'service.token'}",
            "ETS_SEAL_KEYS": f"@{self.secrets.folder / 'seal_keys.json'}",
            "ETS_LOG_LEVEL": self.options.log_level,
            "ETS_WATCH_SECONDS": "1",
            "ETS_MIGRATE_ON_START": "true",
        }
        if self.options.clock_start:
            shared["ETS_CLOCK_START"] = self.options.clock_start
        for name, target in targets.items():
            shared[f"ETS_PEER_{name.replace('-', '_').upper()}"] = target
        signing = {"registry": "registry", "ccer-bridge": "ccer-centre"}
        return {
            name: shared
            | {"ETS_DATABASE_URL": urls[name]}
            | {"ETS_GRPC_PORT": targets[name].split(":")[1], "ETS_HTTP_PORT": str(https[name])}
            | ({"ETS_SIGNING_KEY": f"@{self.secrets.private_path(signing[name])}"} if name in signing else {})
            for name in SERVICES
        }

    async def _start_service(self, name: str, environment: Mapping[str, str]) -> None:
        child = await self._spawn(name, (script(name), "serve"), environment)
        child.grpc = f"127.0.0.1:{environment['ETS_GRPC_PORT']}"
        child.http = f"127.0.0.1:{environment['ETS_HTTP_PORT']}"

    async def _spawn(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Child:
        process = await self._execute(name, command, environment)
        child = Child(name=name, command=command, environment=environment, process=process)
        self.children[name] = child
        child.watcher = asyncio.create_task(self._keep_running(child))
        return child

    async def _await_serving(self, child: Child) -> None:
        """Return when a service serves; raises StartFailed as soon as it has died instead."""
        served, died = (
            asyncio.create_task(await_serving(child.grpc)),
            asyncio.create_task(child.process.wait()),
        )
        try:
            await asyncio.wait({served, died}, return_when=asyncio.FIRST_COMPLETED)
            if not served.done():
                raise self._failed_start(child)
            await served
        except TimeoutError as error:
            raise StartFailed(f"{child.name} does not serve after {START_SECONDS_MAX} s") from error
        finally:
            served.cancel()
            died.cancel()

    def _failed_start(self, child: Child) -> StartFailed:
        log = self.layout.logs / f"{child.name}.log"
        words = log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip().splitlines()
        return StartFailed(
            f"{child.name} ended with {child.process.returncode} while it started: "
            f"{words[-1] if words else 'it said nothing'} (more in {log})"
        )

    async def _execute(
        self, name: str, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        try:
            with (self.layout.logs / f"{name}.log").open("ab") as log:
                return await asyncio.create_subprocess_exec(
                    *command,
                    env={**os.environ, **environment},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE if name == BROKER else log,
                    stderr=log,
                    preexec_fn=_end_with_parent,
                )
        except FileNotFoundError as error:
            raise StartFailed(f"there is no {error.filename}: run `make setup`") from error

    async def _keep_running(self, child: Child) -> None:
        pause_seconds = 0.0
        while True:
            started = time.monotonic()
            code = await child.process.wait()
            if self.is_stopping or not self.layout.state.exists():
                return
            print(f"{child.name} ended with {code}; starting it again", file=sys.stderr, flush=True)  # noqa: T201
            if time.monotonic() - started > SOUND_SECONDS_MIN:
                pause_seconds = 0.0
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(max(2 * pause_seconds, PAUSE_SECONDS), PAUSE_SECONDS_MAX)
            try:
                child.process = await self._execute(child.name, child.command, child.environment)
                self._write_state()
            except (OSError, StartFailed) as error:
                # A full disk, or files that are being replaced: it is tried again after the next pause.
                print(f"{child.name}: {error}", file=sys.stderr, flush=True)  # noqa: T201

    async def _stop_child(self, child: Child) -> None:
        if child.watcher is not None:
            child.watcher.cancel()
        if child.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.process.terminate()
        try:
            await asyncio.wait_for(child.process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            print(f"{child.name} did not drain within {STOP_SECONDS_MAX} s", file=sys.stderr, flush=True)  # noqa: T201
            child.process.kill()
            await child.process.wait()

    def _write_state(self) -> None:
        broker = self.children.get(BROKER)
        pid_file = self.layout.database / "postmaster.pid"
        PlatformState(
            supervisor_pid=os.getpid(),
            supervisor_started=int(psutil.Process().create_time()),
            database_url=self.options.database_url,
            kafka=self.options.kafka or f"@{self.layout.broker_address}",
            broker_pid=broker.process.pid if broker else 0,
            postgres_pid=int(pid_file.read_text().split()[0]) if self.postgres else 0,
            services={
                name: ServiceAddress(
                    pid=child.process.pid, grpc=child.grpc, http=child.http, database_url=self.urls[name]
                )
                for name, child in self.children.items()
                if name in SERVICES
            },
        ).write(self.layout.state)


def script(service: str) -> str:
    """Give the path of a service's own command, beside this interpreter."""
    return str(Path(sys.executable).parent / service)


async def await_serving(target: str, *, timeout_seconds: int = START_SECONDS_MAX) -> None:
    """Return when a service says that it serves; raises TimeoutError.

    A watch that is cut off is begun anew: the one before may just be leaving the address.
    """
    async with asyncio.timeout(timeout_seconds), grpc.aio.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                async for answer in stub.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True):
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.asynccontextmanager
async def only_supervisor(layout: Layout) -> AsyncIterator[None]:
    """Be the one supervisor of the folder; waits for one that is stopping. Raises StartFailed."""
    layout.root.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + STOP_SECONDS_MAX
    with layout.lock.open("a+", encoding="utf-8") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise StartFailed(f"another supervisor is at work in {layout.root}") from error
                await asyncio.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def supervise(options: Options, starter: TextIO) -> None:
    """Run a platform until SIGTERM or SIGINT; says "ready", or "failed" and why, to who started it."""
    layout = Layout(root=options.root)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with only_supervisor(layout):
            supervisor = Supervisor(options, layout, Secrets(layout.secrets))
            try:
                await _start_unless(stop, supervisor)
                starter.write("ready\n")
                starter.flush()
                await stop.wait()
            finally:
                await supervisor.stop()
    except Exception as error:
        words = str(error) if isinstance(error, StartFailed) else f"{type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            starter.write(f"failed\n{words}\n")
            starter.close()
        raise


async def _start_unless(stop: asyncio.Event, supervisor: Supervisor) -> None:
    """Start the platform; a stop that comes meanwhile ends the start."""
    starting, stopping = asyncio.create_task(supervisor.start()), asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        raise StartFailed("stopped while it started")
    await starting


def main() -> None:
    """Read the options and supervise."""
    parser = argparse.ArgumentParser(description="Host a local platform.")
    parser.add_argument("--root", type=Path, required=True)
    for name in ("database-url", "kafka", "clock-start", "log-level"):
        parser.add_argument(f"--{name}", default="WARNING" if name == "log-level" else "")
    # What libraries print goes to the log: the starter reads one word and then closes its end.
    starter = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(supervise(Options(**vars(parser.parse_args())), starter))


if __name__ == "__main__":
    main()
