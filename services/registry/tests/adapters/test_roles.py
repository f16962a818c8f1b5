"""The table "Who may call" of the README, cell by cell, against a real server with the contract's own rules.

The servicers do nothing: whoever is admitted hears that the call is not implemented, or that the request is malformed.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from ets.common.v1 import options_pb2
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.methods import is_read
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.testing.serving import Serving, serving
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc.aio import AioRpcError
from registry_contract import METHODS, services

README = Path(__file__).parents[2] / "README.md"
OWN, OTHER = "own", "another"
# A column of the table and the role that it stands for; the last one calls without a token.
COLUMNS = {
    "emitter": "ROLE_EMITTER",
    "holder": "ROLE_HOLDER",
    "province": "ROLE_PROVINCE",
    "ministry": "ROLE_MINISTRY",
    "accounts": "ROLE_REGISTRY_ACCOUNTS",
    "units": "ROLE_REGISTRY_UNITS",
    "compliance": "ROLE_REGISTRY_COMPLIANCE",
    "operator": "ROLE_REGISTRY_OPERATOR",
    "exchange": "ROLE_EXCHANGE_OPERATOR",
    "service": "ROLE_SERVICE",
    "scheduler": "ROLE_SCHEDULER",
    "checker": "ROLE_CHECKER",
    "operations": "ROLE_OPERATIONS",
    "auditor": "ROLE_AUDITOR",
    "no token": None,
}
# Roles without a column have no business here.
OUTSIDE = set(options_pb2.Role.keys()) - set(COLUMNS.values()) - {"ROLE_UNSPECIFIED"}


def table() -> dict[str, dict[str, str]]:
    """The cells of the README by call and column."""
    lines = README.read_text().split("## Who may call")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
    columns = rows[0][1:]
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows[2:]}


TABLE = table()
CELLS = [
    (call, column, cell) for call, cells in sorted(TABLE.items()) for column, cell in cells.items() if call
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Serving]:
    served = [
        Served(
            add_to_server=getattr(stubs, f"add_{name}Servicer_to_server"),
            servicer=getattr(stubs, f"{name}Servicer")(),
            descriptor=service,
        )
        for name, (service, stubs) in services().items()
    ]
    async with serving(*served) as running:
        yield running


def request_naming(method: MethodDescriptor, value: str) -> Message:
    """A request that names an entity or a province where the contract says that a scope is named."""
    declared = method.GetOptions().Extensions[options_pb2.authorization]
    request = GetMessageClass(method.input_type)()
    for path in (declared.province_field, declared.entity_field):
        if path:
            put(request, path, value)
    return request


def put(message: Message, path: str, value: str) -> None:
    name, _, rest = path.partition(".")
    field = message.DESCRIPTOR.fields_by_name[name]
    held = getattr(message, name)
    if not rest:
        held.append(value) if field.is_repeated else setattr(message, name, value)
        return
    put(held.add() if field.is_repeated else held, rest, value)


async def answer(server: Serving, method: MethodDescriptor, role: str | None, value: str) -> str:
    """The reason of a refusal, or "admitted" when what was wrong is only that nobody is behind the server."""
    scopes = {"provinces": [OWN], "entities": [OWN]}
    channel = server.channel(role, **scopes) if role else server.channel()
    is_stream = method.server_streaming
    make = channel.unary_stream if is_stream else channel.unary_unary
    call = make(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )(request_naming(method, value))
    try:
        if is_stream:
            async for _ in call:
                return "admitted"
        else:
            await call
    except EtsError as refusal:
        return (
            refusal.reason
            if refusal.reason in {"ROLE_FORBIDDEN", "SCOPE_FORBIDDEN", "TOKEN_INVALID"}
            else "admitted"
        )
    except AioRpcError:
        return "admitted"
    return "admitted"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("call", "column", "cell"), CELLS, ids=lambda value: value)
async def test_a_cell_of_the_table_is_what_the_server_does(server, call, column, cell):
    method, role = METHODS[call], COLUMNS[column]
    own, other = await answer(server, method, role, OWN), await answer(server, method, role, OTHER)
    expected = {
        "yes": ("admitted", "admitted"),
        "own": ("admitted", "SCOPE_FORBIDDEN"),
        "–": ("ROLE_FORBIDDEN", "ROLE_FORBIDDEN") if role else ("TOKEN_INVALID", "TOKEN_INVALID"),
    }
    assert (own, other) == expected[cell]


def test_the_table_has_every_call_and_every_role_with_business_here():
    assert set(TABLE) == set(METHODS)
    assert all(list(cells) == list(COLUMNS) for cells in TABLE.values())
    admitted = {
        options_pb2.Role.Name(role)
        for method in METHODS.values()
        for role in method.GetOptions().Extensions[options_pb2.authorization].roles
    }
    assert admitted & OUTSIDE == set()


def test_an_auditor_reads_everything_that_anybody_reads_and_changes_nothing():
    for call, method in METHODS.items():
        is_public = TABLE[call]["no token"] == "yes"
        assert (TABLE[call]["auditor"] == "yes") == (is_read(method) or is_public), call
