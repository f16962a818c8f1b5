"""Waiting until what was said has been heard: the platform is quiet when no event is on its way."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ets.common.v1.clock_service_pb2 import SetClockRequest
from ets.common.v1.stream_service_pb2 import (
    AwaitStreamsRequest,
    ListStreamsRequest,
    ListStreamsResponse,
    StreamPosition,
)
from ets_kernel.runtime.grpc.messages import to_timestamp

from simulation.platform.layout import SERVICES
from simulation.window.world import World

MARKET_SERVICES: Final = ("mrv", "registry", "trading", "ccer-bridge")
AWAIT_SECONDS_MAX: Final = 60
ATTEMPTS_MAX: Final = 20


class NotQuiet(Exception):
    """Events stayed on their way for too long; the text names the streams."""


async def set_clocks(world: World, at: datetime) -> None:
    """Move the business clock of every service."""
    request = SetClockRequest(now=to_timestamp(at))
    await asyncio.gather(*(world.clock(service).SetClock(request) for service in SERVICES))


async def list_streams(world: World) -> Sequence[ListStreamsResponse]:
    """Read the positions of all market services, in the order of MARKET_SERVICES."""
    return await asyncio.gather(
        *(world.streams(service).ListStreams(ListStreamsRequest()) for service in MARKET_SERVICES)
    )


class Barrier:
    """Remembers the heads at which the platform was last quiet, so that a quiet platform costs one look."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._quiet: Mapping[str, int] = {}

    async def quiesce(self) -> None:
        """Return when every event, and every event that one caused, has taken effect; raises NotQuiet."""
        heads = await self._heads()
        behind: list[str] = []
        for _ in range(ATTEMPTS_MAX):
            if not behind and heads == self._quiet:
                return
            behind = await self._await(heads)
            if not behind:
                self._quiet = heads
            heads = await self._heads()
        raise NotQuiet(f"events stay on their way in {', '.join(sorted(set(behind)))}")

    async def _heads(self) -> Mapping[str, int]:
        return {
            position.stream: position.sequence
            for answer in await list_streams(self._world)
            for position in answer.produced
        }

    async def _await(self, heads: Mapping[str, int]) -> list[str]:
        request = AwaitStreamsRequest(
            positions=[StreamPosition(stream=stream, sequence=head) for stream, head in heads.items()],
            timeout_seconds=AWAIT_SECONDS_MAX,
        )
        answers = await asyncio.gather(
            *(self._world.streams(service).AwaitStreams(request) for service in MARKET_SERVICES)
        )
        return [position.stream for answer in answers for position in answer.behind]
