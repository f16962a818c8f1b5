"""What was met when its entity was absorbed and is raised later: the successor is told, reads it and meets it."""

from datetime import timedelta

import pytest
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets_kernel.domain.errors import ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, PERIOD, PLANTS, SURPLUS, Plant, code
from registry_world import START
from registry_world_changes import RULING, B, Changes
from surrender_world import Surrender

THIRD = code(3)
C = f"R-E-{THIRD}"
OWED = 5_000_000
HOUR = timedelta(hours=1)


@pytest.fixture
async def surrender(world):
    """The third entity has met all that it owes, and the surplus one takes it over an hour later."""
    await world.allocate((*PLANTS, Plant(number=3, emissions_tco2e=OWED)))
    number = (await world.apply((CEA, OWED), credit_code=THIRD)).reference
    await world.decide(number)
    await world.register()
    world.clock.set(START + HOUR)
    form = change_pb.MergerForm(document=RULING, absorbed_account_no=C, survivor_account_no=B)
    await Changes(world).carry_out_filed("FileMergers", mergers=[form])
    return Surrender(world)


async def taken_over(surrender, credit_code=SURPLUS, **moment):
    reads = surrender.reads("ROLE_EMITTER", entities=[credit_code])
    request = pb.ListObligationsTakenOverRequest(credit_code=credit_code, **moment)
    return (await reads.ListObligationsTakenOver(request)).obligations


async def test_what_is_raised_after_a_merger_is_owed_told_read_and_met_by_the_successor(world, surrender):
    world.clock.set(START + 2 * HOUR)
    await surrender.change(OWED + 100, credit_code=THIRD)
    told = (await world.events(registry_events_pb2.ComplianceNoticeIssued))[-1]
    assert (told.credit_code, told.owed_by_credit_code, told.obligation_tco2e) == (
        THIRD,
        SURPLUS,
        OWED + 100,
    )
    [owed] = await taken_over(surrender)
    assert (owed.status.credit_code, owed.status.obligation_tco2e, owed.outstanding_tco2e) == (
        THIRD,
        OWED + 100,
        0,
    )
    number = (await surrender.offer((CEA, 100), entity=THIRD)).reference
    await world.decide(number)
    await world.register()
    status = await world.status(THIRD)
    assert (status.certificate_no, status.owed_by_credit_code) == (f"CC-{PERIOD}-{THIRD}-2", SURPLUS)
    assert [one.status.certificate_no for one in await taken_over(surrender)] == [status.certificate_no]


async def test_who_owes_is_read_as_of_any_moment_and_by_the_successor_alone(world, surrender):
    assert (await world.status(THIRD)).owed_by_credit_code == SURPLUS
    assert (await world.status(THIRD, as_of=to_timestamp(START))).owed_by_credit_code == ""
    assert [one.status.credit_code for one in await taken_over(surrender)] == [THIRD]
    assert list(await taken_over(surrender, as_of=to_timestamp(START))) == []
    with pytest.raises(ScopeForbidden):
        await surrender.reads("ROLE_EMITTER", entities=[THIRD]).ListObligationsTakenOver(
            pb.ListObligationsTakenOverRequest(credit_code=SURPLUS)
        )


async def test_what_is_taken_over_stands_in_the_books(world, surrender):
    await surrender.change(OWED + 100, credit_code=THIRD)
    rows = await world.book("obligation_successions")
    assert [row[:2] + row[3:] for row in rows] == [(THIRD, PERIOD, SURPLUS, "0", "1")]
    assert [row[2:] for row in await world.book("mergers")] == [(THIRD, SURPLUS)]
