"""The frame of every service: ``main.py`` says what the service is made of, this says how it runs.

``run`` is the whole command line of a service: ``serve`` (the default) and ``migrate``.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, Generic

import grpc.aio
import structlog
import uvloop
from ets.common.v1 import (
    book_service_pb2,
    book_service_pb2_grpc,
    clock_service_pb2,
    clock_service_pb2_grpc,
    dead_letter_service_pb2,
    dead_letter_service_pb2_grpc,
    stream_service_pb2,
    stream_service_pb2_grpc,
)
from ets.topics import TOPICS
from fastapi import APIRouter
from google.protobuf.descriptor import ServiceDescriptor
from sqlalchemy import MetaData
from typing_extensions import TypeVar

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import DatabaseUnavailable, EtsError
from ets_kernel.runtime import retries, telemetry
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.books import Book, BookKeeper
from ets_kernel.runtime.bus.connect import bus_for
from ets_kernel.runtime.bus.port import Bus
from ets_kernel.runtime.clock import SimulatedClock, SystemClock
from ets_kernel.runtime.collector import tune_collector
from ets_kernel.runtime.consumer import Consumer, Subscription
from ets_kernel.runtime.db import Database, Transaction
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.book_service import BookServicer
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.grpc.clock_service import ClockServicer
from ets_kernel.runtime.grpc.dead_letter_service import DeadLetterServicer
from ets_kernel.runtime.grpc.server import GrpcServer, Served
from ets_kernel.runtime.grpc.stream_service import StreamServicer
from ets_kernel.runtime.health import Health, age_of
from ets_kernel.runtime.http.app import HttpServer, make_app
from ets_kernel.runtime.lifecycle import Lifecycle, Stage
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.settings import ServiceSettings
from ets_kernel.runtime.signing import public_key_from_pem
from ets_kernel.runtime.streams import GrpcStreamReader

DATABASE_ATTEMPTS_MAX: Final = 60

S = TypeVar("S", bound=ServiceSettings, default=ServiceSettings)
U = TypeVar("U")

_log = structlog.get_logger(__name__)


class Application(Generic[S]):
    """One service in one process: what it has, and what ``build`` adds to it."""

    def __init__(self, *, service: str, settings: S, clock: Clock, database: Database, bus: Bus) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.database = database
        self.bus = bus
        self.verifier = TokenVerifier(public_key_from_pem(settings.auth_public_key))
        self.health = Health(stuck_seconds=settings.stuck_seconds)
        self.grpc_port = 0
        self.http_port = 0
        self._lifecycle = Lifecycle(drain_seconds=settings.drain_seconds, on_ready=self._set_ready)
        self._relay = Relay(database, bus)
        self._consumer: Consumer[Any] | None = None
        self._served: list[Served] = []
        self._books: list[Book] = []
        self._routers: list[APIRouter] = []
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._grpc: GrpcServer | None = None
        self._http: HttpServer | None = None

    @classmethod
    async def create(cls, service: str, settings: S, *, bus: Bus | None = None) -> "Application[S]":
        """Open the database and the clock; a simulated one waits for a database that isn't there yet."""
        database = Database.create(
            settings.database_url,
            pool_size_max=settings.database_pool_max,
            application_name=f"ets-{service}",
        )
        clock = await _make_clock(settings, database)
        return cls(
            service=service,
            settings=settings,
            clock=clock,
            database=database,
            bus=bus or bus_for(settings.kafka, tls_directory=settings.kafka_tls_directory),
        )

    def door(self, unit_of_work: Callable[[Transaction], U]) -> Door[U]:
        """Make the one door for the service's writes and reads."""
        return Door(self.database, unit_of_work)

    def channel(self, peer: str) -> grpc.aio.Channel:
        """Give the channel to a peer by its service name ("ccer-bridge"), closed with the application."""
        if peer not in self._channels:
            self._channels[peer] = connect(
                self.settings.peer(peer),
                token=self.settings.service_token,
                deadline_seconds=self.settings.call_deadline_seconds,
            )
        return self._channels[peer]

    def serve_grpc(
        self, add_to_server: Callable[[Any, Any], None], servicer: object, descriptor: ServiceDescriptor
    ) -> None:
        """Serve a gRPC service; its contract is checked at start."""
        self._served.append(Served(add_to_server=add_to_server, servicer=servicer, descriptor=descriptor))

    def consume(
        self, subscriptions: Sequence[Subscription[U]], unit_of_work: Callable[[Transaction], U]
    ) -> None:
        """Consume topics; gaps are repaired from their producers' outboxes over gRPC. Called once."""
        ensure(self._consumer is None, "a service consumes all its topics in one group")
        producers = {TOPICS[subscription.topic].producer for subscription in subscriptions}
        self._consumer = Consumer(
            service=self.service,
            database=self.database,
            bus=self.bus,
            reader=GrpcStreamReader({producer: self.channel(producer) for producer in sorted(producers)}),
            clock=self.clock,
            subscriptions=subscriptions,
            unit_of_work=unit_of_work,
            watch_seconds=self.settings.watch_seconds,
        )

    def books(self, books: Sequence[Book]) -> None:
        """Show these books to whoever compares them."""
        self._books.extend(books)

    def http(self, router: APIRouter) -> None:
        """Serve a router for people beside the health and metrics routes."""
        self._routers.append(router)

    async def run(self) -> int:
        """Start, serve until SIGTERM or SIGINT, drain; give the exit code."""
        return await self._lifecycle.run(self._stages())

    async def start(self) -> None:
        """Start without touching the process's signals, for tests; ``stop`` ends it."""
        await self._lifecycle.start(self._stages())

    async def stop(self) -> None:
        """Drain and end."""
        await self._lifecycle.drain()

    def _stages(self) -> list[Stage]:
        """List the parts in the order of their start."""
        return [
            Stage(name="http", start=self._start_http, stop=self._stop_http),
            Stage(name="database", stop=lambda _: self.database.dispose()),
            Stage(name="bus", start=self.bus.start, stop=lambda _: self.bus.stop()),
            Stage(name="relay", start=self._start_relay, stop=self._stop_relay),
            Stage(name="channels", stop=self._close_channels),
            Stage(
                name="consumer", start=self._start_consumer, stop=lambda _: self._lifecycle.cancel("consumer")
            ),
            Stage(name="grpc", start=self._start_grpc, stop=self._drain_grpc),
        ]

    async def _set_ready(self, ready: bool) -> None:
        self.health.set_ready(ready)
        if self._grpc is not None:
            await self._grpc.set_ready(ready)

    async def _start_http(self) -> None:
        self._http = HttpServer(make_app(self.service, self.health, self._routers))
        self.http_port = await self._http.start(self.settings.http_host, self.settings.http_port)

    async def _stop_http(self, _left_seconds: float) -> None:
        if self._http is not None:
            await self._http.stop()

    async def _start_relay(self) -> None:
        self.health.watch("relay", age_of(lambda: self._relay.progress_at))
        self.health.on_observe(self._count_unsent)
        self._lifecycle.spawn("relay", self._relay.run())

    async def _count_unsent(self) -> None:
        try:
            await self._relay.unsent_count()
        except DatabaseUnavailable as error:
            # The other metrics are needed most while the database is away.
            _log.warning("outbox_not_counted", reason=error.reason)

    async def _stop_relay(self, left_seconds: float) -> None:
        await self._lifecycle.cancel("relay")
        try:
            async with asyncio.timeout(left_seconds / 2):
                await self._relay.drain()
        except (EtsError, TimeoutError) as error:
            # The rows stay in the outbox, and the next process sends them.
            _log.warning("outbox_left_unsent", error=repr(error))

    async def _start_consumer(self) -> None:
        consumer = self._consumer
        if consumer is None:
            return
        self.health.watch("consumer", age_of(lambda: consumer.progress_at))
        self.health.watch("bus", lambda: 0.0 if consumer.bus.progress.is_live else float("inf"))
        self._lifecycle.spawn("consumer", consumer.run())

    async def _close_channels(self, _left_seconds: float) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def _start_grpc(self) -> None:
        self._grpc = GrpcServer([*self._served, *self._common_services()], self.verifier)
        self.grpc_port = await self._grpc.start(self.settings.grpc_host, self.settings.grpc_port)
        _log.info("listening", grpc_port=self.grpc_port, http_port=self.http_port)

    async def _drain_grpc(self, left_seconds: float) -> None:
        if self._grpc is not None:
            await self._grpc.drain(left_seconds / 2)

    def _common_services(self) -> list[Served]:
        """Give what a server serves beside its own: streams, books, dead letters (a consumer), a simulated clock."""
        keeper = BookKeeper(
            database=self.database, clock=self.clock, books=self._books, consumer=self.service
        )
        progress = self._consumer.progress if self._consumer is not None else None
        common = [
            Served(
                add_to_server=stream_service_pb2_grpc.add_StreamServiceServicer_to_server,
                servicer=StreamServicer(self.database, consumer=self.service, progress=progress),
                descriptor=stream_service_pb2.DESCRIPTOR.services_by_name["StreamService"],
            ),
            Served(
                add_to_server=book_service_pb2_grpc.add_BookServiceServicer_to_server,
                servicer=BookServicer(keeper),
                descriptor=book_service_pb2.DESCRIPTOR.services_by_name["BookService"],
            ),
        ]
        if self._consumer is not None:
            letters = Served(
                add_to_server=dead_letter_service_pb2_grpc.add_DeadLetterServiceServicer_to_server,
                servicer=DeadLetterServicer(self.database, self._consumer),
                descriptor=dead_letter_service_pb2.DESCRIPTOR.services_by_name["DeadLetterService"],
            )
            common.append(letters)
        if isinstance(self.clock, SimulatedClock):
            clock = Served(
                add_to_server=clock_service_pb2_grpc.add_ClockServiceServicer_to_server,
                servicer=ClockServicer(self.clock),
                descriptor=clock_service_pb2.DESCRIPTOR.services_by_name["ClockService"],
            )
            common.append(clock)
        return common


