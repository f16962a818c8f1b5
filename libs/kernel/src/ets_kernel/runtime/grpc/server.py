"""The gRPC server of a service: interceptors in their order, health, reflection, graceful drain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.grpc.authorization import AuthorizationInterceptor
from ets_kernel.runtime.grpc.client import MESSAGE_BYTES_MAX
from ets_kernel.runtime.grpc.errors import ErrorInterceptor
from ets_kernel.runtime.grpc.methods import read_methods
from ets_kernel.runtime.grpc.tracing import TelemetryInterceptor
from ets_kernel.runtime.grpc.validation import ValidationInterceptor

CALLS_AT_ONCE_MAX: Final = 512

_OPTIONS: Final = (
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    # Clients ping every 30 s, also without calls; the server's default would cut them off.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A second process on the same port is a mistake, and it must be told.
    ("grpc.so_reuseport", 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One gRPC service to be served: its generated ``add_…_to_server``, its servicer, its descriptor."""

    add_to_server: Callable[[Any, Any], None]
    servicer: object
    descriptor: ServiceDescriptor


class GrpcServer:
    """Serves gRPC services; not serving in health until told."""

    def __init__(self, services: Iterable[Served], verifier: TokenVerifier) -> None:
        served = tuple(services)
        methods = read_methods(service.descriptor for service in served)
        self._server = grpc.aio.server(
            # The order is the law: refusals of all others are written by the first; nobody looks at a request
            # before its caller is known to be allowed to make it.
            interceptors=[
                ErrorInterceptor(methods),
                TelemetryInterceptor(methods),
                AuthorizationInterceptor(methods, verifier),
                ValidationInterceptor(methods),
            ],
            options=_OPTIONS,
            maximum_concurrent_rpcs=CALLS_AT_ONCE_MAX,
        )
        self._health = HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = [service.descriptor.full_name for service in served]
        for service in served:
            service.add_to_server(service.servicer, self._server)
        reflection.enable_server_reflection(
            [*self._names, "grpc.health.v1.Health", reflection.SERVICE_NAME], self._server
        )

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port (a free one for 0); calls are answered from here on."""
        bound = self._server.add_insecure_port(f"{host}:{port}")
        ensure(bound != 0, f"gRPC can listen on {host}:{port}")
        await self._server.start()
        return bound

    async def set_ready(self, ready: bool) -> None:
        """Tell gRPC health probes whether to send calls here."""
        status = (
            health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def drain(self, grace_seconds: float) -> None:
        """Refuse new calls, let the running ones finish within the grace, cancel what is left."""
        await self.set_ready(False)
        await self._server.stop(grace=grace_seconds)
