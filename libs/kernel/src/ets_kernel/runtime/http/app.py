"""The HTTP side of a service: liveness, readiness, metrics, OpenAPI, and routers for people."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import uvicorn
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse

from ets_kernel.runtime import metrics
from ets_kernel.runtime.health import Health
from ets_kernel.runtime.http.contract import ContractRouter, Route
from ets_kernel.runtime.http.errors import install_error_handlers

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BODY_BYTES_MAX: Final = 1024 * 1024


def make_app(service: str, health: Health, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """Make the app of a service."""
    # Spans of people's requests are one per request; probes come every few seconds and are worth none.
    app = FastAPI(title=f"ets {service}", telemetry={"operation_spans": False}, max_body_size=_BODY_BYTES_MAX)
    install_error_handlers(app)

    @app.get("/healthz/live", tags=["health"])
    async def live() -> JSONResponse:
        """Tell whether every background task gets somewhere; 503 asks for a restart."""
        stuck = health.stuck()
        return JSONResponse({"live": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)

    @app.get("/healthz/ready", tags=["health"])
    async def ready() -> JSONResponse:
        """Tell whether the service takes calls."""
        return JSONResponse({"ready": health.ready}, status_code=200 if health.ready else 503)

    @app.get("/metrics", tags=["health"])
    async def exposition() -> Response:
        """Give all metrics in the Prometheus text format."""
        await health.observe()
        return Response(metrics.exposition(), media_type=_METRICS_TYPE)

    mirrored = []
    for router in routers:
        app.include_router(router)
        if isinstance(router, ContractRouter):
            mirrored.extend(router.mirrored)
    if mirrored:
        _tell_of(app, mirrored)
    return app


def _tell_of(app: FastAPI, routes: Sequence[Route]) -> None:
    """Describe routes that mirror the contract, when somebody first asks."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            from ets_kernel.runtime.http.openapi import describe  # noqa: PLC0415  # sentences of all contracts

            app.openapi_schema = describe(written(), routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


class HttpServer:
    """A uvicorn server inside our loop, which leaves the signals to us.

    Left to itself, uvicorn raises SIGTERM again when it ends, and the process dies before the outbox is
    flushed.
    """

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=2
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port (a free one for 0)."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
        # Inherited by every connection. Without it a kept connection waits 40 ms between the head and the body.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        await self._server.listening.wait()
        bound: int = listener.getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Finish running requests for two seconds, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()
