"""Events of any topic as names and texts, so that a check needs no message class."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ets.ccer.v1 import ccer_events_pb2
from ets.common.v1 import event_pb2
from ets.mrv.v1 import mrv_events_pb2
from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.runtime.grpc.messages import from_timestamp
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from consistency_checker.app.ports import Unreadable
from consistency_checker.domain.snapshot import Event

PARTS_MAX: Final = 1_000
"""Rows of one repeated field that are looked at; a table of allocations has thousands of unit rows."""

_FILES: Final = (
    mrv_events_pb2,
    registry_events_pb2,
    trading_events_pb2,
    ccer_events_pb2,
    event_pb2,
)
_CLASSES: Final[dict[str, type[Message]]] = {
    message.full_name: GetMessageClass(message)
    for file in _FILES
    for message in file.DESCRIPTOR.message_types_by_name.values()
}


def decode_event(envelope: event_pb2.EventEnvelope) -> Event:
    """Decode an event; raises Unreadable for a type outside the contracts or bytes that are none of it."""
    message_class = _CLASSES.get(envelope.type)
    if message_class is None:
        raise Unreadable(f"{envelope.stream}#{envelope.sequence} is of the unknown type {envelope.type!r}")
    message = message_class()
    try:
        message.ParseFromString(envelope.payload)
    except DecodeError as error:
        raise Unreadable(f"{envelope.stream}#{envelope.sequence} is no {envelope.type}") from error
    fields: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in _scalars(message, ""):
        fields[path].append(text)
    return Event(
        stream=envelope.stream,
        sequence=envelope.sequence,
        type=envelope.type.rpartition(".")[2],
        flow_id=envelope.flow_id,
        occurred_time=from_timestamp(envelope.occurred_time),
        fields={path: tuple(texts) for path, texts in fields.items()},
    )


def _scalars(message: Message, prefix: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in sorted(value)[:PARTS_MAX]:
                yield from _part(value[key], f"{path}.{key}")
        else:
            for part in value[:PARTS_MAX] if field.is_repeated else [value]:
                yield from _part(part, path)


def _part(value: Message | str | int | bytes, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Message):
        yield from _scalars(value, f"{path}.")
    elif not isinstance(value, bytes):
        yield path, str(value)
