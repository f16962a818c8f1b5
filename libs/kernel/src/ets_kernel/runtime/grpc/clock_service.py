"""The clock of a service over gRPC; served only where the clock is simulated."""

from typing import Any

import grpc.aio
from ets.common.v1 import clock_service_pb2 as pb
from ets.common.v1.clock_service_pb2_grpc import ClockServiceServicer

from ets_kernel.runtime.clock import SimulatedClock
from ets_kernel.runtime.grpc.messages import from_timestamp, to_timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class ClockServicer(ClockServiceServicer):
    """Reads and moves a simulated clock."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    async def GetClock(self, request: pb.GetClockRequest, context: Context) -> pb.GetClockResponse:
        return pb.GetClockResponse(now=to_timestamp(self._clock.now()))

    async def SetClock(self, request: pb.SetClockRequest, context: Context) -> pb.SetClockResponse:
        return pb.SetClockResponse(now=to_timestamp(await self._clock.set(from_timestamp(request.now))))
