"""The caller of an HTTP route: the same tokens, roles and scopes as of the RPC that the route mirrors.

HTT-1  A route admits whom the contract's option of its RPC admits, for the same provinces and entities: there is no
       second list.
"""

from collections.abc import Callable

from fastapi import Request
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from ets_kernel.domain.errors import TokenInvalid
from ets_kernel.runtime.auth import ANONYMOUS, TokenVerifier, bind_principal
from ets_kernel.runtime.grpc.authorization import compile_rule
from ets_kernel.runtime.grpc.methods import path_of, read_methods

_BEARER = "Bearer "

Admission = Callable[[Request], Callable[[Message], None]]
"""Looks at the caller first; what it gives looks at what the caller asks for."""


def admission_of(verifier: TokenVerifier, method: MethodDescriptor) -> Admission:
    """Make the admission of an RPC's route; TOKEN_INVALID, then ROLE_FORBIDDEN, SCOPE_FORBIDDEN."""
    declared = read_methods([method.containing_service])[path_of(method)]
    rule = compile_rule(declared)
    if declared.authorization.public:
        return _admit_anybody

    def caller(request: Request) -> Callable[[Message], None]:
        principal = verifier.verify(_token_in(request))

        def admit(message: Message) -> None:
            rule.admit(principal, message)
            bind_principal(principal)

        return admit

    return caller


def _admit_anybody(request: Request) -> Callable[[Message], None]:
    del request
    return lambda _message: bind_principal(ANONYMOUS)


def _token_in(request: Request) -> str:
    header = request.headers.get("authorization", "")
    if not header.startswith(_BEARER):
        raise TokenInvalid("the request carries no bearer token in its authorization header")
    return header.removeprefix(_BEARER)
