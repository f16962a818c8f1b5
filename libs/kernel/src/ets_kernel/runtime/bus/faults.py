"""A bus that misbehaves within what a bus may do: for tests that the inbox makes effects happen once.

Every record is delivered twice or more, and deliveries are shuffled across partitions and within them. Which
faults happen depends on the seed alone, so that a failure can be repeated.
"""

import random
from collections.abc import Sequence

from ets_kernel.runtime.bus.port import Bus, BusConsumer, Progress, Received, Record


class FaultyBus:
    """Wraps any bus; publications pass unchanged, deliveries are doubled and shuffled."""

    def __init__(self, bus: Bus, *, seed: int) -> None:
        self._bus = bus
        self._seed = seed
        self._subscriptions = 0

    async def start(self) -> None:
        """Start the wrapped bus."""
        await self._bus.start()

    async def stop(self) -> None:
        """Stop the wrapped bus."""
        await self._bus.stop()

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish on the wrapped bus."""
        await self._bus.publish(records)

    def subscribe(self, group: str, topics: Sequence[str]) -> "FaultyConsumer":
        """Make a consumer whose chance comes from the seed and from how many were made before it."""
        self._subscriptions += 1
        chance = random.Random(f"{self._seed}/{self._subscriptions}")  # noqa: S311  (no secret is made of it)
        return FaultyConsumer(self._bus.subscribe(group, topics), chance)


class FaultyConsumer:
    """Delivers every record at least twice: once soon and, often, once again in a later poll.

    Records wait in here between polls, so what was polled is not everything that the broker gave. `commit` is
    passed on only when nothing waits; otherwise a stop would lose the second half of a delivery.
    """

    def __init__(self, consumer: BusConsumer, chance: random.Random) -> None:
        self._consumer = consumer
        self._chance = chance
        self._waiting: list[Received] = []

    async def start(self) -> None:
        """Start the wrapped consumer."""
        await self._consumer.start()

    async def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Received]:
        """Return a random draw of what is waiting, after doubling and shuffling what is new."""
        fresh = await self._consumer.poll(max_records, 0.0 if self._waiting else timeout_seconds)
        self._waiting.extend([*fresh, *fresh])
        self._chance.shuffle(self._waiting)
        count = min(max_records, len(self._waiting))
        if count > 1:
            count = self._chance.randint(1, count)
        drawn, self._waiting = self._waiting[:count], self._waiting[count:]
        return drawn

    async def commit(self) -> None:
        """Commit on the wrapped consumer if everything that it gave was delivered."""
        if not self._waiting:
            await self._consumer.commit()

    async def stop(self) -> None:
        """Drop what is waiting and stop the wrapped consumer."""
        self._waiting.clear()
        await self._consumer.stop()

    @property
    def progress(self) -> Progress:
        """Tell the wrapped consumer's progress."""
        return self._consumer.progress
