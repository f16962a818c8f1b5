"""Authorisation as the contract declares it: who may call a method, and for whose province or entity.

A principal passes when one of its roles is admitted and that role's scope covers the request. Role names are
those of the contract ("ROLE_PROVINCE"). A request that names nobody in a scoped field would reach everybody,
so it is refused for a scoped caller.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ets.common.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import RoleForbidden, ScopeForbidden, TokenInvalid
from ets_kernel.domain.principal import EVERY, Principal
from ets_kernel.runtime.auth import ANONYMOUS, TokenVerifier, bind_principal
from ets_kernel.runtime.grpc.methods import Behaviour, Context, Method, MethodInterceptor

_PROVINCE_SCOPED = frozenset({"ROLE_PROVINCE"})
_ENTITY_SCOPED = frozenset({"ROLE_EMITTER", "ROLE_HOLDER"})
_BEARER = "Bearer "

Values = Callable[[Message], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One scoped field: the roles it binds, how a request names it, what a principal holds of it."""

    field: str
    roles: frozenset[str]
    values: Values
    held: Callable[[Principal], frozenset[str]]

    def covers(self, principal: Principal, request: Message) -> bool:
        """Tell whether the request names only what the principal holds, and at least one."""
        held = self.held(principal)
        if EVERY in held:
            return True
        named = set(self.values(request))
        return bool(named) and named <= held


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The compiled authorisation of one method."""

    path: str
    roles: frozenset[str]
    scopes: tuple[Scope, ...]

    def admit(self, principal: Principal, request: Message) -> None:
        """Return when one admitted role covers the request; raises RoleForbidden, ScopeForbidden."""
        admitted = principal.roles & self.roles
        if not admitted:
            raise RoleForbidden(
                f"{self.path} admits {', '.join(sorted(self.roles))}",
                rpc=self.path,
                roles=",".join(sorted(self.roles)),
            )
        for role in admitted:
            binding = [scope for scope in self.scopes if role in scope.roles]
            if all(scope.covers(principal, request) for scope in binding):
                return
        fields = ", ".join(scope.field for scope in self.scopes)
        raise ScopeForbidden(
            f"{principal.subject} may call {self.path} only for its own {fields}",
            rpc=self.path,
            field=fields,
        )


def compile_rule(method: Method) -> Rule:
    """Compile one method's rule; raises BrokenClaim for a scope that the request has no field for."""
    declared = method.authorization
    scopes = []
    if declared.province_field:
        values = compile_path(method.request, declared.province_field)
        scopes.append(
            Scope(
                field=declared.province_field,
                roles=_PROVINCE_SCOPED,
                values=values,
                held=lambda principal: principal.provinces,
            )
        )
    if declared.entity_field:
        values = compile_path(method.request, declared.entity_field)
        scopes.append(
            Scope(
                field=declared.entity_field,
                roles=_ENTITY_SCOPED,
                values=values,
                held=lambda principal: principal.entities,
            )
        )
    roles = frozenset(options_pb2.Role.Name(role) for role in declared.roles)
    return Rule(path=method.path, roles=roles, scopes=tuple(scopes))


def compile_path(descriptor: Descriptor, path: str) -> Values:
    """Compile a dotted path, through single and repeated fields, to a reader of the strings at its end."""
    name, _, rest = path.partition(".")
    ensure(name in descriptor.fields_by_name, f"{descriptor.full_name} has the scope field {name}")
    field = descriptor.fields_by_name[name]
    if not rest:
        ensure(field.type == FieldDescriptor.TYPE_STRING, f"{descriptor.full_name}.{name} is text")
        return _leaves(name) if field.is_repeated else _leaf(name)
    ensure(field.message_type is not None, f"{descriptor.full_name}.{name} is a message")
    inner = compile_path(cast("Descriptor", field.message_type), rest)
    return _through_items(name, inner) if field.is_repeated else _through(name, inner)


def _leaf(name: str) -> Values:
    def values(message: Message) -> Iterator[str]:
        yield getattr(message, name)

    return values


def _leaves(name: str) -> Values:
    def values(message: Message) -> Iterator[str]:
        yield from getattr(message, name)

    return values


def _through(name: str, inner: Values) -> Values:
    def values(message: Message) -> Iterator[str]:
        yield from inner(getattr(message, name))

    return values


def _through_items(name: str, inner: Values) -> Values:
    def values(message: Message) -> Iterator[str]:
        for item in getattr(message, name):
            yield from inner(item)

    return values


class AuthorizationInterceptor(MethodInterceptor):
    """Verifies the caller's token and its method's rule before anything else looks at the request."""

    def __init__(self, methods: Mapping[str, Method], verifier: TokenVerifier) -> None:
        super().__init__(methods)
        self._verifier = verifier
        self._rules = {path: compile_rule(method) for path, method in methods.items()}

    def wrap(self, method: str, behaviour: Behaviour) -> Behaviour:
        """Wrap one method."""
        if self._methods[method].authorization.public:

            async def answer_anybody(request: Message, context: Context) -> Message:
                bind_principal(ANONYMOUS)
                return await behaviour(request, context)

            return answer_anybody
        rule = self._rules[method]

        async def answer(request: Message, context: Context) -> Message:
            principal = self._verifier.verify(_bearer_token(context))
            rule.admit(principal, request)
            bind_principal(principal)
            return await behaviour(request, context)

        return answer


def _bearer_token(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization" and isinstance(value, str) and value.startswith(_BEARER):
            return value.removeprefix(_BEARER)
    raise TokenInvalid("the call carries no bearer token in its authorization metadata")
