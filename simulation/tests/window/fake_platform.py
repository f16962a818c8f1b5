"""A platform that says yes: each stub answers every call with the contract's own empty answer, and remembers it."""

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from ets.common.v1.error_pb2 import ErrorDetail, ItemResult
from ets.mrv.v1.mrv_service_pb2 import ComputeAllocationTableResponse
from google.protobuf import message_factory
from google.protobuf.message import Message


class Interrupted(Exception):
    """The fake platform went away, as a test asked for."""


class FakeWorld:
    """Stands in for `World`. `refusals` maps the end of a request id to the reason with which its items are refused."""

    def __init__(self, *, refusals: Mapping[str, str] | None = None, calls_max: int | None = None) -> None:
        self.calls: list[tuple[str, Message]] = []
        self._refusals = refusals or {}
        self._calls_max = calls_max
        self.answers: dict[str, Message] = {}

    def __getattr__(self, name: str) -> Callable[..., "FakeStub"]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_actor: FakeStub(self)

    def requests(self) -> dict[str, bytes]:
        """Give the body of every write by its request id; claims that an id never had two bodies."""
        found: dict[str, bytes] = {}
        for _, request in self.calls:
            if request_id := getattr(request, "request_id", ""):
                body = request.SerializeToString(deterministic=True)
                assert found.setdefault(request_id, body) == body, f"{request_id} has two bodies"
        return found

    def answer(self, name: str, request: Message) -> Message:
        if self._calls_max is not None and len(self.calls) == self._calls_max:
            raise Interrupted
        self.calls.append((name, request))
        if name in self.answers:
            return self.answers[name]
        return self._yes(request)

    def _yes(self, request: Any) -> Message:
        descriptor = request.DESCRIPTOR
        response_name = descriptor.name.removesuffix("Request") + "Response"
        response = message_factory.GetMessageClass(descriptor.file.message_types_by_name[response_name])()
        if "results" in response.DESCRIPTOR.fields_by_name:
            for index, item in enumerate(_items(request)):
                response.results.append(self._result(index, str(item), getattr(request, "request_id", "")))
        if isinstance(response, ComputeAllocationTableResponse):
            response.table.table_no = f"{request.kind}/{request.province_code}"
        return response

    def _result(self, index: int, item: str, request_id: str) -> ItemResult:
        for end, reason in self._refusals.items():
            if request_id.endswith(end):
                return ItemResult(index=index, error=ErrorDetail(reason=reason))
        return ItemResult(index=index, reference=f"REF-{index}-{crc32(item.encode())}")


class FakeStub:
    """Any service of the fake platform."""

    def __init__(self, world: FakeWorld) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Callable[[Message], Any]:
        async def call(request: Message) -> Message:
            return self._world.answer(name, request)

        return call


def _items(request: Message) -> list[Any]:
    for field in request.DESCRIPTOR.fields:
        if field.is_repeated:
            return list(getattr(request, field.name))
    return []
