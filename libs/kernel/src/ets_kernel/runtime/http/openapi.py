"""What people and programs are told of the routes that mirror the contract: OpenAPI 3.1, written from the contract.

Names, types, bounds and sentences are the contract's own; nothing is told twice. It is written when somebody asks.
"""

import importlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

from buf.validate import validate_pb2
from ets.common.v1 import error_pb2, options_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from ets_kernel.domain.errors import Kind
from ets_kernel.domain.periods import PERIODS
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.http.contract import JSON, Route
from ets_kernel.runtime.http.errors import STATUS_OF_KIND, STATUS_OF_NO_CALLER
from ets_kernel.runtime.http.transcoding import INTEGERS, TIMESTAMP, parameters_of

SCHEME: Final = "token"
_MEANINGS: Final[Mapping[Kind, str]] = {
    Kind.INVALID: "The request is malformed: correct it.",
    Kind.NOT_FOUND: "What it names does not exist.",
    Kind.CONFLICT: "Another writer was first.",
    Kind.REFUSED: "A rule of the market says no.",
    Kind.FORBIDDEN: "The caller may not.",
    Kind.UNAVAILABLE: "Try again later.",
}
_READS_REFUSE: Final = (Kind.INVALID, Kind.NOT_FOUND, Kind.REFUSED, Kind.FORBIDDEN, Kind.UNAVAILABLE)
# As the contracts write them: a date, and one that may be left out.
_DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DATE_OR_NONE: Final = "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"
# Words that mean the same in every contract, and all that they may be.
_WORDS: Final[Mapping[str, Iterable[str]]] = {"province_code": PROVINCES, "period": PERIODS}
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_ERROR: Final = "ErrorDetail"


