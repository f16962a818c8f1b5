"""The checker on a whole window: damage is found by exactly the invariants that speak of it, an absent side is told."""

import pytest
import pytest_asyncio
from damages import DAMAGES, Damage
from ets.checker.v1.checker_types_pb2 import Verdict
from simulation.window.barrier import MARKET_SERVICES
from small_plan import brief_plan
from sqlalchemy import text
from system import System, assert_all_kept, reconcile, running, verdicts

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]
# Invariants of one side only, which can be judged whatever happens to the others.
OWN = {
    "mrv": {"CHK-26"},
    "registry": {"CHK-1", "CHK-3", "CHK-5", "CHK-8"},
    "trading": {"CHK-19", "CHK-21", "CHK-22", "CHK-23", "CHK-56", "CHK-57"},
    "ccer-bridge": {"CHK-2", "CHK-4", "CHK-6"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(postgres_server, tmp_path_factory):
    async with running(postgres_server, tmp_path_factory.mktemp("checker")) as system:
        await system.play(brief_plan())
        yield system
        assert_all_kept(await reconcile(system.world, "after every repair"))


async def change(system: System, damage: Damage, sql: str) -> None:
    async with system.applications[damage.service].database.begin() as transaction:
        changed = await transaction.connection.execute(text(sql))
    assert changed.rowcount == 1, f"{damage.name} is in one row"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name.replace(" ", "_"))
async def test_damage_is_found_by_exactly_the_invariants_that_speak_of_it(played, damage):
    await change(played, damage, damage.sql)
    try:
        run = await reconcile(played.world, f"damaged: {damage.name}")
    finally:
        await change(played, damage, damage.repair)
    broken = verdicts(run, Verdict.VERDICT_BROKEN)
    assert broken.keys() == damage.broken
    assert all(broken.values()), "evidence names the place"
    assert verdicts(run, Verdict.VERDICT_UNCHECKED) == {}


async def test_a_consumer_ahead_of_its_producer_is_broken_and_leaves_their_pairs_unchecked(played):
    """A position beyond the producer's head is no cut; what compares the two is not judged, and never kept."""
    stream = "stream = (SELECT min(stream) FROM kernel_inbox WHERE stream LIKE 'ets.registry.%')"
    ahead, back = (
        f"UPDATE kernel_inbox SET last_sequence = last_sequence {sign} 1 WHERE {stream}" for sign in "+-"
    )
    damage = Damage("an inbox", "mrv", ahead, back, frozenset({"CHK-53"}))
    await change(played, damage, damage.sql)
    try:
        run = await reconcile(played.world, "ahead")
    finally:
        await change(played, damage, damage.repair)
    assert verdicts(run, Verdict.VERDICT_BROKEN).keys() == damage.broken
    unchecked = verdicts(run, Verdict.VERDICT_UNCHECKED)
    assert unchecked.keys() >= {"CHK-27", "CHK-28", "CHK-29", "CHK-36"}
    assert "CHK-1" not in unchecked


@pytest.mark.parametrize("stopped", MARKET_SERVICES)
async def test_without_a_service_its_invariants_are_unchecked_and_none_is_broken(
    postgres_server, tmp_path, stopped
):
    async with running(postgres_server, tmp_path, attempts_max=1) as system:
        await system.applications[stopped].stop()
        run = await reconcile(system.world, "one is away")
    unchecked = verdicts(run, Verdict.VERDICT_UNCHECKED)
    kept = verdicts(run, Verdict.VERDICT_KEPT)
    assert verdicts(run, Verdict.VERDICT_BROKEN) == {}
    assert unchecked.keys() >= OWN[stopped]
    assert {number: cause for number, cause in unchecked.items() if stopped not in cause} == {}
    assert kept.keys() >= set().union(*(own for service, own in OWN.items() if service != stopped))
