"""Topics and messages for tests of messaging, made at run time, so that they need no contract."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ets.topics import Topic
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

NOTES_TOPIC: Final = "ets.notary.notes.v1"
SPARE_TOPIC: Final = "ets.notary.spares.v1"
DEAD_LETTER_TOPIC: Final = "ets.reader.dead-letters.v1"

TEST_TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        NOTES_TOPIC: Topic(
            name=NOTES_TOPIC,
            key="note",
            partitions=4,
            producer="notary",
            consumers=("reader",),
            retention_hours=1,
        ),
        SPARE_TOPIC: Topic(
            name=SPARE_TOPIC,
            key="note",
            partitions=1,
            producer="notary",
            consumers=("reader",),
            retention_hours=1,
        ),
        DEAD_LETTER_TOPIC: Topic(
            name=DEAD_LETTER_TOPIC,
            key="dead letter id",
            partitions=1,
            producer="reader",
            consumers=(),
            retention_hours=1,
        ),
    }
)
"""What "notary" publishes and "reader" consumes; put it into `ets.topics.TOPICS` for a test."""


def _messages() -> Mapping[str, type[Message]]:
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="ets_kernel/testing/notes.proto", package="ets.kernel.testing.v1", syntax="proto3"
    )
    for name, fields in (
        ("WriteNote", ("request_id", "note", "words")),
        ("WriteNoteAnswer", ("receipt",)),
        ("NoteWritten", ("note", "words")),
        ("NoteTorn", ("note",)),
    ):
        message = file.message_type.add(name=name)
        for number, field_name in enumerate(fields, start=1):
            message.field.add(
                name=field_name, number=number, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL
            )
    descriptor_pool.Default().Add(file)  # type: ignore[no-untyped-call, unused-ignore]
    return message_factory.GetMessageClassesForFiles([file.name], descriptor_pool.Default())


_CLASSES: Final = _messages()
WriteNote: Any = _CLASSES["ets.kernel.testing.v1.WriteNote"]
WriteNoteAnswer: Any = _CLASSES["ets.kernel.testing.v1.WriteNoteAnswer"]
NoteWritten: Any = _CLASSES["ets.kernel.testing.v1.NoteWritten"]
NoteTorn: Any = _CLASSES["ets.kernel.testing.v1.NoteTorn"]
