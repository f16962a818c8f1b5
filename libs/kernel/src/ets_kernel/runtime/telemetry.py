"""Logs and traces: one JSON line per event with the business ids bound, W3C trace context across every hop.

Spans are made and exported only when an OTLP endpoint is configured; without one, an incoming trace context
is still handed on, and nothing else is paid for. Metrics are in ``metrics.py``.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.tracebacks import ExceptionDictTransformer

TRACEPARENT: Final = "traceparent"
EXPORT_SECONDS_MAX: Final = 2
"""A collector that is away may hold up the end of a process by so much."""

_propagator: Final = TraceContextTextMapPropagator()
_tracer: Tracer = trace.get_tracer("ets_kernel")


def configure_logging(service: str, *, level: str) -> None:
    """Write every log line, of ours and of libraries, as one JSON object on standard output."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="logged_time"),
        # Without the values of variables: they hold tokens and business data, and take long to print.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _naming(service), render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Its lines say that it starts and ends, which our own say already.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def _naming(service: str) -> structlog.typing.Processor:
    def name(
        logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        del logger, method
        event["service"] = service
        return event

    return name


def _add_trace(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    del logger, method
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = trace.format_trace_id(span.trace_id)
    return event


def configure_tracing(service: str, *, otlp_endpoint: str | None) -> None:
    """Export spans to the endpoint; without one, do nothing."""
    if otlp_endpoint is None:
        return
    # Imported here: the exporter and the SDK cost memory that most processes never need.
    # ruff: noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(
        endpoint=otlp_endpoint,
        insecure=not otlp_endpoint.startswith("https://"),
        timeout=EXPORT_SECONDS_MAX,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def flush_tracing() -> None:
    """Hand the last spans to the exporter; blocks, so call it off the loop."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if shutdown is not None:
        shutdown()


def traceparent() -> str:
    """Give the present trace context in W3C text form; empty when there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(TRACEPARENT, "")


@contextmanager
def span(name: str, *, kind: SpanKind, parent: str = "") -> Iterator[Span]:
    """Run a stretch of work as one span, under the parent's trace context when one is given."""
    outer = _propagator.extract({TRACEPARENT: parent}) if parent else context.get_current()
    with _tracer.start_as_current_span(
        name, context=outer, kind=kind, record_exception=False, set_status_on_exception=False
    ) as current:
        yield current


def mark_failed(current: Span, reason: str) -> None:
    """Mark a span as failed for a permanent reason."""
    current.set_status(Status(StatusCode.ERROR, reason))
