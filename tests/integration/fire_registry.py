"""The registry under fire: a process of its own on a private, durable PostgreSQL, and what strikes them.

Durable, because a killed backend makes PostgreSQL throw its shared memory away and recover from its log: what was
acknowledged must be in there.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg
from ets.common.v1 import stream_service_pb2
from ets.common.v1.stream_service_pb2_grpc import StreamServiceStub
from ets_kernel.embedded.ports import free_ports
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.signing import private_key_to_pem, public_key_to_pem
from ets_kernel.testing.serving import TEST_KEY, serving, token_for
from fire_market import REGISTRY_KEY, Producers, seal_keys
from simulation.platform.supervisor import await_serving, script
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

DATABASE = "ets_registry"
OWN_NAME = "ets-fire"
RECOVERY_LOOK_SECONDS = 0.1
RECOVERY_SECONDS_MAX = 60
# A strike and what it does to whom; the service itself is killed as often as PostgreSQL's backends.
STRIKES = ("kill the service", "kill a backend", "kill the service", "cut some connections")


@dataclass
class RegistryUnderFire:
    """The process, its database, and when it can be called."""

    folder: Path
    postgres: EmbeddedPostgres
    producers: Producers
    target: str
    environment: dict[str, str]
    struck: list[str] = field(default_factory=list)
    # Which strike is the first; the others follow in their order, so that two in a row are never alike.
    first: int | None = None
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    process: Process | None = None

    @property
    def url(self) -> str:
        return self.postgres.url(DATABASE)

    async def start(self) -> None:
        """Start the service; returns when it serves."""
        with (self.folder / "registry.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                script("registry"),
                "serve",
                env={**os.environ, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await await_serving(self.target)
        self.is_up.set()

    async def stop(self) -> None:
        """Let the service drain, and end."""
        self.is_up.clear()
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def strike(self, chance: Random) -> None:
        """Let one of the strikes happen; returns when the service serves again."""
        if self.first is None:
            self.first = chance.randrange(len(STRIKES))
        what = STRIKES[(self.first + len(self.struck)) % len(STRIKES)]
        if what == "kill the service":
            await self._kill()
        else:
            what += f" ({await self._strike_backends(chance, is_kill=what == 'kill a backend')})"
        self.struck.append(what)

    async def _kill(self) -> None:
        assert self.process is not None
        self.is_up.clear()
        self.process.kill()
        await self.process.wait()
        await self.start()

    async def _strike_backends(self, chance: Random, *, is_kill: bool) -> int:
        """Kill one backend, or end some connections; give how many were struck."""
        connection = await self.connect()
        try:
            found = await connection.fetch(
                "SELECT pid FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name <> $1 ORDER BY pid",
                OWN_NAME,
            )
            pids = [row["pid"] for row in found]
            chosen = chance.sample(pids, min(len(pids), 1 if is_kill else chance.randint(1, 4)))
            if not is_kill:
                await connection.fetch(
                    "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", chosen
                )
                return len(chosen)
        finally:
            with contextlib.suppress(asyncpg.PostgresError, OSError):
                await connection.close()
        for pid in chosen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(chosen)

    async def connect(self) -> asyncpg.Connection:
        """Look into the database beside the service; tries again while PostgreSQL recovers."""
        again = AsyncRetrying(
            retry=retry_if_exception_type((asyncpg.PostgresError, OSError)),
            wait=wait_fixed(RECOVERY_LOOK_SECONDS),
            stop=stop_after_delay(RECOVERY_SECONDS_MAX),
            reraise=True,
        )
        return await again(
            asyncpg.connect,
            self.url.replace("+asyncpg", ""),
            server_settings={"application_name": OWN_NAME},
        )

    async def consumed_all(self) -> None:
        """Return when every event of the producers has taken effect, or is set aside."""
        channel = connect(self.target, token=token_for("ROLE_OPERATIONS"), attempts_max=20)
        positions = [
            stream_service_pb2.StreamPosition(stream=stream, sequence=head)
            for stream, head in self.producers.heads().items()
        ]
        request = stream_service_pb2.AwaitStreamsRequest(positions=positions, timeout_seconds=60)
        answer = await StreamServiceStub(channel).AwaitStreams(request, timeout=70)
        await channel.close()
        assert answer.reached, f"not consumed: {answer.behind}"


@asynccontextmanager
async def registry_under_fire(folder: Path) -> AsyncIterator[RegistryUnderFire]:
    """Run PostgreSQL, the producers and the service for the length of a test."""
    producers = Producers()
    (port,) = free_ports(1)
    postgres = await asyncio.to_thread(EmbeddedPostgres.start, folder / "postgres")
    try:
        await postgres.create_database(DATABASE)
        async with serving(producers.served()) as peers:
            environment = _environment(postgres.url(DATABASE), port, peers.target)
            under_fire = RegistryUnderFire(folder, postgres, producers, f"127.0.0.1:{port}", environment)
            try:
                await under_fire.start()
                yield under_fire
            finally:
                await under_fire.stop()
    finally:
        await asyncio.to_thread(postgres.stop)


def _environment(url: str, port: int, peers: str) -> dict[str, str]:
    return {
        "ETS_DATABASE_URL": url,
        "ETS_MIGRATE_ON_START": "true",
        "ETS_GRPC_PORT": str(port),
        "ETS_HTTP_PORT": "0",
        "ETS_KAFKA": "memory",
        "ETS_CLOCK": "simulated",
        "ETS_CLOCK_START": "2021-10-26T09:00:00+08:00",
        "ETS_AUTH_PUBLIC_KEY": public_key_to_pem(TEST_KEY.public_key()),
        "ETS_SERVICE_TOKEN": token_for("ROLE_SERVICE", provinces=["*"], entities=["*"]),
        "ETS_SEAL_KEYS": seal_keys(),
        "ETS_SIGNING_KEY": private_key_to_pem(REGISTRY_KEY),
        "ETS_LOG_LEVEL": "WARNING",
        "ETS_WATCH_SECONDS": "0.2",
        "ETS_PEER_MRV": peers,
        "ETS_PEER_TRADING": peers,
        "ETS_PEER_CCER_BRIDGE": peers,
    }
