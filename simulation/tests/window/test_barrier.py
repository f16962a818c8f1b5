from collections import deque
from datetime import UTC, datetime

import pytest
from ets.common.v1.stream_service_pb2 import (
    AwaitStreamsResponse,
    ListStreamsResponse,
    StreamPosition,
)
from fake_platform import FakeWorld
from simulation.platform.layout import SERVICES
from simulation.window.barrier import ATTEMPTS_MAX, MARKET_SERVICES, Barrier, NotQuiet, set_clocks


class Streams:
    """Shows the heads of one stream, one after the other, and is behind as often as asked."""

    def __init__(self, heads: list[int], behind: int = 0) -> None:
        self._heads = deque(heads)
        self._behind = behind
        self.awaited: list[int] = []

    def streams(self, service: str) -> "Streams":
        self._service = service
        return self

    async def ListStreams(self, _request) -> ListStreamsResponse:  # noqa: N802
        head = self._heads[0]
        self._listed = getattr(self, "_listed", 0) + 1
        if self._listed % len(MARKET_SERVICES) == 0 and len(self._heads) > 1:
            self._heads.popleft()
        return ListStreamsResponse(produced=[StreamPosition(stream="s/0", sequence=head)])

    async def AwaitStreams(self, request) -> AwaitStreamsResponse:  # noqa: N802
        self.awaited.append(request.positions[0].sequence)
        if self._behind:
            self._behind -= 1
            return AwaitStreamsResponse(behind=[StreamPosition(stream="s/0", sequence=1)])
        return AwaitStreamsResponse(reached=True)


async def test_a_platform_at_rest_is_awaited_once():
    streams = Streams([3])
    await Barrier(streams).quiesce()
    assert streams.awaited == [3] * len(MARKET_SERVICES)


async def test_a_platform_that_was_quiet_costs_one_look():
    streams = Streams([3])
    barrier = Barrier(streams)
    await barrier.quiesce()
    streams.awaited.clear()
    await barrier.quiesce()
    assert streams.awaited == []


async def test_what_an_event_caused_is_awaited_too():
    streams = Streams([3, 5, 6, 6])
    await Barrier(streams).quiesce()
    assert sorted(set(streams.awaited)) == [3, 5, 6]


async def test_a_stream_that_was_behind_is_awaited_again():
    streams = Streams([3], behind=1)
    await Barrier(streams).quiesce()
    assert len(streams.awaited) == 2 * len(MARKET_SERVICES)


async def test_a_stream_that_stays_behind_is_named():
    streams = Streams([3], behind=ATTEMPTS_MAX * len(MARKET_SERVICES))
    with pytest.raises(NotQuiet, match="s/0"):
        await Barrier(streams).quiesce()


async def test_the_clock_of_every_service_is_set():
    world = FakeWorld()
    await set_clocks(world, datetime(2021, 10, 26, tzinfo=UTC))
    assert [name for name, _ in world.calls] == ["SetClock"] * len(SERVICES)
    assert len({request.SerializeToString() for _, request in world.calls}) == 1
