"""A whole small service for tests of the frame: it writes notes and publishes each as a fact.

Run as a process: ``python notary.py serve`` with the settings of any service, and ``NOTARY_MIGRATIONS``.
"""

import os
from pathlib import Path
from types import SimpleNamespace

import grpc
from ets.common.v1 import options_pb2
from ets.topics import TOPICS
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import OutgoingEvent, kernel_tables
from ets_kernel.testing.messages import NOTES_TOPIC, TEST_TOPICS, NoteWritten, WriteNote, WriteNoteAnswer
from google.protobuf import descriptor_pb2, descriptor_pool
from sqlalchemy import Column, MetaData, Table, Text, insert

PATH = "/ets.notary.v1.NotaryService/WriteNote"

METADATA = MetaData()
kernel_tables(METADATA)
NOTE = Table("note", METADATA, Column("note", Text, primary_key=True), Column("words", Text, nullable=False))


def make_descriptor():
    """Describe ets.notary.v1.NotaryService, which only scheduled callers may call."""
    file = descriptor_pb2.FileDescriptorProto(
        name="ets/notary/v1/notary_service.proto", package="ets.notary.v1", syntax="proto3"
    )
    file.dependency.extend(["ets/common/v1/options.proto", "ets_kernel/testing/notes.proto"])
    method = file.service.add(name="NotaryService").method.add(
        name="WriteNote",
        input_type=".ets.kernel.testing.v1.WriteNote",
        output_type=".ets.kernel.testing.v1.WriteNoteAnswer",
    )
    method.options.Extensions[options_pb2.authorization].roles.append(options_pb2.ROLE_SCHEDULER)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindServiceByName("ets.notary.v1.NotaryService")


class Notary:
    """Writes notes through the door."""

    def __init__(self, application):
        self.clock = application.clock
        self.door = application.door(lambda transaction: transaction)

    async def write_note(self, request, context):
        return await self.door.execute(request, lambda transaction: self.write(request, transaction))

    async def write(self, request, transaction):
        await transaction.connection.execute(insert(NOTE), {"note": request.note, "words": request.words})
        transaction.publish(
            OutgoingEvent(
                topic=NOTES_TOPIC,
                aggregate="note",
                aggregate_id=request.note,
                message=NoteWritten(note=request.note, words=request.words),
                occurred_time=self.clock.now(),
            )
        )
        return WriteNoteAnswer(receipt=request.note)


def add_to_server(servicer, server):
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.write_note,
        request_deserializer=WriteNote.FromString,
        response_serializer=WriteNoteAnswer.SerializeToString,
    )
    handlers = grpc.method_handlers_generic_handler("ets.notary.v1.NotaryService", {"WriteNote": handler})
    server.add_generic_rpc_handlers((handlers,))


def stub(channel):
    """Give the calls of the service."""
    return SimpleNamespace(
        WriteNote=channel.unary_unary(
            PATH,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=WriteNoteAnswer.FromString,
        )
    )


async def build(application: Application) -> None:
    application.serve_grpc(add_to_server, Notary(application), make_descriptor())


if __name__ == "__main__":
    from ets_kernel.runtime.settings import ServiceSettings

    TOPICS.update(TEST_TOPICS)
    run("notary", ServiceSettings, build, METADATA, Path(os.environ["NOTARY_MIGRATIONS"]))
