"""Signed tokens: who is calling, in which roles, for which provinces and entities.

A token is an Ed25519 JWT. Its lifetime runs on the machine's clock, never on the business clock: a simulation
that plays December 2021 must not revive or expire a token.
"""

import time
from collections import OrderedDict
from contextvars import ContextVar
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ets_kernel.domain.errors import TokenInvalid
from ets_kernel.domain.principal import Principal

ISSUER: Final = "ets"
AUDIENCE: Final = "ets-platforms"
LIFETIME_SECONDS: Final = 12 * 3600
CACHED_TOKENS_MAX: Final = 4096

ANONYMOUS: Final = Principal(
    subject="anonymous", roles=frozenset(), provinces=frozenset(), entities=frozenset()
)

_ALGORITHM: Final = "EdDSA"
_principal: ContextVar[Principal] = ContextVar("ets_principal")


def issue_token(
    private_key: Ed25519PrivateKey, principal: Principal, *, lifetime_seconds: int = LIFETIME_SECONDS
) -> str:
    """Sign a token for a principal."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime_seconds,
        "sub": principal.subject,
        "roles": sorted(principal.roles),
        "provinces": sorted(principal.provinces),
        "entities": sorted(principal.entities),
    }
    return jwt.encode(claims, private_key, algorithm=_ALGORITHM)


class TokenVerifier:
    """Verifies tokens against one public key and remembers the verified ones until they expire.

    An Ed25519 check costs more than the rest of a small call, and callers send the same token many times.
    """

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self._public_key = public_key
        self._verified: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        """Give the principal of a genuine, unexpired token; raises TokenInvalid."""
        cached = self._verified.get(token)
        if cached is not None and cached[1] > time.time():
            return cached[0]
        principal, expiry = self._decode(token)
        self._verified[token] = (principal, expiry)
        while len(self._verified) > CACHED_TOKENS_MAX:
            self._verified.popitem(last=False)
        return principal

    def _decode(self, token: str) -> tuple[Principal, float]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._public_key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise TokenInvalid(f"the token is not valid: {error}") from error
        principal = Principal(
            subject=claims["sub"],
            roles=_names(claims, "roles"),
            provinces=_names(claims, "provinces"),
            entities=_names(claims, "entities"),
        )
        return principal, float(claims["exp"])


def _names(claims: dict[str, Any], claim: str) -> frozenset[str]:
    names = claims.get(claim, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TokenInvalid(f"the token's claim {claim} is not a list of texts", claim=claim)
    return frozenset(names)


def bind_principal(principal: Principal) -> None:
    """Make the principal the current one of this call."""
    _principal.set(principal)


def current_principal() -> Principal:
    """Give the caller of the present gRPC call; raises LookupError outside of one."""
    return _principal.get()
