"""The methods of a server as their contract declares them, and what wraps each of them.

Read once at start from the descriptors of the registered services. A server with a method that declares no
authorisation, or writes without a ``request_id``, doesn't start.
"""

import abc
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import grpc
import grpc.aio
from ets.common.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from ets_kernel.domain.ensure import ensure

Context = grpc.aio.ServicerContext[Any, Any]
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # Generic in the stubs only.
Behaviour = Callable[[Message, Context], Awaitable[Message]]

_WRITES_IDEMPOTENT_BY_VALUE = frozenset({"/ets.common.v1.ClockService/SetClock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One RPC: its path on the wire, whether it only reads, and who may call it."""

    path: str
    is_read: bool
    request: Descriptor
    authorization: options_pb2.Authorization


def read_methods(services: Iterable[ServiceDescriptor]) -> Mapping[str, Method]:
    """Read every method of the services by its wire path; raises BrokenClaim for a gap in its contract."""
    methods = [_read(method) for service in services for method in service.methods]
    return {method.path: method for method in methods}


def path_of(method: MethodDescriptor) -> str:
    """Give the wire path: "/ets.registry.v1.RegistryService/OpenAccounts"."""
    return f"/{method.containing_service.full_name}/{method.name}"


def is_read(method: MethodDescriptor) -> bool:
    """Tell whether the contract says NO_SIDE_EFFECTS."""
    return bool(method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS)


def _read(method: MethodDescriptor) -> Method:
    path = path_of(method)
    options = method.GetOptions()
    ensure(options.HasExtension(options_pb2.authorization), f"{path} declares its authorization")
    authorization = options.Extensions[options_pb2.authorization]
    ensure(bool(authorization.roles) != authorization.public, f"{path} names roles, or is public")
    ensure(options_pb2.ROLE_UNSPECIFIED not in authorization.roles, f"{path} names real roles")
    has_request_id = "request_id" in method.input_type.fields_by_name
    ensure(
        is_read(method) or has_request_id or path in _WRITES_IDEMPOTENT_BY_VALUE,
        f"{path} writes, so {method.input_type.full_name} has a request_id",
    )
    return Method(
        path=path,
        is_read=is_read(method),
        request=method.input_type,
        authorization=authorization,
    )


class MethodInterceptor(grpc.aio.ServerInterceptor, abc.ABC):
    """A server interceptor that wraps each method of the contract once, when it is first called.

    Methods that are not in the contract (health, reflection) pass by unwrapped.
    """

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods
        self._handlers: dict[str, _Handler] = {}

    @abc.abstractmethod
    def wrap(self, method: str, behaviour: Behaviour) -> Behaviour:
        """Give the behaviour with this interceptor's part around it."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["_Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        """Find the wrapped handler of the called method."""
        path = handler_call_details.method
        if path not in self._methods:
            return await continuation(handler_call_details)
        handler = self._handlers.get(path)
        if handler is None:
            inner = await continuation(handler_call_details)
            if inner is None:  # In the contract, but not served: grpc answers UNIMPLEMENTED.
                return None
            ensure(inner.unary_unary is not None, f"{path} is a unary method")
            handler = grpc.unary_unary_rpc_method_handler(
                self.wrap(path, cast("Behaviour", inner.unary_unary)),
                request_deserializer=inner.request_deserializer,
                response_serializer=inner.response_serializer,
            )
            self._handlers[path] = handler
        return handler
