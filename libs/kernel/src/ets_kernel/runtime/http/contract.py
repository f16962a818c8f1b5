"""Reads of the contract as HTTP routes: each mirrors one RPC, with its rules, its refusals and its very answer.

HTT-2  A route answers what its RPC answers: it calls the same method with the same request, after the same checks.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import metrics
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.grpc.methods import is_read
from ets_kernel.runtime.grpc.validation import validate
from ets_kernel.runtime.http.authorization import Admission, admission_of
from ets_kernel.runtime.http.transcoding import fill, parameters_of, to_json

JSON: Final = "application/json"
# A file may take a processor for seconds; the others wait for their turn, and calls are answered meanwhile.
FILES_AT_ONCE_MAX: Final = 2

Read = Callable[[Message, Any], Awaitable[Message]]
Respond = Callable[[Message, Message], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An answer that is a file: its bytes, and the name under which it is kept."""

    content: bytes
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: its path, the RPC that it mirrors, and the kind of content that it answers."""

    path: str
    method: MethodDescriptor
    tag: str
    media_type: str = JSON

    @property
    def is_paged(self) -> bool:
        """Tell whether its lists come in pages."""
        return self.media_type == JSON


class ContractRouter(APIRouter):
    """Routes that mirror reads of the contract, and tell of themselves what the contract tells."""

    def __init__(self, verifier: TokenVerifier) -> None:
        super().__init__()
        self.mirrored: list[Route] = []
        self._verifier = verifier
        self._writing = asyncio.Semaphore(FILES_AT_ONCE_MAX)

    def serve(
        self, servicer: object, service: ServiceDescriptor, paths: Mapping[str, str], *, tag: str
    ) -> None:
        """Serve reads of a service, named with their paths ("/v1/accounts/{account_no}"), as JSON."""
        for name, path in paths.items():
            route = Route(path=path, method=service.methods_by_name[name], tag=tag)
            self._mirror(route, getattr(servicer, name), _json_response)

    def serve_file(
        self,
        servicer: object,
        method: MethodDescriptor,
        path: str,
        *,
        tag: str,
        media_type: str,
        write: Callable[[Any, Any], Awaitable[File]],
    ) -> None:
        """Serve a read as a file that is written of its request and its answer; a file has no pages."""

        async def respond(asked: Message, answer: Message) -> Response:
            async with self._writing:
                file = await write(asked, answer)
            disposition = f'attachment; filename="{file.name}"'
            return Response(file.content, media_type=media_type, headers={"content-disposition": disposition})

        route = Route(path=path, method=method, tag=tag, media_type=media_type)
        self._mirror(route, getattr(servicer, method.name), respond)

    def _mirror(self, route: Route, read: Read, respond: Respond) -> None:
        ensure(is_read(route.method), f"{route.method.full_name} only reads")
        parameters_of(route.method.input_type, is_paged=route.is_paged)
        self.mirrored.append(route)
        endpoint = _endpoint(route, admission_of(self._verifier, route.method), read, respond)
        self.add_api_route(route.path, endpoint, methods=["GET"], include_in_schema=False)


def _endpoint(
    route: Route,
    admission: Admission,
    read: Read,
    respond: Respond,
) -> Callable[[Request], Awaitable[Response]]:
    request_class = GetMessageClass(route.method.input_type)

    async def answer(request: Request) -> Response:
        admit = admission(request)
        message = request_class()
        fill(message, _given(request), is_paged=route.is_paged)
        admit(message)
        validate(message)
        # A read's answer depends on its request alone, so there is no context to give.
        return await respond(message, await read(message, None))

    async def endpoint(request: Request) -> Response:
        started = time.perf_counter()
        outcome = "INTERNAL"
        try:
            response = await answer(request)
            outcome = "OK"
        except EtsError as error:
            outcome = error.reason
            raise
        finally:
            metrics.HTTP_SERVER_CALLS.labels(route.path, outcome).inc()
            metrics.HTTP_SERVER_SECONDS.labels(route.path).observe(time.perf_counter() - started)
        return response

    return endpoint


def _given(request: Request) -> Sequence[tuple[str, str]]:
    return [*request.path_params.items(), *request.query_params.multi_items()]


async def _json_response(asked: Message, answer: Message) -> Response:
    del asked
    return Response(json.dumps(to_json(answer), ensure_ascii=False).encode(), media_type=JSON)
