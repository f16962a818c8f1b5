"""The rules that the contract writes on fields, checked on every request before a use case sees it.

The engine is native: a batch of a thousand items takes a few milliseconds. Only the first violation is told,
with the values that are allowed; a request is corrected one sentence at a time.
"""

import re
from typing import Final, cast

import protovalidate
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor
from google.protobuf.message import Message
from protovalidate import FieldPathElementPb as FieldPathElement

from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.runtime.grpc.methods import Behaviour, Context, MethodInterceptor

_validator: Final = protovalidate.Validator()
_FIELD: Final = re.compile(r"\bthis\.(\w+)")


def validate(message: Message) -> None:
    """Return when the message keeps the rules of its contract; raises MalformedRequest."""
    violations = _validator.collect_violations(message, fail_fast=True)
    if violations:
        raise _refusal(message, violations[0])


def _refusal(message: Message, violation: protovalidate.Violation) -> MalformedRequest:
    proto = violation.proto
    elements = list(proto.field.elements) if proto.field is not None else []
    rule = proto.rule_id or "rule"
    told = proto.message or f"must keep the rule {rule}"
    if not elements:
        return MalformedRequest(told, field=_fields_of(message, rule), rule=rule)
    field = ".".join(_element_text(element) for element in elements)
    if rule.startswith("enum."):
        told += _names_allowed(_enum_at(message, [element.field_name for element in elements]))
    return MalformedRequest(f"{field} {told}", field=field, rule=rule)


def _fields_of(message: Message, rule_id: str) -> str:
    """Name the fields that a rule of the whole message speaks of."""
    rules = cast("Descriptor", message.DESCRIPTOR).GetOptions().Extensions[validate_pb2.message].cel
    told = [name for rule in rules if rule.id == rule_id for name in _FIELD.findall(rule.expression)]
    return ", ".join(dict.fromkeys(told))


def _element_text(element: FieldPathElement) -> str:
    subscript = element.subscript
    return f"{element.field_name}[{subscript.value}]" if subscript is not None else str(element.field_name)


def _enum_at(message: Message, names: list[str]) -> EnumDescriptor | None:
    descriptor = cast("Descriptor", message.DESCRIPTOR)
    for name in names[:-1]:
        descriptor = cast("Descriptor", descriptor.fields_by_name[name].message_type)
    return descriptor.fields_by_name[names[-1]].enum_type


def _names_allowed(enum: EnumDescriptor | None) -> str:
    if enum is None:
        return ""
    return f" ({', '.join(value.name for value in enum.values if value.number != 0)})"


class ValidationInterceptor(MethodInterceptor):
    """Refuses malformed requests for every method."""

    def wrap(self, method: str, behaviour: Behaviour) -> Behaviour:
        """Wrap one method."""
        del method

        async def answer(request: Message, context: Context) -> Message:
            validate(request)
            return await behaviour(request, context)

        return answer
