"""Services, broker and connections that fail while the window is played: the books are those of a clean run.

When they fail is drawn from the seed of the test session, so no two sessions are alike, and each can be repeated.
"""

import asyncio

import pytest
from processes import apache_kafka, missing_kafka, platform, play_struck, repeatable
from simulation.platform.faults import cut_connections
from simulation.platform.layout import SERVICES
from simulation.window.faults import Fault, Strikes, draw_strikes, platform_acts
from simulation.window.world import World
from small_plan import brief_plan
from system import ATTEMPTS_MAX, assert_all_kept, counters, digests, reconcile, running

pytestmark = pytest.mark.slow

KILLS_EACH = 2
CUT_COUNT = 12
FORGET_COUNT = 3
PAUSE_SECONDS = 10


def drawn(seed, *, kills_each=0, broker_count=0, cut_count=0):
    """Draw faults of one kind over the brief plan."""
    return draw_strikes(
        seed, brief_plan(), kills_each=kills_each, broker_count=broker_count, cut_count=cut_count
    )


@pytest.mark.xdist_group("processes")
async def test_each_service_is_killed_twice_and_the_books_are_the_same(tmp_path, clean, fault_seed):
    async with platform(tmp_path) as (layout, secrets):
        strikes = Strikes(fault_seed, drawn(fault_seed, kills_each=KILLS_EACH), platform_acts(layout))
        with repeatable(strikes):
            assert await play_struck(layout, secrets, brief_plan(), strikes) == clean
            assert sorted(one.service for one in strikes.struck) == sorted(SERVICES * KILLS_EACH)


@pytest.mark.xdist_group("processes")
async def test_a_broker_that_comes_back_empty_loses_no_event(tmp_path, clean, fault_seed):
    async with platform(tmp_path) as (layout, secrets):
        before = layout.broker_address.read_text()
        strikes = Strikes(fault_seed, drawn(fault_seed, broker_count=1), platform_acts(layout))
        with repeatable(strikes):
            assert await play_struck(layout, secrets, brief_plan(), strikes) == clean
            assert layout.broker_address.read_text() != before, "the broker that came back is another one"


@pytest.mark.apache_kafka
@pytest.mark.xdist_group("processes")
@pytest.mark.skipif(bool(missing_kafka()), reason=missing_kafka())
async def test_a_kafka_broker_that_stops_for_ten_seconds_loses_no_event(tmp_path, clean, fault_seed):
    resumed = asyncio.Event()
    async with (
        apache_kafka(tmp_path / "kafka") as kafka,
        platform(tmp_path / "platform", kafka=kafka.address) as (layout, secrets),
    ):

        def resume():
            kafka.resume()
            resumed.set()

        async def pause(_strike):
            kafka.pause()
            # The ten seconds are the fault itself; nobody waits for them but the events on their way.
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, resume)

        strikes = Strikes(fault_seed, drawn(fault_seed, broker_count=1), {Fault.BROKER: pause})
        with repeatable(strikes):
            assert await play_struck(layout, secrets, brief_plan(), strikes) == clean
            # The window may end before the broker is back: what it holds is read from the outboxes meanwhile.
            await resumed.wait()


@pytest.mark.xdist_group("in_process")
async def test_cut_database_connections_change_nothing(postgres_server, tmp_path, clean, fault_seed):
    counts = []
    async with running(postgres_server, tmp_path) as system:
        urls = [postgres_server.postgres.url(name) for name in system.databases.values()]

        async def cut(_strike):
            counts.append(await cut_connections(urls))

        strikes = Strikes(fault_seed, drawn(fault_seed, cut_count=CUT_COUNT), {Fault.CUT: cut})
        with repeatable(strikes):
            await play_in_process(system, strikes)
            assert_all_kept(await reconcile(system.world, "cut"))
            assert await digests(system.world) == clean
            assert len(counts) == CUT_COUNT
            # A cut may find nothing when another has just ended every connection; most find some.
            assert sum(count > 0 for count in counts) > CUT_COUNT // 2


@pytest.mark.xdist_group("in_process")
async def test_a_bus_that_forgets_everything_is_repaired_from_the_outboxes(
    postgres_server, tmp_path, clean, fault_seed
):
    async with running(postgres_server, tmp_path, attempts_max=ATTEMPTS_MAX) as system:

        async def forget(_strike):
            system.broker.forget()

        strikes = Strikes(fault_seed, drawn(fault_seed, broker_count=FORGET_COUNT), {Fault.BROKER: forget})
        with repeatable(strikes):
            await play_in_process(system, strikes)
            assert_all_kept(await reconcile(system.world, "forgotten"))
            assert await digests(system.world) == clean
            told = [await counters(system.world, service) for service in system.databases]
            assert sum(one.dead_letter_count for one in told) == 0


async def play_in_process(system, strikes):
    """Play the brief plan on services of this process while faults strike."""
    world = World(system.targets, system.secrets.token, attempts_max=ATTEMPTS_MAX, on_call=strikes.on_call)
    try:
        await system.play(brief_plan(), world=world, on_moment=strikes.on_moment)
        await strikes.finish()
    finally:
        await world.close()
