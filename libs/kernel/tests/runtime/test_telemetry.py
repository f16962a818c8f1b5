"""Logs as JSON lines, and trace context from hop to hop."""

import io
import json
import logging
import re
import subprocess
import sys

import pytest
import structlog
from ets_kernel.runtime import telemetry
from opentelemetry.trace import SpanKind

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines(monkeypatch):
    """Configure logging into memory and give what was written."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    telemetry.configure_logging("sample", level="INFO")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configuration)
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_with_the_bound_ids(lines):
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("x").info("surrendered", quantity_tco2e=7, name="北京")
    (line,) = lines()
    assert line.pop("logged_time").endswith("Z")
    assert line == {
        "event": "surrendered",
        "level": "info",
        "service": "sample",
        "request_id": "r-1",
        "quantity_tco2e": 7,
        "name": "北京",
    }


def test_a_library_logs_in_the_same_form(lines):
    logging.getLogger("aiokafka").warning("lost %s", "node 1")
    (line,) = lines()
    assert (line["event"], line["level"], line["service"]) == ("lost node 1", "warning", "sample")


def test_a_lower_level_is_not_written(lines):
    structlog.get_logger("x").debug("detail")
    assert lines() == []


def test_a_bug_is_logged_with_its_traceback_and_trace_and_without_the_values_of_its_variables(lines):
    token = "s" + "ecret"
    with telemetry.span("call", kind=SpanKind.SERVER, parent=PARENT):
        try:
            int("bad")
        except ValueError:
            structlog.get_logger("x").exception("call_failed")
    (line,) = lines()
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    (exception,) = line["exception"]
    assert exception["exc_type"] == "ValueError"
    assert exception["frames"][0]["filename"] == __file__
    assert token not in json.dumps(line)


def test_an_incoming_trace_is_handed_on_without_a_provider():
    assert telemetry.traceparent() == ""
    with telemetry.span("call", kind=SpanKind.SERVER, parent=PARENT):
        assert telemetry.traceparent() == PARENT
    assert telemetry.traceparent() == ""


def test_an_endpoint_makes_spans_and_a_collector_that_is_away_does_not_keep_the_process():
    # In a process of its own, because a provider can be set only once.
    program = """
from ets_kernel.runtime import telemetry
from opentelemetry.trace import SpanKind

telemetry.configure_tracing("sample", otlp_endpoint="http://127.0.0.1:1")
with telemetry.span("call", kind=SpanKind.SERVER):
    print(telemetry.traceparent())
telemetry.flush_tracing()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", ended.stdout.strip())


def test_no_endpoint_configures_nothing():
    telemetry.configure_tracing("sample", otlp_endpoint=None)
    telemetry.flush_tracing()
    assert telemetry.traceparent() == ""