def describe(document: dict[str, Any], routes: Iterable[Route]) -> dict[str, Any]:
    """Add routes to an OpenAPI document."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    document["components"]["securitySchemes"] = {
        SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas[_ERROR] = _error_schema()
    for route in routes:
        document["paths"].setdefault(route.path, {})["get"] = _operation(route)
        if route.media_type == JSON:
            _add_schema(schemas, route.method.output_type)
    return document


def _operation(route: Route) -> dict[str, Any]:
    rule = route.method.GetOptions().Extensions[options_pb2.authorization]
    told = _comment(route.method.full_name)
    suffix = "" if route.media_type == JSON else f"_{route.path.rpartition('.')[2]}"
    in_path = set(_PLACEHOLDER.findall(route.path))
    operation: dict[str, Any] = {
        "operationId": f"{route.method.name}{suffix}",
        "tags": [route.tag],
        "summary": told.partition(". ")[0].rstrip("."),
        "description": f"{told} Mirrors the RPC `{route.method.full_name}`. {_callers(rule)}",
        "parameters": [
            _parameter(field, is_in_path=name in in_path)
            for name, field in parameters_of(route.method.input_type, is_paged=route.is_paged).items()
        ],
        "responses": {"200": {"description": "The answer.", "content": _content(route)}, **_refusals()},
    }
    if not rule.public:
        operation["security"] = [{SCHEME: []}]
    return operation


def _callers(rule: options_pb2.Authorization) -> str:
    if rule.public:
        return "Public: no token is asked for."
    roles = ", ".join(options_pb2.Role.Name(role) for role in rule.roles)
    scopes = [
        f"{who} for its own `{field}` only"
        for who, field in (
            ("ROLE_PROVINCE", rule.province_field),
            ("ROLE_EMITTER, ROLE_HOLDER", rule.entity_field),
        )
        if field
    ]
    return f"Admits {roles}{'; ' if scopes else ''}{'; '.join(scopes)}."


def _content(route: Route) -> dict[str, Any]:
    if route.media_type == JSON:
        return {JSON: {"schema": _reference(route.method.output_type.name)}}
    return {route.media_type: {"schema": {"type": "string", "format": "binary"}}}


def _refusals() -> dict[str, Any]:
    body = {JSON: {"schema": _reference(_ERROR)}}
    told = {
        str(STATUS_OF_KIND[kind]): {"description": _MEANINGS[kind], "content": body} for kind in _READS_REFUSE
    }
    return told | {
        str(STATUS_OF_NO_CALLER): {"description": "No token, or none that is valid.", "content": body},
        "500": {"description": "A bug, told without its text.", "content": body},
    }


def _parameter(field: FieldDescriptor, *, is_in_path: bool) -> dict[str, Any]:
    schema = _value_schema(field) | _bounds(field)
    is_required = is_in_path or schema.get("minLength", 0) > 0 or schema.get("pattern") == _DATE
    if schema.get("pattern") in {_DATE, _DATE_OR_NONE}:
        schema = {"type": "string", "format": "date"}
    if field.enum_type is not None:
        schema = {"type": "string", "enum": [value.name for value in field.enum_type.values if value.number]}
    if field.name in _WORDS:
        schema = {"type": "string", "enum": [*([] if is_required else [""]), *_WORDS[field.name]]}
    if is_in_path:
        # An empty text, or one with a slash, is another path.
        schema = {"minLength": 1, "pattern": "^[^/]+$"} | schema
    return {
        "name": field.name,
        "in": "path" if is_in_path else "query",
        "required": is_required,
        "description": _comment(field.full_name),
        "schema": schema,
    }


def _bounds(field: FieldDescriptor) -> dict[str, Any]:
    """Give what the contract's rules say of a parameter, in the words of JSON Schema."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    text = rules.string
    told: dict[str, Any] = {}
    if text.HasField("len"):
        told |= {"minLength": text.len, "maxLength": text.len}
    if text.HasField("min_len"):
        told["minLength"] = text.min_len
    if text.HasField("max_len"):
        told["maxLength"] = text.max_len
    if text.HasField("pattern"):
        told["pattern"] = text.pattern
    words = {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum"}
    for numbers in (rules.int32, rules.int64):
        told |= {words[rule.name]: value for rule, value in numbers.ListFields() if rule.name in words}
    return told


def _add_schema(schemas: dict[str, Any], message: Descriptor) -> None:
    if message.name in schemas:
        return
    schemas[message.name] = {}
    for field in message.fields:
        if _is_message(field):
            _add_schema(schemas, cast("Descriptor", field.message_type))
    schemas[message.name] = {
        "type": "object",
        "description": _comment(message.full_name),
        "properties": {field.name: _property(field) for field in message.fields},
        "required": [field.name for field in message.fields],
        "additionalProperties": False,
    }


def _property(field: FieldDescriptor) -> dict[str, Any]:
    schema: dict[str, Any] = (
        _reference(cast("Descriptor", field.message_type).name)
        if _is_message(field)
        else _value_schema(field)
    )
    if field.is_repeated:
        schema = {"type": "array", "items": schema}
    elif field.has_presence:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | {"description": _comment(field.full_name)}


def _value_schema(field: FieldDescriptor) -> dict[str, Any]:
    if field.message_type is not None:
        return {"type": "string", "format": "date-time"}
    if field.enum_type is not None:
        return _enum_schema(field.enum_type)
    if field.type in INTEGERS:
        least, most = INTEGERS[field.type]
        width = 32 if field.type == FieldDescriptor.TYPE_INT32 else 64
        return {"type": "integer", "format": f"int{width}", "minimum": least, "maximum": most}
    if field.type == FieldDescriptor.TYPE_BOOL:
        return {"type": "boolean"}
    if field.type == FieldDescriptor.TYPE_BYTES:
        return {"type": "string", "contentEncoding": "base64"}
    return {"type": "string"}


def _enum_schema(enum: EnumDescriptor) -> dict[str, Any]:
    told = [f"`{value.name}`: {_comment(f'{enum.full_name}.{value.name}')}" for value in enum.values]
    return {"type": "string", "enum": [value.name for value in enum.values], "x-meanings": told}


def _error_schema() -> dict[str, Any]:
    detail = error_pb2.ErrorDetail.DESCRIPTOR
    told: dict[str, dict[str, Any]] = {
        field.name: {"type": "string", "description": _comment(field.full_name)} for field in detail.fields
    }
    told["kind"]["enum"] = [*(kind.value for kind in Kind), "INTERNAL"]
    told["metadata"] |= {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "type": "object",
        "description": _comment(detail.full_name),
        "properties": told,
        "required": list(told),
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _is_message(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.full_name != TIMESTAMP


def _comment(name: str) -> str:
    package = ".".join(name.split(".")[:3])
    return _comments(package).get(name, "")


@cache
def _comments(package: str) -> Mapping[str, str]:
    found: Mapping[str, str] = importlib.import_module(f"{package}.comments").COMMENTS
    return found
