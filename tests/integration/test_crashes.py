"""Services, broker and connections that fail while the window is played: the books are those of a clean run."""

import asyncio
from random import Random

import asyncpg
import pytest
from processes import (
    StruckWorld,
    apache_kafka,
    kill,
    missing_kafka,
    platform,
    play_struck,
    state_of,
)
from simulation.platform.layout import SERVICES
from small_plan import brief_plan
from system import ATTEMPTS_MAX, assert_all_kept, counters, digests, reconcile, running

pytestmark = pytest.mark.slow

SEED = 1215
# Calls after which the platform is at work: the first ones only set clocks.
FIRST_CALL = 20
CUT_COUNT = 12
PAUSE_SECONDS = 10


def moments(chance: Random, clean, count: int) -> list[int]:
    """Choose calls at which faults strike, not beyond the last."""
    return sorted(chance.sample(range(FIRST_CALL, clean.call_count), count))


@pytest.mark.xdist_group("processes")
async def test_each_service_is_killed_once_and_the_books_are_the_same(tmp_path, clean):
    chance = Random(SEED)
    victims = chance.sample(SERVICES, len(SERVICES))
    killed = []
    async with platform(tmp_path) as (layout, secrets):

        def strike(service):
            kill(state_of(layout).services[service].pid)
            killed.append(service)

        strikes = {
            call: lambda service=service: strike(service)
            for call, service in zip(moments(chance, clean, len(SERVICES)), victims, strict=True)
        }
        found = await play_struck(layout, secrets, brief_plan(), strikes, chance)
    assert found == clean.digests
    assert killed == victims


@pytest.mark.xdist_group("processes")
async def test_a_broker_that_comes_back_empty_loses_no_event(tmp_path, clean):
    chance = Random(SEED + 1)
    async with platform(tmp_path) as (layout, secrets):
        addresses = [layout.broker_address.read_text()]
        strikes = {clean.call_count // 2: lambda: kill(state_of(layout).broker_pid)}
        found = await play_struck(layout, secrets, brief_plan(), strikes, chance)
        addresses.append(layout.broker_address.read_text())
    assert found == clean.digests
    assert addresses[0] != addresses[1], "the broker that came back is another one"


@pytest.mark.apache_kafka
@pytest.mark.xdist_group("processes")
@pytest.mark.skipif(bool(missing_kafka()), reason=missing_kafka())
async def test_a_kafka_broker_that_stops_for_ten_seconds_loses_no_event(tmp_path, clean):
    chance = Random(SEED + 2)
    resumed = []
    async with (
        apache_kafka(tmp_path / "kafka") as kafka,
        platform(tmp_path / "platform", kafka=kafka.address) as (layout, secrets),
    ):
        loop = asyncio.get_running_loop()

        def resume():
            kafka.resume()
            resumed.append(True)

        def pause():
            kafka.pause()
            # The ten seconds are the fault itself; nobody waits for them but the events on their way.
            loop.call_later(PAUSE_SECONDS, resume)

        found = await play_struck(layout, secrets, brief_plan(), {clean.call_count // 2: pause}, chance)
    assert found == clean.digests
    assert resumed == [True]


@pytest.mark.xdist_group("in_process")
async def test_cut_database_connections_change_nothing(postgres_server, tmp_path, clean):
    chance = Random(SEED + 3)
    cuts: list[asyncio.Task[int]] = []
    async with running(postgres_server, tmp_path) as system:

        async def cut() -> int:
            """End every connection of the services; give how many there were."""
            connection = await asyncpg.connect(
                user="postgres", database="postgres", host=str(postgres_server.postgres.socket_folder)
            )
            try:
                ended = await connection.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1)",
                    list(system.databases.values()),
                )
            finally:
                await connection.close()
            return len(ended)

        strikes = {
            call: lambda: cuts.append(asyncio.create_task(cut()))
            for call in moments(chance, clean, CUT_COUNT)
        }
        world = StruckWorld(system.targets, system.secrets.token, strikes=strikes, chance=chance)
        await system.play(brief_plan(), world=world)
        await world.close()
        assert all(count > 0 for count in await asyncio.gather(*cuts))
        assert len(cuts) == CUT_COUNT
        assert_all_kept(await reconcile(system.world, "cut"))
        assert await digests(system.world) == clean.digests


@pytest.mark.xdist_group("in_process")
async def test_a_bus_that_forgets_everything_is_repaired_from_the_outboxes(postgres_server, tmp_path, clean):
    chance = Random(SEED + 4)
    async with running(postgres_server, tmp_path, attempts_max=ATTEMPTS_MAX) as system:
        strikes = dict.fromkeys(moments(chance, clean, 3), system.broker.forget)
        world = StruckWorld(system.targets, system.secrets.token, strikes=strikes, chance=chance)
        await system.play(brief_plan(), world=world)
        await world.close()
        assert await digests(system.world) == clean.digests
        told = [await counters(system.world, service) for service in system.databases]
        assert sum(one.dead_letter_count for one in told) == 0
