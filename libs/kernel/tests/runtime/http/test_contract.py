"""Routes that mirror RPCs: their callers, their answers, and what is told of them."""

import base64

import pytest
from ets.common.v1 import error_pb2, page_pb2, seal_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import AccountNotFound, MalformedRequest
from ets_kernel.runtime.auth import TokenVerifier, current_principal
from ets_kernel.runtime.http.contract import ContractRouter, File
from ets_kernel.runtime.http.transcoding import fill, to_json
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import TEST_KEY, token_for
from google.protobuf.timestamp_pb2 import Timestamp

SERVICE = pb.DESCRIPTOR.services_by_name["RegistryQueryService"]
PATH = "/v1/accounts/{account_no}"
EMITTER = token_for("ROLE_EMITTER", entities=["91"], subject="wang")


class Queries:
    """Answers with what it was asked."""

    OpenAccounts = None

    async def GetAccount(self, request, context):  # noqa: N802  # the contract's name
        if request.account_no == "none":
            raise AccountNotFound("none is not open")
        name = current_principal().subject
        account = types_pb.Account(account_no=request.account_no, name=name, opened_time=request.as_of)
        return pb.GetAccountResponse(account=account)


def router() -> ContractRouter:
    made = ContractRouter(TokenVerifier(TEST_KEY.public_key()))
    made.serve(Queries(), SERVICE, {"GetAccount": PATH}, tag="accounts")
    return made


async def test_a_route_answers_as_its_rpc():
    async with serving_http(router()) as http:
        path = "/v1/accounts/R-E-91?credit_code=91&as_of=2021-12-15T17:00:00%2B08:00"
        answer = await http.fetch(path, EMITTER)
    assert (answer.status, answer.content_type) == (200, "application/json")
    account = answer.body["account"]
    assert (account["account_no"], account["name"]) == ("R-E-91", "wang")
    assert account["opened_time"] == "2021-12-15T09:00:00Z"
    assert answer.body["holdings"] == []


async def test_a_route_admits_whom_its_rpc_admits():
    async with serving_http(router()) as http:

        async def told(path, token=""):
            answer = await http.fetch(path, token)
            return answer.status, answer.body.get("reason")

        assert await told("/v1/accounts/x") == (401, "TOKEN_INVALID")
        assert await told("/v1/accounts/x", "nonsense") == (401, "TOKEN_INVALID")
        assert await told("/v1/accounts/x", token_for("ROLE_SCHEDULER")) == (403, "ROLE_FORBIDDEN")
        assert await told("/v1/accounts/x?credit_code=92", EMITTER) == (403, "SCOPE_FORBIDDEN")
        assert await told("/v1/accounts/none?credit_code=91", EMITTER) == (404, "ACCOUNT_NOT_FOUND")
        assert await told(f"/v1/accounts/{'x' * 61}?credit_code=91", EMITTER) == (400, "MALFORMED_REQUEST")


async def test_a_read_may_be_written_as_a_file():
    async def write(asked, answer):
        assert asked.account_no == answer.account.account_no
        return File(content=answer.account.account_no.encode(), name="a.txt")

    made = router()
    made.serve_file(
        Queries(),
        SERVICE.methods_by_name["GetAccount"],
        f"{PATH}/account.txt",
        tag="accounts",
        media_type="text/plain",
        write=write,
    )
    async with serving_http(made) as http:
        answer = await http.fetch("/v1/accounts/R-E-91/account.txt?credit_code=91", EMITTER)
        assert (answer.status, answer.content) == (200, b"R-E-91")
        assert (await http.fetch("/v1/accounts/R-E-91/account.txt")).status == 401
        operations = (await http.fetch("/openapi.json")).body["paths"]
    told = operations[f"{PATH}/account.txt"]["get"]
    assert told["operationId"] == "GetAccount_txt"
    assert list(told["responses"]["200"]["content"]) == ["text/plain"]


async def test_the_description_is_the_contracts_own():
    async with serving_http(router()) as http:
        document = (await http.fetch("/openapi.json")).body
    operation = document["paths"][PATH]["get"]
    assert operation["summary"] == "One account with its holdings"
    assert "Admits ROLE_EMITTER" in operation["description"]
    assert operation["security"] == [{"token": []}]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert (parameters["account_no"]["in"], parameters["account_no"]["schema"]["maxLength"]) == ("path", 60)
    assert {"11", "66"} < set(parameters["province_code"]["schema"]["enum"])
    assert parameters["as_of"]["schema"] == {"type": "string", "format": "date-time"}
    assert parameters["as_of"]["description"] == "Holdings at that moment."
    assert set(operation["responses"]) == {"200", "400", "401", "403", "404", "422", "500", "503"}
    holding = document["components"]["schemas"]["Holding"]["properties"]
    assert holding["quantity_tco2e"]["description"] == "Quantity in tCO2e."
    assert "BUCKET_TRADING" in holding["bucket"]["enum"]
    assert set(document["components"]["schemas"]["ErrorDetail"]["required"]) == {
        "kind",
        "reason",
        "message",
        "metadata",
    }


def test_only_reads_are_mirrored():
    service = pb.DESCRIPTOR.services_by_name["RegistryService"]
    with pytest.raises(BrokenClaim):
        ContractRouter(TokenVerifier(TEST_KEY.public_key())).serve(
            Queries(), service, {"OpenAccounts": "/v1/accounts"}, tag="accounts"
        )


def test_a_request_is_filled_from_parameters():
    request = pb.ListSurrenderApplicationsRequest()
    values = [
        ("period", "2019-2020"),
        ("status", "SURRENDER_STATUS_CONFIRMED"),
        ("page_size", "5"),
        ("page_token", "t"),
        ("as_of", "2021-12-15T09:00:00Z"),
    ]
    fill(request, values)
    assert request == pb.ListSurrenderApplicationsRequest(
        period="2019-2020",
        status=types_pb.SURRENDER_STATUS_CONFIRMED,
        page=page_pb2.PageRequest(page_size=5, page_token="t"),
        as_of=Timestamp(seconds=1639558800),
    )


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("status", "SURRENDER_STATUS_UNSPECIFIED", "one_of"),
        ("status", "1", "one_of"),
        ("page_size", "1.0", "integer"),
        ("page_size", "٣", "integer"),
        ("page_size", str(2**31), "integer"),
        ("as_of", "2021-12-15", "time"),
        ("page", "x", "known"),
        ("period", "2021\0", "text"),
    ],
)
def test_a_parameter_that_is_none_is_refused(name, text, rule):
    with pytest.raises(MalformedRequest) as refused:
        fill(pb.ListSurrenderApplicationsRequest(), [(name, text)])
    assert refused.value.metadata == {"field": name, "rule": rule}


def test_every_field_is_in_the_json():
    assert to_json(types_pb.Holding(quantity_tco2e=2**62)) == {
        "account_no": "",
        "product": "",
        "bucket": "BUCKET_UNSPECIFIED",
        "quantity_tco2e": 2**62,
    }
    item = error_pb2.ItemResult(error=error_pb2.ErrorDetail(reason="R", metadata={"a": "1"}))
    assert to_json(item)["error"]["metadata"] == {"a": "1"}
    assert to_json(error_pb2.ItemResult())["error"] is None
    assert to_json(seal_pb2.Seal(digest=b"\1\2"))["digest"] == base64.b64encode(b"\1\2").decode()
    assert to_json(types_pb.OffsetUsage(surrender_application_nos=["a", "b"]))[
        "surrender_application_nos"
    ] == ["a", "b"]
