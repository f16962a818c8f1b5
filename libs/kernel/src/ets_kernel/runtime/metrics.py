"""Every metric of the platform, declared once: its name with its unit, what it counts, and its labels.

Served as ``/metrics`` in the Prometheus text format. Labels are bounded: methods, reasons, topics, never ids.
"""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)

REGISTRY: Final = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(name, text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(name, text, labels, registry=REGISTRY)


def _seconds(name: str, text: str, *labels: str) -> Histogram:
    return Histogram(name, text, labels, registry=REGISTRY, buckets=_SECONDS)


GRPC_SERVER_CALLS: Final = _counter(
    "ets_grpc_server_calls",
    "Calls answered; outcome is OK, a refusal's reason, or INTERNAL.",
    "method",
    "outcome",
)
GRPC_SERVER_SECONDS: Final = _seconds("ets_grpc_server_seconds", "Time to answer a call.", "method")
GRPC_CLIENT_CALLS: Final = _counter(
    "ets_grpc_client_calls",
    "Attempts made at peers; outcome is OK, a reason, or INTERNAL.",
    "method",
    "outcome",
)
HTTP_SERVER_CALLS: Final = _counter(
    "ets_http_server_calls",
    "Reads answered over HTTP; outcome is OK, a refusal's reason, or INTERNAL.",
    "route",
    "outcome",
)
HTTP_SERVER_SECONDS: Final = _seconds("ets_http_server_seconds", "Time to answer a read over HTTP.", "route")
REQUESTS_REPEATED: Final = _counter("ets_requests_repeated", "Writes answered from a stored answer.")
EVENTS_PUBLISHED: Final = _counter("ets_events_published", "Events sent to the bus by the relay.", "topic")
EVENTS_CONSUMED: Final = _counter("ets_events_consumed", "Events that took effect.", "topic")
EVENTS_DUPLICATE: Final = _counter(
    "ets_events_duplicate", "Deliveries ignored: the effect was there.", "topic"
)
EVENTS_REPAIRED: Final = _counter(
    "ets_events_repaired", "Events read back from their producer's outbox.", "topic"
)
STREAM_GAPS: Final = _counter("ets_stream_gaps", "Times that records of a stream were missing.", "stream")
STREAMS_HELD: Final = _counter(
    "ets_streams_held", "Times that a stream was left where it is because something was away.", "stream"
)
DEAD_LETTERS: Final = _counter("ets_dead_letters", "Messages set aside.", "topic", "reason")
EFFECT_SECONDS: Final = _seconds(
    "ets_effect_seconds", "Time from an outbox row to its committed effect.", "topic"
)
OUTBOX_UNSENT: Final = _gauge("ets_outbox_unsent_events", "Outbox rows that the bus has not taken yet.")
PROGRESS_AGE_SECONDS: Final = _gauge(
    "ets_progress_age_seconds", "Time since a background task last got anywhere.", "task"
)
READY: Final = _gauge("ets_ready", "1 while the service takes calls, else 0.")


def exposition() -> bytes:
    """Write all metrics in the Prometheus text format."""
    return generate_latest(REGISTRY)
