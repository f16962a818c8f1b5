"""Messages of the contract as what people's HTTP has: parameters of a route in, JSON out.

The names are the contract's. A page is asked for with `page_size` and `page_token`; times are ISO 8601 with a zone,
enumerations are names. In JSON every field is there: an absent message or time is null, 64-bit integers are numbers,
bytes are base64.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import MalformedRequest

TIMESTAMP: Final = "google.protobuf.Timestamp"
PAGE: Final = "ets.common.v1.PageRequest"
INTEGERS: Final[Mapping[int, tuple[int, int]]] = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
}
BOOLEANS: Final = {"true": True, "false": False}
_SIMPLE: Final = frozenset(
    {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BOOL, FieldDescriptor.TYPE_ENUM}
)
_DIGITS_MAX: Final = 20


def parameters_of(request: Descriptor, *, is_paged: bool = True) -> dict[str, FieldDescriptor]:
    """Give the parameters that fill a request, by name; raises BrokenClaim for a field that no parameter can carry."""
    found: dict[str, FieldDescriptor] = {}
    for field in request.fields:
        inner = field.message_type
        if inner is not None and inner.full_name == PAGE:
            found.update(parameters_of(inner) if is_paged else {})
            continue
        ensure(
            not field.is_repeated
            and (
                field.type in _SIMPLE
                or field.type in INTEGERS
                or (inner is not None and inner.full_name == TIMESTAMP)
            ),
            f"{field.full_name} can be a parameter of a route",
        )
        found[field.name] = field
    return found


def fill(message: Message, values: Sequence[tuple[str, str]], *, is_paged: bool = True) -> None:
    """Fill a request from the parameters of a route; MALFORMED_REQUEST for one unknown, twice given or ill-formed.

    A misspelt `as_of` that was passed over would answer for the wrong moment.
    """
    known = parameters_of(cast("Descriptor", message.DESCRIPTOR), is_paged=is_paged)
    seen = set()
    for name, text in values:
        if name not in known:
            raise MalformedRequest(f"{name} is no parameter of this route", field=name, rule="known")
        if name in seen:
            raise MalformedRequest(f"{name} is given twice", field=name, rule="once")
        seen.add(name)
        field = known[name]
        owner = message if field.containing_type is message.DESCRIPTOR else message.page  # type: ignore[attr-defined]
        _set(owner, field, text)


def to_json(message: Message) -> dict[str, Any]:
    """Write a message as a JSON object."""
    return dict(_members(message))


def _set(owner: Message, field: FieldDescriptor, text: str) -> None:
    if field.message_type is not None:
        getattr(owner, field.name).FromDatetime(_moment(field.name, text))
    else:
        setattr(owner, field.name, _value(field, text))


def _value(field: FieldDescriptor, text: str) -> str | int | bool:
    if field.type in INTEGERS:
        return _integer(field, text)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _one_of(field.name, text, BOOLEANS)
    if field.enum_type is not None:
        return _one_of(field.name, text, _named(field.enum_type))
    if "\0" in text:
        raise MalformedRequest(f"{field.name} must be text", field=field.name, rule="text")
    return text


def _integer(field: FieldDescriptor, text: str) -> int:
    least, most = INTEGERS[field.type]
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < _DIGITS_MAX
    if not is_number or not least <= int(text) <= most:
        raise MalformedRequest(f"{field.name} must be a whole number", field=field.name, rule="integer")
    return int(text)


def _one_of(name: str, text: str, allowed: Mapping[str, int]) -> int:
    if text not in allowed:
        raise MalformedRequest(f"{name} must be one of {', '.join(allowed)}", field=name, rule="one_of")
    return allowed[text]


def _named(enum: EnumDescriptor) -> dict[str, int]:
    return {value.name: value.number for value in enum.values if value.number != 0}


def _moment(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MalformedRequest(
        f"{name} must be a time in ISO 8601 with its zone, such as 2021-12-15T17:00:00+08:00",
        field=name,
        rule="time",
    )


def _members(message: Message) -> Iterator[tuple[str, Any]]:
    for field in cast("Descriptor", message.DESCRIPTOR).fields:
        value = getattr(message, field.name)
        if _is_map(field):
            yield field.name, dict(value)
        elif field.is_repeated:
            yield field.name, [_plain(field, item) for item in value]
        elif field.has_presence and not message.HasField(field.name):
            yield field.name, None
        else:
            yield field.name, _plain(field, value)


def _is_map(field: FieldDescriptor) -> bool:
    inner = field.message_type
    return inner is not None and inner.GetOptions().map_entry


def _plain(field: FieldDescriptor, value: Any) -> object:  # noqa: ANN401  # what a field may hold
    if field.message_type is not None:
        if field.message_type.full_name == TIMESTAMP:
            return value.ToDatetime(tzinfo=UTC).isoformat().replace("+00:00", "Z")
        return to_json(value)
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named is not None else value
    if field.type == FieldDescriptor.TYPE_BYTES:
        return base64.b64encode(value).decode()
    return value
