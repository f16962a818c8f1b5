"""The whole platform for a test: all services in one process, or each in its own as `ets window` runs them."""

import asyncio
import importlib
import inspect
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from ets.checker.v1.checker_service_pb2 import RunReconciliationRequest
from ets.checker.v1.checker_types_pb2 import Reconciliation, Verdict
from ets.common.v1.book_service_pb2 import CaptureBooksRequest
from ets.common.v1.stream_service_pb2 import ListStreamsRequest, StreamCounters
from ets_kernel.embedded.ports import free_ports
from ets_kernel.runtime.application import Application
from ets_kernel.runtime.bus.memory import MemoryBroker, MemoryBus
from ets_kernel.runtime.bus.port import Bus
from ets_kernel.runtime.settings import ServiceSettings
from ets_kernel.testing.plugin import TestServer
from simulation.platform.layout import SERVICES
from simulation.platform.secrets import Secrets
from simulation.population.plan import Plan
from simulation.window.barrier import MARKET_SERVICES
from simulation.window.player import OnMoment, Player
from simulation.window.progress import Progress, ProgressFile
from simulation.window.session import WindowOptions
from simulation.window.world import World

SIGNING_KEYS = {"registry": "registry", "ccer-bridge": "ccer-centre"}
# Enough for any restart of a service; the waits between attempts grow to two seconds.
ATTEMPTS_MAX = 60
WATCH_SECONDS = 0.5
PROGRESS = "progress.json"

Digests = Mapping[str, str]
WrapBus = Callable[[str, Bus], Bus]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A running platform: who speaks to it, and, when it is in this process, its parts."""

    world: World
    secrets: Secrets
    folder: Path
    broker: MemoryBroker
    server: TestServer
    applications: Mapping[str, Application[Any]]
    databases: Mapping[str, str]
    targets: Mapping[str, str]

    async def play(
        self,
        plan: Plan,
        until: date | None = None,
        *,
        world: World | None = None,
        on_moment: OnMoment = lambda _day, _moment: None,
    ) -> Progress:
        """Play a plan, from where it was left, to a date or to its end."""
        path = self.folder / PROGRESS
        progress = Progress.read(path) or Progress(
            cycle=plan.cycle, seed=plan.seed, plan_digest=plan.digest()
        )
        player = Player(world or self.world, self.secrets, plan, ProgressFile(path, progress))
        await player.play(until or max(plan.days), on_moment)
        return progress

    def progress(self) -> Progress:
        """Read how far a plan was played, with the platforms' numbers of its forms."""
        found = Progress.read(self.folder / PROGRESS)
        assert found is not None, "a plan was played"
        return found


def module(service: str, name: str) -> ModuleType:
    """Import a module of a service."""
    return importlib.import_module(f"{service.replace('-', '_')}.{name}")


def settings_class(service: str) -> type[ServiceSettings]:
    """Find the settings of a service."""
    found = [
        value
        for value in vars(module(service, "settings")).values()
        if inspect.isclass(value) and issubclass(value, ServiceSettings) and value is not ServiceSettings
    ]
    assert len(found) == 1, f"{service} has one class of settings"
    return found[0]


def tables_of(service: str) -> Any:
    """Give all tables of a service, as its own start knows them."""
    return module(service, "main").metadata


@asynccontextmanager
async def running(
    server: TestServer, folder: Path, *, wrap: WrapBus = lambda _service, bus: bus, attempts_max: int = 6
) -> AsyncIterator[System]:
    """Run all services in this process, each on a fresh database; they meet on one bus in memory."""
    secrets = Secrets(folder / "secrets")
    secrets.ensure()
    broker = MemoryBroker()
    targets = {
        service: f"127.0.0.1:{port}"
        for service, port in zip(SERVICES, free_ports(len(SERVICES)), strict=True)
    }
    databases = {service: await server.fresh_database(tables_of(service)) for service in SERVICES}
    applications: dict[str, Application[Any]] = {}
    async with AsyncExitStack() as stack:
        for service in SERVICES:
            settings = _settings(service, secrets, targets, server.postgres.url(databases[service]))
            bus = wrap(service, MemoryBus(broker))
            application = await Application.create(service, settings, bus=bus)
            await module(service, "main").build(application)
            await application.start()
            stack.push_async_callback(application.stop)
            applications[service] = application
        await _connect_all(World(targets, secrets.token, attempts_max=ATTEMPTS_MAX))
        world = World(targets, secrets.token, attempts_max=attempts_max)
        stack.push_async_callback(world.close)
        yield System(
            world=world,
            secrets=secrets,
            folder=folder,
            broker=broker,
            server=server,
            applications=applications,
            databases=databases,
            targets=targets,
        )
    for database in databases.values():
        await server.postgres.drop_database(database)


async def _connect_all(world: World) -> None:
    """Return when every service is reached.

    Those that started first have looked for the others in vain; connections are shared in a process, and one that
    was refused is not tried again for up to a second.
    """
    for service in SERVICES:
        await world.streams(service).ListStreams(ListStreamsRequest())
    await world.close()


def _settings(service: str, secrets: Secrets, targets: Mapping[str, str], url: str) -> ServiceSettings:
    seal_keys = json.loads((secrets.folder / "seal_keys.json").read_text(encoding="utf-8"))
    fields: dict[str, Any] = {f"peer_{name.replace('-', '_')}": target for name, target in targets.items()}
    fields |= {
        "database_url": url,
        "grpc_port": int(targets[service].rpartition(":")[2]),
        "http_port": 0,
        "clock": "simulated",
        "clock_start": datetime.fromisoformat(WindowOptions.CLOCK_START),
        "auth_public_key": secrets.public_pem("auth"),
        "service_token": (secrets.folder / "service.token").read_text(encoding="utf-8"),
        "seal_keys": json.dumps(seal_keys),
        "watch_seconds": WATCH_SECONDS,
        "drain_seconds": 5.0,
    }
    if service in SIGNING_KEYS:
        fields["signing_key"] = secrets.private_path(SIGNING_KEYS[service]).read_text(encoding="utf-8")
    return settings_class(service)(**fields)


async def digests(world: World) -> Digests:
    """Capture the books of all market services: "<service>/<book>" to SHA-256 in hexadecimal."""
    captures = await asyncio.gather(
        *(world.books(service).CaptureBooks(CaptureBooksRequest()) for service in MARKET_SERVICES)
    )
    return {
        f"{service}/{book.book}": book.digest.hex()
        for service, capture in zip(MARKET_SERVICES, captures, strict=True)
        for book in capture.books
    }


async def counters(world: World, service: str) -> StreamCounters:
    """Read what a service's messaging has done."""
    return (await world.streams(service).ListStreams(ListStreamsRequest())).counters


async def reconcile(world: World, request_id: str) -> Reconciliation:
    """Let the checker compare all books now."""
    answer = await world.checker().RunReconciliation(RunReconciliationRequest(request_id=request_id))
    return answer.reconciliation


def verdicts(run: Reconciliation, verdict: Verdict.ValueType) -> dict[str, str]:
    """Give the invariants with this verdict, each with its evidence or cause."""
    return {
        finding.invariant_id: finding.cause
        or "; ".join(f"{e.subject}: expected {e.expected}, found {e.found}" for e in finding.evidence[:3])
        for finding in run.findings
        if finding.verdict == verdict
    }


def assert_all_kept(run: Reconciliation) -> None:
    """Claim that every invariant was looked at and holds."""
    assert verdicts(run, Verdict.VERDICT_BROKEN) == {}
    assert verdicts(run, Verdict.VERDICT_UNCHECKED) == {}
    assert run.kept_count == len(run.findings) > 0
