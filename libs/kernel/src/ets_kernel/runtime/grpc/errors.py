"""Refusals on the wire: kind ↔ gRPC status, both directions, the only such table.

The server writes a refusal as its status, its sentence, and the trailer ``ets-error-bin`` with the whole
``ets.common.v1.ErrorDetail``; the client rebuilds the same class from it, so a refusal three services down
reaches the edge unchanged. Whatever is no refusal is a bug: INTERNAL, logged with its trace, text withheld.
"""

from collections.abc import Mapping
from types import MappingProxyType

import grpc
import grpc.aio
import structlog
from ets.common.v1 import error_pb2
from google.protobuf.message import DecodeError, Message

from ets_kernel.domain.errors import EtsError, Kind, PeerUnavailable
from ets_kernel.runtime.grpc.methods import Behaviour, Context, MethodInterceptor

TRAILER = "ets-error-bin"

STATUS_OF_KIND: Mapping[Kind, grpc.StatusCode] = MappingProxyType(
    {
        Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
        Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
        Kind.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
        Kind.REFUSED: grpc.StatusCode.FAILED_PRECONDITION,
        Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
        Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    }
)

KIND_OF_STATUS: Mapping[grpc.StatusCode, Kind] = MappingProxyType(
    {status: kind for kind, status in STATUS_OF_KIND.items()}
)

# RESOURCE_EXHAUSTED: the server has as many calls under way as it takes.
_UNREACHABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)

_WIRE_OF_KIND: Mapping[Kind, error_pb2.ErrorKind.ValueType] = MappingProxyType(
    {
        Kind.INVALID: error_pb2.ERROR_KIND_INVALID,
        Kind.NOT_FOUND: error_pb2.ERROR_KIND_NOT_FOUND,
        Kind.CONFLICT: error_pb2.ERROR_KIND_CONFLICT,
        Kind.REFUSED: error_pb2.ERROR_KIND_REFUSED,
        Kind.FORBIDDEN: error_pb2.ERROR_KIND_FORBIDDEN,
        Kind.UNAVAILABLE: error_pb2.ERROR_KIND_UNAVAILABLE,
    }
)

_KIND_OF_WIRE = {wire: kind for kind, wire in _WIRE_OF_KIND.items()}

_log = structlog.get_logger(__name__)


def to_detail(error: EtsError) -> error_pb2.ErrorDetail:
    """Encode a refusal."""
    return error_pb2.ErrorDetail(
        kind=_WIRE_OF_KIND[error.kind], reason=error.reason, message=error.message, metadata=error.metadata
    )


def from_detail(detail: error_pb2.ErrorDetail) -> EtsError:
    """Rebuild a refusal; a kind from a newer contract counts as Refused."""
    kind = _KIND_OF_WIRE.get(detail.kind, Kind.REFUSED)
    return EtsError.rebuild(kind, detail.reason, detail.message, dict(detail.metadata))


def from_rpc_error(error: grpc.aio.AioRpcError, *, method: str) -> EtsError | None:
    """Rebuild the refusal behind a failed call; None when the peer has a bug, for nobody can act on it."""
    detail = _detail_in(error)
    if detail is not None:
        return from_detail(detail)
    code = error.code()
    if code in _UNREACHABLE:
        return PeerUnavailable(f"{method} got no answer: {error.details()}", peer=method, status=code.name)
    kind = KIND_OF_STATUS.get(code)
    if kind is None:
        return None
    return EtsError.rebuild(kind, f"STATUS_{code.name}", error.details() or code.name, {"method": method})


def _detail_in(error: grpc.aio.AioRpcError) -> error_pb2.ErrorDetail | None:
    for key, value in error.trailing_metadata() or ():
        if key == TRAILER and isinstance(value, bytes):
            try:
                return error_pb2.ErrorDetail.FromString(value)
            except DecodeError:
                _log.warning("error_trailer_unreadable", size_bytes=len(value))
    return None


class ErrorInterceptor(MethodInterceptor):
    """Writes refusals, and hides bugs, for every method; so handlers contain no ``try``."""

    def wrap(self, method: str, behaviour: Behaviour) -> Behaviour:
        """Wrap one method."""
        del method

        async def answer(request: Message, context: Context) -> Message:
            try:
                return await behaviour(request, context)
            except EtsError as error:
                trailer = ((TRAILER, to_detail(error).SerializeToString()),)
                await context.abort(STATUS_OF_KIND[error.kind], error.message, trailer)
            except grpc.aio.BaseError:
                raise
            except Exception:  # noqa: BLE001  # everything else is a bug, and its text stays here
                await context.abort(grpc.StatusCode.INTERNAL, "internal error")

        return answer
