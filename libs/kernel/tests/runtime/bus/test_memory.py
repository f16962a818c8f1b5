import pytest
from ets_kernel.runtime.bus.memory import MemoryBroker, MemoryBus
from ets_kernel.testing.bus_contract import PARTITIONS, PATIENCE_SECONDS, BusContract, SharedGroupContract


class MemoryHarness:
    topics = ("ets.test.one.v1", "ets.test.other.v1")

    def __init__(self) -> None:
        self._broker = MemoryBroker(dict.fromkeys(self.topics, PARTITIONS))
        self._buses: list[MemoryBus] = []

    def bus(self, *, publish_timeout_seconds: float = PATIENCE_SECONDS) -> MemoryBus:
        bus = MemoryBus(self._broker, publish_timeout_seconds=publish_timeout_seconds)
        self._buses.append(bus)
        return bus

    async def down(self) -> None:
        self._broker.down()

    async def up(self) -> None:
        self._broker.up()

    async def come_back_empty(self) -> None:
        self._broker.forget()

    async def stop(self) -> None:
        for bus in self._buses:
            await bus.stop()


@pytest.fixture
async def harness():
    harness = MemoryHarness()
    yield harness
    await harness.stop()


class TestMemoryBus(BusContract):
    pass


class TestMemoryGroups(SharedGroupContract):
    pass