async def _make_clock(settings: ServiceSettings, database: Database) -> Clock:
    if settings.clock == "system" or settings.clock_start is None:
        return SystemClock()
    clock = SimulatedClock(database, start=settings.clock_start)
    await retries.attempts(DATABASE_ATTEMPTS_MAX)(clock.load)
    return clock


def run(
    service: str,
    settings_class: type[S],
    build: Callable[[Application[S]], Awaitable[None]],
    metadata: MetaData,
    migrations: Path,
) -> None:
    """Run a service's command line and end the process with its exit code.

    ``build`` adds the service's parts to an application that has its database and clock; it connects to nobody.
    """
    parser = argparse.ArgumentParser(
        prog=service, description=f"The {service} service. Settings: ETS_… variables."
    )
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", "migrate"])
    command: str = parser.parse_args().command
    settings = settings_class.load()
    telemetry.configure_logging(service, level=settings.log_level)
    if command == "migrate" or settings.migrate_on_start:
        from ets_kernel.runtime.migrations import upgrade  # noqa: PLC0415  # alembic is for migrations only

        uvloop.run(upgrade(settings.database_url, migrations))
        _log.info("migrated", tables=len(metadata.tables))
    if command == "migrate":
        return
    telemetry.configure_tracing(service, otlp_endpoint=settings.otlp_endpoint)
    code = uvloop.run(_serve(service, settings, build))
    telemetry.flush_tracing()
    sys.exit(code)


async def _serve(service: str, settings: S, build: Callable[[Application[S]], Awaitable[None]]) -> int:
    application = await Application.create(service, settings)
    await build(application)
    tune_collector()
    return await application.run()
