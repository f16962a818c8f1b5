"""Channels to peers: token, trace, deadline, retry and error decoding on every call.

A call that fails raises the peer's own refusal (the same class), PeerUnavailable when there was no answer
after the last attempt, or ``grpc.aio.AioRpcError`` when the peer has a bug. Writes are repeated like reads,
because every write carries a request id.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind

from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import metrics, retries, telemetry
from ets_kernel.runtime.grpc.errors import from_rpc_error

MESSAGE_BYTES_MAX: Final = 32 * 1024 * 1024
DEADLINE_SECONDS: Final = 10.0

OPTIONS: Final = (
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A peer that restarts is found again within a second; the default grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # tenacity repeats calls; never both.
    ("grpc.enable_retries", 0),
    # Loopback and cluster names never go through a proxy of the environment.
    ("grpc.enable_http_proxy", 0),
)

_Call = grpc.aio.UnaryUnaryCall[Any, Any]


def connect(
    target: str,
    *,
    token: str,
    deadline_seconds: float = DEADLINE_SECONDS,
    attempts_max: int = retries.ATTEMPTS_MAX,
    wait_max_seconds: float = retries.WAIT_MAX_SECONDS,
    on_call: Callable[[str], None] | None = None,
) -> grpc.aio.Channel:
    """Make a channel to a peer; nothing is connected before the first call, so services start in any order.

    ``deadline_seconds`` bounds each attempt of a call that names no timeout of its own. ``on_call`` is told the
    method of each call before its first attempt.
    """
    interceptor = CallInterceptor(
        token=token,
        deadline_seconds=deadline_seconds,
        attempts_max=attempts_max,
        wait_max_seconds=wait_max_seconds,
        on_call=on_call,
    )
    return grpc.aio.insecure_channel(target, options=OPTIONS, interceptors=[interceptor])


class CallInterceptor(grpc.aio.UnaryUnaryClientInterceptor):
    """Makes the attempts of one call."""

    def __init__(
        self,
        *,
        token: str,
        deadline_seconds: float,
        attempts_max: int,
        wait_max_seconds: float,
        on_call: Callable[[str], None] | None = None,
    ) -> None:
        self._authorization = (("authorization", f"Bearer {token}"),) if token else ()
        self._deadline_seconds = deadline_seconds
        self._attempts_max = attempts_max
        self._wait_max_seconds = wait_max_seconds
        self._on_call = on_call

    async def intercept_unary_unary(  # type: ignore[override]  # the stub is generic over messages that we don't name
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Message], Awaitable[_Call]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Message,
    ) -> _Call:
        """Attempt the call until it is answered, refused, or the last attempt has failed."""
        method = _text(client_call_details.method)
        if self._on_call is not None:
            self._on_call(method)
        with telemetry.span(method.removeprefix("/"), kind=SpanKind.CLIENT):
            details = self._details(client_call_details)
            try:
                return await _attempt(method, continuation, details, request)
            except EtsError as error:
                if not retries.is_retriable(error) or self._attempts_max == 1:
                    raise
            # The first attempt is made above, so that the common call doesn't pay for tenacity.
            again = retries.attempts(self._attempts_max - 1, self._wait_max_seconds)
            return await again(_attempt, method, continuation, details, request)

    def _details(self, given: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        traceparent = telemetry.traceparent()
        trace = ((telemetry.TRACEPARENT, traceparent),) if traceparent else ()
        return grpc.aio.ClientCallDetails(
            given.method,
            self._deadline_seconds if given.timeout is None else given.timeout,
            grpc.aio.Metadata(*(given.metadata or ()), *self._authorization, *trace),
            given.credentials,
            given.wait_for_ready,
        )


async def _attempt(
    method: str,
    continuation: Callable[[grpc.aio.ClientCallDetails, Message], Awaitable[_Call]],
    details: grpc.aio.ClientCallDetails,
    request: Message,
) -> _Call:
    call = await continuation(details, request)
    try:
        await call
    except grpc.aio.AioRpcError as error:
        refusal = from_rpc_error(error, method=method)
        metrics.GRPC_CLIENT_CALLS.labels(method, refusal.reason if refusal else error.code().name).inc()
        if refusal is None:
            raise
        raise refusal from error
    metrics.GRPC_CLIENT_CALLS.labels(method, "OK").inc()
    return call


def _text(method: str | bytes) -> str:
    return method.decode() if isinstance(method, bytes) else method
