"""The event streams of a service over gRPC: heads, positions, the outbox itself, and waiting for effects."""

import time
from collections.abc import Mapping
from typing import Any, Final

import grpc.aio
from ets.common.v1 import stream_service_pb2 as pb
from ets.common.v1.stream_service_pb2_grpc import StreamServiceServicer
from ets.topics import TOPICS

from ets_kernel.domain.errors import StreamNotFound
from ets_kernel.runtime import inbox
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.inbox import InboxProgress
from ets_kernel.runtime.outbox import topic_of
from ets_kernel.runtime.streams import read_stream, stream_counters, stream_heads

READ_EVENTS_DEFAULT: Final = 200
AWAIT_SECONDS_DEFAULT: Final = 30
# What is left of a call's deadline for the answer to travel.
ANSWER_SECONDS: Final = 0.5

Context = grpc.aio.ServicerContext[Any, Any]


def to_positions(positions: Mapping[str, int]) -> list[pb.StreamPosition]:
    """Encode positions, by stream name."""
    return [
        pb.StreamPosition(stream=stream, sequence=sequence) for stream, sequence in sorted(positions.items())
    ]


class StreamServicer(StreamServiceServicer):
    """Shows a service's outbox and inbox. A service that consumes nothing has no `progress`."""

    def __init__(self, database: Database, *, consumer: str, progress: InboxProgress | None) -> None:
        self._database = database
        self._service = consumer
        self._progress = progress

    async def ListStreams(self, request: pb.ListStreamsRequest, context: Context) -> pb.ListStreamsResponse:
        async with self._database.snapshot() as connection:
            heads = await stream_heads(connection)
            positions = await inbox.positions(connection, consumer=self._service)
            counters = await stream_counters(connection, consumer=self._service)
        return pb.ListStreamsResponse(
            produced=to_positions(heads),
            consumed=to_positions(positions),
            counters=pb.StreamCounters(
                published_count=counters.published_count,
                consumed_count=counters.consumed_count,
                duplicate_count=counters.duplicate_count,
                repaired_count=counters.repaired_count,
                dead_letter_count=counters.dead_letter_count,
            ),
        )

    async def ReadStream(self, request: pb.ReadStreamRequest, context: Context) -> pb.ReadStreamResponse:
        topic = TOPICS.get(topic_of(request.stream))
        if topic is None or topic.producer != self._service:
            raise StreamNotFound("this service publishes no such stream", stream=request.stream)
        async with self._database.snapshot() as connection:
            heads = await stream_heads(connection)
            events = await read_stream(
                connection,
                request.stream,
                after_sequence=request.after_sequence,
                limit=request.limit or READ_EVENTS_DEFAULT,
            )
        return pb.ReadStreamResponse(events=events, head_sequence=heads.get(request.stream, 0))

    async def AwaitStreams(
        self, request: pb.AwaitStreamsRequest, context: Context
    ) -> pb.AwaitStreamsResponse:
        progress = self._progress
        if progress is None:
            return pb.AwaitStreamsResponse(reached=True)
        wanted = {
            position.stream: position.sequence
            for position in request.positions
            if topic_of(position.stream) in progress.topics
        }
        seconds = float(request.timeout_seconds or AWAIT_SECONDS_DEFAULT)
        left = context.time_remaining()
        if left is not None:
            seconds = min(seconds, max(left - ANSWER_SECONDS, 0.0))
        until = time.monotonic() + seconds
        while True:
            async with self._database.snapshot() as connection:
                await progress.moved(await inbox.positions(connection, consumer=self._service))
            if await progress.wait(wanted, until=until):
                return pb.AwaitStreamsResponse(reached=True)
            if time.monotonic() >= until:
                return pb.AwaitStreamsResponse(behind=to_positions(progress.behind(wanted)))
