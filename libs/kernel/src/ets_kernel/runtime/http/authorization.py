"""The caller of an HTTP route: the same tokens and roles as over gRPC, as a FastAPI dependency."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from ets_kernel.domain.errors import RoleForbidden, TokenInvalid
from ets_kernel.domain.principal import Principal
from ets_kernel.runtime.auth import TokenVerifier, bind_principal

_BEARER = "Bearer "


def admit(verifier: TokenVerifier, *roles: str) -> Callable[[Request], Awaitable[Principal]]:
    """Make a dependency that gives the caller when it has one of the roles; TOKEN_INVALID, ROLE_FORBIDDEN."""
    admitted = frozenset(roles)
    named = ", ".join(sorted(admitted))

    async def caller(request: Request) -> Principal:
        header = request.headers.get("authorization", "")
        if not header.startswith(_BEARER):
            raise TokenInvalid("the request carries no bearer token in its authorization header")
        principal = verifier.verify(header.removeprefix(_BEARER))
        if not principal.has_role_of(admitted):
            raise RoleForbidden(f"this route admits {named}", roles=named)
        bind_principal(principal)
        return principal

    return caller
