"""The server as a whole: health, reflection, drain, and one trace across a call."""

import asyncio

import grpc
import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import PeerUnavailable
from ets_kernel.runtime import metrics, telemetry
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.grpc.server import GrpcServer
from ets_kernel.testing.serving import TEST_KEY, serving, token_for
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch):
    """Record spans in memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    return exporter


async def test_health_follows_readiness(sample, servicer):
    async with serving(servicer.served()) as running:
        stub = health_pb2_grpc.HealthStub(running.channel())
        for name in ("", sample.descriptor.full_name):
            request = health_pb2.HealthCheckRequest(service=name)
            await running.server.set_ready(False)
            assert (await stub.Check(request)).status == health_pb2.HealthCheckResponse.NOT_SERVING
            await running.server.set_ready(True)
            assert (await stub.Check(request)).status == health_pb2.HealthCheckResponse.SERVING


async def test_services_are_listed_by_reflection(sample, servicer):
    async with serving(servicer.served()) as running:
        stub = reflection_pb2_grpc.ServerReflectionStub(running.channel())
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        async for answer in stub.ServerReflectionInfo(iter([request])):
            names = {service.name for service in answer.list_services_response.service}
    assert {sample.descriptor.full_name, "grpc.health.v1.Health"} <= names


async def test_a_running_call_is_answered_during_the_drain_and_a_new_one_is_not(sample, servicer):
    began, finish = asyncio.Event(), asyncio.Event()

    async def behave(request, context):
        began.set()
        await finish.wait()
        return sample.Answer(text="late")

    servicer.behave = behave
    async with serving(servicer.served()) as running:
        call = sample.call(running.channel("ROLE_MINISTRY"), "Get")
        under_way = asyncio.ensure_future(call(sample.GetRequest()))
        await began.wait()
        drain = asyncio.create_task(running.server.drain(grace_seconds=30))
        await until_refused(lambda: call(sample.GetRequest(), timeout=0.05))
        finish.set()
        assert (await under_way).text == "late"
        await drain


async def until_refused(call):
    """Call until nobody listens any more; a call that slips in before waits, and passes its deadline."""
    while True:
        try:
            await call()
        except PeerUnavailable as error:
            if error.metadata["status"] == "UNAVAILABLE":
                return


async def test_a_caller_outlives_the_restart_of_its_peer(sample, servicer):
    async with serving(servicer.served()) as running:
        port = int(running.target.rpartition(":")[2])
    channel = connect(
        f"127.0.0.1:{port}", token=token_for("ROLE_MINISTRY"), attempts_max=1_000, wait_max_seconds=0.05
    )
    waiting = asyncio.ensure_future(sample.call(channel, "Get")(sample.GetRequest()))
    with pytest.raises(PeerUnavailable):  # By now the waiting call has been refused as well.
        await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest())
    again = GrpcServer([servicer.served()], TokenVerifier(TEST_KEY.public_key()))
    await again.start("127.0.0.1", port)
    assert (await waiting).text == "done"
    await channel.close()
    await running.close()
    await again.drain(0)


async def test_a_port_that_is_taken_is_told(servicer):
    async with serving(servicer.served()) as running:
        port = int(running.target.rpartition(":")[2])
        second = GrpcServer([], TokenVerifier(TEST_KEY.public_key()))
        with pytest.raises((RuntimeError, BrokenClaim)):
            await second.start("127.0.0.1", port)
        await second.drain(0)


async def test_a_message_of_eight_mebibytes_passes(sample, servicer):
    async with serving(servicer.served()) as running:
        request = sample.GetRequest(province_code="x" * (8 * 1024 * 1024))
        await sample.call(running.channel("ROLE_MINISTRY"), "Get")(request)
    assert len(servicer.requests[0].province_code) == 8 * 1024 * 1024


async def test_a_trace_goes_on_behind_a_call_without_a_provider(sample, servicer):
    seen = []

    async def behave(request, context):
        seen.append(telemetry.traceparent())
        return sample.Answer()

    servicer.behave = behave
    async with serving(servicer.served()) as running:
        call = sample.call(running.channel("ROLE_MINISTRY"), "Get")
        await call(sample.GetRequest())
        with telemetry.span("case", kind=SpanKind.INTERNAL, parent=PARENT):
            await call(sample.GetRequest())
    assert seen == ["", PARENT]


async def test_caller_and_server_are_one_trace(sample, servicer, spans):
    async with serving(servicer.served()) as running:
        await sample.call(running.channel("ROLE_MINISTRY"), "Get")(sample.GetRequest())
    by_kind = {span.kind: span for span in spans.get_finished_spans()}
    client, server = by_kind[SpanKind.CLIENT], by_kind[SpanKind.SERVER]
    assert server.parent.span_id == client.context.span_id
    assert server.context.trace_id == client.context.trace_id
    assert server.name == f"{sample.descriptor.full_name}/Get"


async def test_a_refused_call_is_a_failed_span_and_a_counted_reason(sample, servicer, spans):
    method = f"/{sample.descriptor.full_name}/Get"
    counted = metrics.GRPC_SERVER_CALLS.labels(method, "ROLE_FORBIDDEN")._value.get()
    async with serving(servicer.served()) as running:
        with pytest.raises(Exception, match="admits"):
            await sample.call(running.channel("ROLE_OPERATIONS"), "Get")(sample.GetRequest())
    server = next(span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER)
    assert (server.status.status_code, server.status.description) == (StatusCode.ERROR, "ROLE_FORBIDDEN")
    assert metrics.GRPC_SERVER_CALLS.labels(method, "ROLE_FORBIDDEN")._value.get() == counted + 1


async def test_a_call_without_our_interceptors_can_read_the_status(sample, servicer):
    async with serving(servicer.served()) as running, grpc.aio.insecure_channel(running.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sample.call(channel, "Get")(sample.GetRequest())
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "bearer token" in caught.value.details()
