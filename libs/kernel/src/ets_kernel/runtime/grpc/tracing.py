"""Trace context, call metrics and bound log fields around every gRPC method."""

import time
from operator import attrgetter

import structlog
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind

from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import metrics, telemetry
from ets_kernel.runtime.grpc.methods import Behaviour, Context, MethodInterceptor

_log = structlog.get_logger(__name__)


class TelemetryInterceptor(MethodInterceptor):
    """Runs a call under its caller's trace, counts and times it, and binds its ids to every log line."""

    def wrap(self, method: str, behaviour: Behaviour) -> Behaviour:
        """Wrap one method."""
        observe_seconds = metrics.GRPC_SERVER_SECONDS.labels(method).observe
        count_ok = metrics.GRPC_SERVER_CALLS.labels(method, "OK").inc
        has_request_id = "request_id" in self._methods[method].request.fields_by_name
        read_request_id = attrgetter("request_id")
        name = method.removeprefix("/")

        async def answer(request: Message, context: Context) -> Message:
            bound = {"request_id": read_request_id(request)} if has_request_id else {}
            structlog.contextvars.bind_contextvars(method=name, **bound)
            started = time.perf_counter()
            with telemetry.span(name, kind=SpanKind.SERVER, parent=_traceparent(context)) as span:
                try:
                    response = await behaviour(request, context)
                except EtsError as error:
                    telemetry.mark_failed(span, error.reason)
                    metrics.GRPC_SERVER_CALLS.labels(method, error.reason).inc()
                    _log.info("call_refused", reason=error.reason, message=error.message)
                    raise
                except Exception:
                    telemetry.mark_failed(span, "INTERNAL")
                    metrics.GRPC_SERVER_CALLS.labels(method, "INTERNAL").inc()
                    _log.exception("call_failed")  # under the span, so the line carries the trace
                    raise
                finally:
                    observe_seconds(time.perf_counter() - started)
            count_ok()
            return response

        return answer


def _traceparent(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == telemetry.TRACEPARENT and isinstance(value, str):
            return value
    return ""
