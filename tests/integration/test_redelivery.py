"""A bus may deliver every event twice and in any order: the books are the same as after a clean run."""

import pytest
from ets_kernel.runtime.bus.faults import FaultyBus
from simulation.window.barrier import MARKET_SERVICES
from small_plan import brief_plan
from system import assert_all_kept, counters, digests, reconcile, running

pytestmark = [pytest.mark.xdist_group("in_process"), pytest.mark.slow]

SEED = 20211026


async def test_every_event_twice_and_shuffled_leaves_the_same_books(postgres_server, tmp_path, clean):
    def wrap(service, bus):
        return FaultyBus(bus, seed=SEED + len(service))

    async with running(postgres_server, tmp_path, wrap=wrap) as system:
        await system.play(brief_plan())
        assert_all_kept(await reconcile(system.world, "redelivered"))
        assert await digests(system.world) == clean
        for service in MARKET_SERVICES:
            told = await counters(system.world, service)
            assert told.duplicate_count > 0, f"{service} was given duplicates"
            assert told.dead_letter_count == 0
