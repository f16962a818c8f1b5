"""The HTTP side of a service, over real sockets."""

import asyncio
import json
import urllib.error
import urllib.request
from contextlib import asynccontextmanager

import pytest
from ets_kernel.domain.errors import EtsError, Kind, ProvinceUnknown
from ets_kernel.runtime.auth import TokenVerifier, current_principal
from ets_kernel.runtime.health import Health
from ets_kernel.runtime.http.app import HttpServer, make_app
from ets_kernel.runtime.http.authorization import admit
from ets_kernel.runtime.http.errors import STATUS_OF_KIND
from ets_kernel.testing.serving import TEST_KEY, token_for
from fastapi import APIRouter, Depends


@asynccontextmanager
async def http(health=None, *routers):
    """Serve an app; gives a function that fetches (status, content type, text)."""
    server = HttpServer(make_app("sample", health or Health(), routers))
    port = await server.start("127.0.0.1", 0)

    def fetch(path, token):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        if token:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers["content-type"], answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["content-type"], error.read().decode()

    try:
        yield lambda path, token="": asyncio.to_thread(fetch, path, token)
    finally:
        await server.stop()


async def test_a_service_is_live_while_its_tasks_get_somewhere():
    health = Health(stuck_seconds=60)
    age = {"relay": 59.0}
    health.watch("relay", lambda: age["relay"])
    async with http(health) as fetch:
        assert (await fetch("/healthz/live"))[0] == 200
        age["relay"] = 61.0
        status, _, text = await fetch("/healthz/live")
    assert status == 503
    assert json.loads(text) == {"live": False, "stuck": ["relay"]}


async def test_a_service_is_ready_only_when_told():
    health = Health()
    async with http(health) as fetch:
        assert (await fetch("/healthz/ready"))[0] == 503
        health.set_ready(True)
        assert (await fetch("/healthz/ready"))[0] == 200
        health.set_ready(False)
        assert (await fetch("/healthz/ready"))[0] == 503


async def test_metrics_are_in_the_prometheus_text_format():
    health = Health()
    health.watch("relay", lambda: 1.5)
    async with http(health) as fetch:
        status, content_type, text = await fetch("/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=0.0.4")
    assert 'ets_progress_age_seconds{task="relay"} 1.5' in text
    assert "# TYPE ets_grpc_server_seconds histogram" in text


async def test_the_routes_are_described():
    async with http() as fetch:
        assert (await fetch("/docs"))[0] == 200
        paths = json.loads((await fetch("/openapi.json"))[2])["paths"]
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

    async with http(None, router) as fetch:
        status, _, text = await fetch("/refuse")
    assert status == STATUS_OF_KIND[kind]
    assert json.loads(text) == {
        "kind": kind.value,
        "reason": "SOME_REASON",
        "message": "because",
        "metadata": {"quantity_tco2e": "3"},
    }


async def test_a_bug_is_500_without_text():
    router = APIRouter()

    @router.get("/fail")
    async def fail():
        raise ValueError("the password is x")

    async with http(None, router) as fetch:
        status, _, text = await fetch("/fail")
    assert status == 500
    assert "password" not in text


async def test_a_malformed_query_is_refused_with_its_field():
    router = APIRouter()

    @router.get("/rows")
    async def rows(limit: int):
        return limit

    async with http(None, router) as fetch:
        status, _, text = await fetch("/rows?limit=many")
    assert status == 400
    assert json.loads(text)["metadata"]["field"] == "query.limit"


async def test_a_route_admits_the_roles_that_it_names():
    router = APIRouter()
    caller = admit(TokenVerifier(TEST_KEY.public_key()), "ROLE_OPERATIONS")

    @router.get("/desk", dependencies=[Depends(caller)])
    async def desk():
        return current_principal().subject

    async with http(None, router) as fetch:
        assert (await fetch("/desk"))[0] == 403
        assert (await fetch("/desk", token_for("ROLE_EMITTER")))[0] == 403
        status, _, text = await fetch("/desk", token_for("ROLE_OPERATIONS", subject="wang"))
    assert (status, json.loads(text)) == (200, "wang")


async def test_a_refusal_of_a_domain_keeps_its_class_reason():
    router = APIRouter()

    @router.get("/province")
    async def province():
        raise ProvinceUnknown("no province 99")

    async with http(None, router) as fetch:
        assert json.loads((await fetch("/province"))[2])["reason"] == "PROVINCE_UNKNOWN"
