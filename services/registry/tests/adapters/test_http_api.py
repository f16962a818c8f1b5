"""The same reads over HTTP: same answers, same callers, same refusals (REG-80)."""

import pytest
from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.runtime.http.transcoding import to_json
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
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


READS = [
    (f"/v1/accounts/{ACCOUNT}", pb.GetAccountRequest(account_no=ACCOUNT)),
    (f"/v1/accounts/{ACCOUNT}/blocks", pb.ListSerialBlocksRequest(account_no=ACCOUNT)),
    ("/v1/holdings?province_code=37", pb.ListHoldingsRequest(province_code="37")),
    (f"/v1/journal-entries?account_no={ACCOUNT}", pb.ListJournalEntriesRequest(account_no=ACCOUNT)),
    ("/v1/tree-heads/2021-10-26", pb.GetTreeHeadRequest(business_date="2021-10-26")),
    (f"/v1/periods/{PERIOD}/issuances", pb.ListIssuancesRequest(period=PERIOD)),
    (f"/v1/periods/{PERIOD}/surrender-applications", pb.ListSurrenderApplicationsRequest(period=PERIOD)),
    (
        f"/v1/periods/{PERIOD}/compliance-statuses/{DEFICIT}",
        pb.GetComplianceStatusRequest(credit_code=DEFICIT, period=PERIOD),
    ),
    (f"/v1/periods/{PERIOD}/compliance-statuses", pb.ListComplianceStatusesRequest(period=PERIOD)),
    (
        f"/v1/periods/{PERIOD}/offset-usages/{DEFICIT}",
        pb.ListEntityOffsetUsagesRequest(credit_code=DEFICIT, period=PERIOD),
    ),
    (f"/v1/periods/{PERIOD}/offset-usages", pb.ListProvinceOffsetUsagesRequest(period=PERIOD)),
]


async def test_both_ways_give_the_same_answer(busy):
    async with serving_http(busy.router) as http:
        for path, request in READS:
            name = type(request).__name__.removesuffix("Request")
            over_grpc = to_json(await getattr(busy.reads(), name)(request))
            over_http = await http.fetch(path, OPERATOR)
            assert (over_http.status, over_http.body) == (200, over_grpc), path
            assert any(over_grpc.values()), path


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
