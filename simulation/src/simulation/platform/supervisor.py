"""The process that hosts a local platform: starts it in order, restarts what dies, stops it in order.

`python -m simulation.platform.supervisor --root var …` is started by `ets up` and `ets window`; it says "ready"
on its standard output when every service serves, writes `platform.json`, and ends on SIGTERM.

SUP-1  A service that dies is started again at the same address, as a cluster would do it.
SUP-2  A broker that dies is started again empty; its address file is renewed.
SUP-3  Nothing that the supervisor started outlives it.
"""

import argparse
import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import asyncpg
import grpc
import psutil
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.bus.kafka_topics import ensure_topics
from grpc_health.v1 import health_pb2, health_pb2_grpc

from simulation.platform.layout import SERVICES, Layout, PlatformState, ServiceAddress
from simulation.platform.secrets import Secrets

START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 45
PR_SET_PDEATHSIG = 1
PORT_FIRST = 12_000
PORT_LAST = 32_000
PORTS_APART = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a platform is made of."""

    root: Path
    database_url: str = ""
    kafka: str = ""
    clock_start: str = ""
    must_be_empty: bool = False
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
    is_stopping: bool = False

    async def start(self) -> None:
        """Start everything; returns when every service serves."""
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        self.secrets.ensure()
        if not self.options.database_url:
            self.postgres = await asyncio.to_thread(EmbeddedPostgres.start, self.layout.database)
        urls = await self._databases()
        if self.options.kafka:
            await ensure_topics(self.options.kafka)
        else:
            await self._start_broker()
        environments = self._environments(urls)
        for name in SERVICES:
            await self._start_service(name, environments[name])
        await asyncio.gather(*(await_serving(self.children[name].grpc) for name in SERVICES))
        self._write_state()

    async def stop(self) -> None:
        """Stop services, then the broker, then PostgreSQL."""
        self.is_stopping = True
        self.layout.state.unlink(missing_ok=True)
        await asyncio.gather(*(self._stop_child(self.children[n]) for n in SERVICES if n in self.children))
        if "broker" in self.children:
            await self._stop_child(self.children["broker"])
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.stop)

    async def _databases(self) -> dict[str, str]:
        names = {service: f"ets_{service.replace('-', '_')}" for service in SERVICES}
        if self.postgres is not None:
            for database in names.values():
                await self.postgres.create_database(database)
            return {service: self.postgres.url(database) for service, database in names.items()}
        return await self._given_databases(names)

    async def _given_databases(self, names: Mapping[str, str]) -> dict[str, str]:
        """Make the databases on a server that was given; a window that starts anew needs them empty."""
        base, _, query = self.options.database_url.partition("?")
        server = base.rsplit("/", 1)[0]
        connection = await asyncpg.connect(self.options.database_url.replace("+asyncpg", ""))
        try:
            for database in names.values():
                exists = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
                if exists and self.options.must_be_empty:
                    raise RuntimeError(f"database {database} exists: drop it, or go on with --resume")
                if not exists:
                    await connection.execute(
                        f"CREATE DATABASE \"{database}\" TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'"
                    )
        finally:
            await connection.close()
        suffix = f"?{query}" if query else ""
        return {service: f"{server}/{database}{suffix}" for service, database in names.items()}

    async def _start_broker(self) -> None:
        self.layout.broker_address.unlink(missing_ok=True)
        command = (
            sys.executable, "-m", "ets_kernel.embedded.broker",
            "--topics-from-catalogue", "--address-file", str(self.layout.broker_address),
        )  # fmt: skip
        await self._spawn("broker", command, {})
        await asyncio.wait_for(self._broker_ready(), START_SECONDS_MAX)

    async def _broker_ready(self) -> None:
        # The address file appears by an atomic rename when the broker listens.
        while not self.layout.broker_address.exists():
            if self.children["broker"].process.returncode is not None:
                raise RuntimeError(f"the broker did not start; see {self.layout.logs / 'broker.log'}")
            await asyncio.sleep(0.02)

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

    async def _execute(
        self, name: str, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        with (self.layout.logs / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )

    async def _keep_running(self, child: Child) -> None:
        while True:
            code = await child.process.wait()
            if self.is_stopping or not self.layout.state.exists():
                return
            print(f"{child.name} ended with {code}; starting it again", file=sys.stderr, flush=True)  # noqa: T201
            child.process = await self._execute(child.name, child.command, child.environment)
            self._write_state()

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
        broker = self.children.get("broker")
        pid_file = self.layout.database / "postmaster.pid"
        PlatformState(
            supervisor_pid=os.getpid(),
            supervisor_started=int(psutil.Process().create_time()),
            database_url=self.options.database_url,
            kafka=self.options.kafka or f"@{self.layout.broker_address}",
            broker_pid=broker.process.pid if broker else 0,
            postgres_pid=int(pid_file.read_text().split()[0]) if self.postgres else 0,
            services={
                name: ServiceAddress(pid=child.process.pid, grpc=child.grpc, http=child.http)
                for name, child in self.children.items()
                if name in SERVICES
            },
        ).write(self.layout.state)


def script(service: str) -> str:
    """Give the path of a service's own command, beside this interpreter."""
    return str(Path(sys.executable).parent / service)


def free_ports(count: int) -> list[int]:
    """Find ports of the loopback interface that nobody listens on.

    They lie below the range from which the system takes ports for outgoing connections, or one of those could
    take a port before its service does; two platforms that start together begin at different places.
    """
    found: list[int] = []
    span = PORT_LAST - PORT_FIRST
    start = os.getpid() * PORTS_APART % span
    for offset in range(span):
        port = PORT_FIRST + (start + offset) % span
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"there are no {count} free ports between {PORT_FIRST} and {PORT_LAST}")


async def await_serving(target: str, *, timeout_seconds: int = START_SECONDS_MAX) -> None:
    """Return when a service says that it serves; raises TimeoutError."""
    async with asyncio.timeout(timeout_seconds), grpc.aio.insecure_channel(target) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(), wait_for_ready=True
        )
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def supervise(options: Options, starter: TextIO) -> None:
    """Run a platform until SIGTERM or SIGINT; says "ready" to who started it."""
    layout = Layout(root=options.root)
    supervisor = Supervisor(options, layout, Secrets(layout.secrets))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await supervisor.start()
        starter.write("ready\n")
        starter.flush()
        await stop.wait()
    finally:
        await supervisor.stop()


def main() -> None:
    """Read the options and supervise."""
    parser = argparse.ArgumentParser(description="Host a local platform.")
    parser.add_argument("--root", type=Path, required=True)
    for name in ("database-url", "kafka", "clock-start", "log-level"):
        parser.add_argument(f"--{name}", default="WARNING" if name == "log-level" else "")
    parser.add_argument("--must-be-empty", action="store_true")
    # What libraries print goes to the log: the starter reads one word and then closes its end.
    starter = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(supervise(Options(**vars(parser.parse_args())), starter))


if __name__ == "__main__":
    main()
