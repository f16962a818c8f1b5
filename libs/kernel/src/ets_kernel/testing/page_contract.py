"""What every list keeps about its page tokens: it takes its own, for the same filters, and refuses all others.

A service's test calls `check_page_tokens` with its server and its service descriptors; the lists are found in them,
so a new one is checked from its first day.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final

import grpc.aio
from ets.common.v1 import options_pb2
from ets.common.v1.page_pb2 import PageRequest
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError, PageTokenInvalid
from ets_kernel.runtime.grpc.messages import BIGINT_MAX, Shape, next_token, page_bounds
from ets_kernel.runtime.grpc.methods import path_of
from ets_kernel.testing.serving import Serving

KEY_PARTS_MAX: Final = 3
_LARGEST: Final = {str: "龘" * 30, int: BIGINT_MAX}
_HOSTILE: Final[tuple[object, ...]] = ("\0", "\ud800", -1, BIGINT_MAX + 1, 10**40, True, None, 1.5, [], {})
_NO_MOMENTS: Final[tuple[object, ...]] = (-1, 10**40, True, 1.5, "1", [], {})
_NO_TOKENS: Final = ("rubbish", "é", "e30=", "W10=", base64.urlsafe_b64encode(b"[" * 750).decode())


async def check_page_tokens(serving: Serving, *services: ServiceDescriptor, **filters: object) -> int:
    """Send every list its own, a foreign and a forged token; give the number of lists.

    ``filters`` are values for the fields that a list's request must have, by field name.
    """
    lists = [_List(serving, method, filters) for method in _list_methods(services)]
    ensure(bool(lists), "the services have lists")
    for asked in lists:
        await asked.ask("")
        shape = await _shape_of(asked)
        await _check_forged(asked, shape)
        for other in lists:
            if other is not asked:
                await asked.check_refused(next_token(page_bounds(other.request, *shape), _largest(shape)))
        for filtered in asked.with_other_filters():
            await asked.check_refused(next_token(page_bounds(filtered, *shape), _largest(shape)))
    return len(lists)


class _List:
    """One list: how to ask it for a page."""

    def __init__(self, serving: Serving, method: MethodDescriptor, filters: dict[str, object]) -> None:
        self.name = path_of(method)
        self.request: Any = GetMessageClass(method.input_type)(
            **{name: value for name, value in filters.items() if name in method.input_type.fields_by_name}
        )
        # A public list has no roles, and takes anybody.
        roles = map(options_pb2.Role.Name, method.GetOptions().Extensions[options_pb2.authorization].roles)
        channel = serving.channel(*roles, provinces=["*"], entities=["*"])
        self._call: grpc.aio.UnaryUnaryMultiCallable[Any, Message] = channel.unary_unary(
            self.name,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )

    async def ask(self, token: str) -> EtsError | None:
        """Ask for a page; give the refusal, if there is one. What is no refusal is raised."""
        request = type(self.request)()
        request.CopyFrom(self.request)
        request.page.CopyFrom(PageRequest(page_token=token))
        try:
            await self._call(request)
        except PageTokenInvalid as error:
            return error
        except EtsError as error:
            # The list may be of something that is not there; a malformed request would prove nothing.
            ensure(error.kind == "NOT_FOUND", f"{self.name} is asked well: {error.message}")
        return None

    async def check_refused(self, token: str) -> None:
        refusal = await self.ask(token)
        ensure(isinstance(refusal, PageTokenInvalid), f"{self.name} refuses the token {token!r}")

    def with_other_filters(self) -> Iterator[Message]:
        """Give the same list's requests with one field otherwise."""
        for field in self.request.DESCRIPTOR.fields:
            other = type(self.request)()
            other.CopyFrom(self.request)
            if field.name == "as_of":
                other.as_of.CopyFrom(Timestamp(seconds=1))
            elif field.message_type is None and getattr(other, field.name):
                other.ClearField(field.name)
            else:
                continue
            yield other


def _list_methods(services: Iterable[ServiceDescriptor]) -> Iterator[MethodDescriptor]:
    for service in services:
        for method in service.methods:
            page = method.input_type.fields_by_name.get("page")
            if page is not None and page.message_type is PageRequest.DESCRIPTOR:
                yield method


async def _shape_of(asked: _List) -> Shape:
    """Find the one shape of key that the list takes, with the largest values that a token may carry."""
    taken = []
    for parts in range(1, KEY_PARTS_MAX + 1):
        for shape in product((str, int), repeat=parts):
            token = next_token(page_bounds(asked.request, *shape), _largest(shape))
            if await asked.ask(token) is None:
                taken.append(shape)
    ensure(len(taken) == 1, f"{asked.name} takes keys of one shape, and not {taken}")
    return taken[0]


async def _check_forged(asked: _List, shape: Shape) -> None:
    for token in _NO_TOKENS:
        await asked.check_refused(token)
    digest = page_bounds(asked.request).digest
    await asked.check_refused(_forge(digest))
    for place in range(len(shape)):
        for value in _HOSTILE:
            key: list[object] = list(_largest(shape))
            key[place] = value
            await asked.check_refused(_forge(digest, None, *key))
    for moment in _NO_MOMENTS:
        await asked.check_refused(_forge(digest, moment, *_largest(shape)))


def _largest(shape: Shape) -> tuple[Any, ...]:
    return tuple(_LARGEST[kind] for kind in shape)


def _forge(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
