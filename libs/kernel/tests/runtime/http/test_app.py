"""The HTTP side of a service, over real sockets."""

import pytest
from ets_kernel.domain.errors import EtsError, Kind, ProvinceUnknown
from ets_kernel.runtime.health import Health
from ets_kernel.runtime.http.errors import STATUS_OF_KIND
from ets_kernel.testing.http import serving_http
from fastapi import APIRouter


async def test_a_service_is_live_while_its_tasks_get_somewhere():
    health = Health(stuck_seconds=60)
    age = {"relay": 59.0}
    health.watch("relay", lambda: age["relay"])
    async with serving_http(health=health) as served:
        assert (await served.fetch("/healthz/live")).status == 200
        age["relay"] = 61.0
        answer = await served.fetch("/healthz/live")
    assert answer.status == 503
    assert answer.body == {"live": False, "stuck": ["relay"]}


async def test_a_service_is_ready_only_when_told():
    health = Health()
    async with serving_http(health=health) as served:
        assert (await served.fetch("/healthz/ready")).status == 503
        health.set_ready(True)
        assert (await served.fetch("/healthz/ready")).status == 200
        health.set_ready(False)
        assert (await served.fetch("/healthz/ready")).status == 503


async def test_metrics_are_in_the_prometheus_text_format():
    health = Health()
    health.watch("relay", lambda: 1.5)
    async with serving_http(health=health) as served:
        answer = await served.fetch("/metrics")
    assert answer.status == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert 'ets_progress_age_seconds{task="relay"} 1.5' in answer.text
    assert "# TYPE ets_grpc_server_seconds histogram" in answer.text


async def test_the_routes_are_described():
    async with serving_http() as served:
        assert (await served.fetch("/docs")).status == 200
        paths = (await served.fetch("/openapi.json")).body["paths"]
    assert {"/healthz/live", "/healthz/ready", "/metrics"} <= set(paths)


def test_the_table_names_each_kind_once():
    assert set(STATUS_OF_KIND) == set(Kind)
    assert len(set(STATUS_OF_KIND.values())) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_refusal_is_answered_by_its_kind(kind):
    router = APIRouter()

    @router.get("/refuse")
    async def refuse():
        raise EtsError.rebuild(kind, "SOME_REASON", "because", {"quantity_tco2e": "3"})

    async with serving_http(router) as served:
        answer = await served.fetch("/refuse")
    assert answer.status == STATUS_OF_KIND[kind]
    assert answer.body == {
        "kind": kind.value,
        "reason": "SOME_REASON",
        "message": "because",
        "metadata": {"quantity_tco2e": "3"},
    }


@pytest.mark.parametrize(
    ("path", "method", "told"),
    [
        ("/nowhere", "GET", (404, "NOT_FOUND", "ROUTE_NOT_FOUND")),
        ("/metrics", "PUT", (405, "INVALID", "METHOD_NOT_ALLOWED")),
    ],
)
async def test_what_is_not_there_is_told_as_every_refusal(path, method, told):
    async with serving_http() as served:
        answer = await served.fetch(path, method=method)
    body = answer.body
    assert (answer.status, body["kind"], body["reason"]) == told
    assert set(body) == {"kind", "reason", "message", "metadata"}


async def test_a_bug_is_500_without_text():
    router = APIRouter()

    @router.get("/fail")
    async def fail():
        raise ValueError("the password is x")

    async with serving_http(router) as served:
        answer = await served.fetch("/fail")
    assert answer.status == 500
    assert "password" not in answer.text


async def test_a_malformed_query_is_refused_with_its_field():
    router = APIRouter()

    @router.get("/rows")
    async def rows(limit: int):
        return limit

    async with serving_http(router) as served:
        answer = await served.fetch("/rows?limit=many")
    assert answer.status == 400
    assert answer.body["metadata"]["field"] == "query.limit"


async def test_a_refusal_of_a_domain_keeps_its_class_reason():
    router = APIRouter()

    @router.get("/province")
    async def province():
        raise ProvinceUnknown("no province 99")

    async with serving_http(router) as served:
        assert (await served.fetch("/province")).body["reason"] == "PROVINCE_UNKNOWN"
