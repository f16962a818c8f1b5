"""The same reads over HTTP: same answers, same callers, same refusals (REG-80)."""

from urllib.parse import urlencode

import pytest
from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.methods import is_read, path_of
from ets_kernel.runtime.http.transcoding import fill, parameters_of, to_json
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
from google.protobuf.message_factory import GetMessageClass
from registry_contract import METHODS
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS

OPERATOR = token_for("ROLE_REGISTRY_OPERATOR")
EMITTER = token_for("ROLE_EMITTER", entities=[DEFICIT])
PROVINCE = token_for("ROLE_PROVINCE", provinces=["37"])
ACCOUNT = f"R-E-{DEFICIT}"


@pytest.fixture
async def busy(world):
    """A registry in which something of everything has happened."""
    await world.allocate()
    await world.credit()
    await world.send_to_trading(DEFICIT, 100)
    number = (await world.apply((CEA, 50))).reference
    await world.decide(number)
    await world.register()
    await world.scheduler.RunTreeHead(pb.RunTreeHeadRequest(request_id="head", business_date="2021-10-26"))
    return world


# What is asked of every read, over both ways.
WHO = {"credit_code": DEFICIT}
WHAT = {"account_no": ACCOUNT, "period": PERIOD, "business_date": "2021-10-26", **WHO}
WHAT |= {
    "table_no": f"{PERIOD}/PRE/37",
    "province_code": "37",
    "transfer_no": "none",
    "certificate_no": "none",
}
WHAT |= {"from_date": "2021-10-26", "to_date": "2021-10-26", "registration_no": "CR-000001"}
# What has happened is told by these; the other lists are empty here.
TOLD = {
    "GetAccount",
    "GetAccountStatement",
    "GetComplianceNotice",
    "GetComplianceStatus",
    "GetNationalTotals",
    "GetProvinceOverview",
    "GetTreeHead",
    "ListAccounts",
    "ListComplianceStatuses",
    "ListEntityOffsetUsages",
    "ListHoldings",
    "ListIssuances",
    "ListJournalEntries",
    "ListProvinceOffsetUsages",
    "ListSerialBlocks",
    "ListSurrenderApplications",
}


def reads_of_the_contract():
    """Every method of the registry's contract that only reads, by name."""
    return {name for name, method in METHODS.items() if is_read(method)}


async def over_grpc(world, method, request):
    """The answer of an RPC as JSON, or the reason why there is none."""
    channel = world.served.channel("ROLE_REGISTRY_OPERATOR")
    call = channel.unary_unary(
        path_of(method),
        request_serializer=type(request).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    try:
        return to_json(await call(request))
    except EtsError as error:
        return {"reason": error.reason}


async def test_both_ways_give_the_same_answer(busy):
    told = set()
    async with serving_http(busy.router) as http:
        for route in busy.router.mirrored:
            if not route.is_paged:
                continue
            request = GetMessageClass(route.method.input_type)()
            values = {name: WHAT[name] for name in parameters_of(route.method.input_type) if name in WHAT}
            fill(request, list(values.items()))
            path = route.path.format(**values)
            query = {name: text for name, text in values.items() if f"{{{name}}}" not in route.path}
            answer = await http.fetch(f"{path}?{urlencode(query)}", OPERATOR)
            expected = await over_grpc(busy, route.method, request)
            found = answer.body if answer.status == 200 else {"reason": answer.body["reason"]}
            assert found == expected, path
            assert answer.status in {200, 404}, answer.body
            if answer.status == 200 and any(value for key, value in expected.items() if key != "page"):
                told.add(route.method.name)
    assert told >= TOLD


async def test_every_read_of_the_contract_has_a_route(world):
    assert {route.method.name for route in world.router.mirrored} == reads_of_the_contract()


async def test_a_list_is_read_page_by_page(busy):
    async with serving_http(busy.router) as http:
        path = f"/v1/accounts/{ACCOUNT}/blocks"
        whole = (await http.fetch(path, OPERATOR)).body
        found, token = [], ""
        while True:
            answer = await http.fetch(f"{path}?page_size=1&page_token={token}", OPERATOR)
            found += answer.body["blocks"]
            token = answer.body["page"]["next_page_token"]
            if not token:
                break
    assert found == whole["blocks"]
    assert len(found) > 1


async def test_a_caller_sees_over_http_what_it_sees_over_grpc(busy):
    async with serving_http(busy.router) as http:

        async def told(path, token=""):
            answer = await http.fetch(path, token)
            return answer.status, answer.body.get("reason")

        own = f"/v1/accounts/{ACCOUNT}?credit_code={DEFICIT}"
        assert await told(own, EMITTER) == (200, None)
        assert await told(own) == (401, "TOKEN_INVALID")
        assert await told(f"/v1/accounts/{ACCOUNT}", EMITTER) == (403, "SCOPE_FORBIDDEN")
        other = f"/v1/accounts/R-E-{SURPLUS}?credit_code="
        assert await told(other + SURPLUS, EMITTER) == (403, "SCOPE_FORBIDDEN")
        assert await told(other + DEFICIT, EMITTER) == (404, "ACCOUNT_NOT_FOUND")
        assert await told("/v1/holdings", EMITTER) == (403, "ROLE_FORBIDDEN")
        assert await told("/v1/holdings?province_code=37", PROVINCE) == (200, None)
        assert await told("/v1/holdings?province_code=11", PROVINCE) == (403, "SCOPE_FORBIDDEN")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("as_of=yesterday", "MALFORMED_REQUEST"),
        ("as_of=2021-10-26T09:00:00", "MALFORMED_REQUEST"),
        ("as_of=0001-01-01T00:00:00%2B14:00", "MALFORMED_REQUEST"),
        ("as_off=2021-10-26T09:00:00Z", "MALFORMED_REQUEST"),
        ("as_of=2021-10-26T01:00:00Z&as_of=2021-10-26T00:00:00Z", "MALFORMED_REQUEST"),
        ("as_of=2051-10-26T09:00:00Z", "AS_OF_IN_FUTURE"),
        ("page_size=many", "MALFORMED_REQUEST"),
        ("page_size=10001", "MALFORMED_REQUEST"),
        ("page_size=99999999999", "MALFORMED_REQUEST"),
        ("page_token=x", "PAGE_TOKEN_INVALID"),
        ("province_code=%00", "MALFORMED_REQUEST"),
        ("province_code=370", "MALFORMED_REQUEST"),
    ],
)
async def test_what_a_route_cannot_take_is_refused_with_its_reason(world, query, reason):
    async with serving_http(world.router) as http:
        answer = await http.fetch(f"/v1/holdings?{query}", OPERATOR)
    assert (answer.status, answer.body["kind"], answer.body["reason"]) == (400, "INVALID", reason)
