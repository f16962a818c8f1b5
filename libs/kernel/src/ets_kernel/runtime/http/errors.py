"""Refusals over HTTP: kind → status, one handler. The body is the ErrorDetail of the contract as JSON.

No token, or none that is valid, is HTTP's own 401. A path that is none is ROUTE_NOT_FOUND; a method that a path does
not have is METHOD_NOT_ALLOWED, with HTTP's own 405.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ets_kernel.domain.errors import EtsError, Invalid, Kind, MalformedRequest, NotFound, TokenInvalid

STATUS_OF_KIND: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.INVALID: 400,
        Kind.NOT_FOUND: 404,
        Kind.CONFLICT: 409,
        Kind.REFUSED: 422,
        Kind.FORBIDDEN: 403,
        Kind.UNAVAILABLE: 503,
    }
)

# HTTP tells apart who is not known and who may not; a new token helps the one only.
STATUS_OF_NO_CALLER: Final = 401
_METHOD_NOT_ALLOWED: Final = 405

_log = structlog.get_logger(__name__)


class RouteNotFound(NotFound):
    """There is no such route over HTTP."""

    reason = "ROUTE_NOT_FOUND"


class MethodNotAllowed(Invalid):
    """A route over HTTP does not have this method. Metadata: method."""

    reason = "METHOD_NOT_ALLOWED"


def install_error_handlers(app: FastAPI) -> None:
    """Make the app answer refusals by their kind, and bugs with 500 and no text."""
    app.add_exception_handler(EtsError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, EtsError):
        return await _failed(request, error)
    if isinstance(error, TokenInvalid):
        return _response(error, STATUS_OF_NO_CALLER, headers={"www-authenticate": "Bearer"})
    return _response(error, STATUS_OF_KIND[error.kind])


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return await _failed(request, error)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return await _refused(
        request, MalformedRequest(f"{field}: {first['msg']}", field=field, rule=first["type"])
    )


async def _unrouted(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await _failed(request, error)
    path = request.url.path
    told = (
        MethodNotAllowed(f"{path} has no method {request.method}", method=request.method)
        if error.status_code == _METHOD_NOT_ALLOWED
        else RouteNotFound(f"there is no route {path}")
    )
    return _response(told, error.status_code, headers=error.headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    _log.error("http_request_failed", path=request.url.path, exc_info=error)
    body = {"kind": "INTERNAL", "reason": "INTERNAL", "message": "internal error", "metadata": {}}
    return JSONResponse(body, status_code=500)


def _response(error: EtsError, status: int, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = {
        "kind": error.kind.value,
        "reason": error.reason,
        "message": error.message,
        "metadata": error.metadata,
    }
    return JSONResponse(body, status_code=status, headers=headers)
