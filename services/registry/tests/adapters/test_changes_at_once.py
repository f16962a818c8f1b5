"""Change registrations at the same time as others: nothing is taken twice, and nobody waits in a ring."""

import asyncio

import pytest
from change_partition import assert_partitioned
from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_service_pb2
from registry_messages import CEA, DEFICIT, VERIFIED_TCO2E
from registry_world import reasons
from registry_world_changes import RULING, A, B, Changes, freeze, units

PART = VERIFIED_TCO2E // 3 + 1


@pytest.fixture
async def changes(world):
    await world.allocate()
    return Changes(world)


def crossing(source_no, target_no):
    return pb.JudicialTransferForm(
        document=RULING, target_account_no=target_no, account_no=source_no, units=[units(10)]
    )


async def test_freezes_and_transfers_at_once_never_take_more_than_is_held(world, changes):
    results = await changes.propose("InitiateFreezes", freezes=[freeze(units(PART))] * 3)
    wanted = registry_service_pb2.TradingTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=PART)
    requests = [
        registry_service_pb2.TransferToTradingRequest(request_id=world.request_id(), transfers=[wanted])
        for _ in range(3)
    ]
    confirmed = asyncio.gather(*(changes.confirm(result.reference) for result in results))
    sent = asyncio.gather(*(world.emitters.TransferToTrading(request) for request in requests))
    outcomes = [one[0].error.reason for one in await confirmed]
    outcomes += [reasons(answer)[0] for answer in await sent]
    assert outcomes.count("") == 2
    assert set(outcomes) == {"", "INSUFFICIENT_HOLDING", "HOLDINGS_IN_PROCESS"} or len(set(outcomes)) == 2
    await assert_partitioned(world)


async def test_one_registration_confirmed_by_many_at_once_is_carried_out_once(world, changes):
    (result,) = await changes.propose("InitiateFreezes", freezes=[freeze(units(7))])
    people = [f"person {number}" for number in range(5)]
    answers = await asyncio.gather(*(changes.confirm(result.reference, person=one) for one in people))
    outcomes = sorted(answer[0].error.reason for answer in answers)
    assert outcomes == ["", *["CHANGE_ALREADY_DECIDED"] * 4]
    assert (await world.holdings(A))[CEA, "judicially_frozen"] == 7
    await assert_partitioned(world)


async def test_batches_that_cross_each_other_are_all_carried_out(world, changes):
    forms = [crossing(A, B), crossing(B, A)]
    batches = [
        [one.reference for one in await changes.propose("InitiateJudicialTransfers", transfers=order)]
        for order in (forms, forms[::-1]) * 3
    ]
    answers = await asyncio.gather(*(changes.confirm(*numbers) for numbers in batches))
    assert {one.error.reason for answer in answers for one in answer} == {""}
    assert (await world.holdings(A))[CEA, "registered"] == VERIFIED_TCO2E
    await assert_partitioned(world)


async def test_the_same_request_twice_at_once_registers_once(world, changes):
    request = pb.InitiateFreezesRequest(request_id="twice", freezes=[freeze(units(7))])
    stub = changes.commands(subject="first")
    first, second = await asyncio.gather(*(stub.InitiateFreezes(request) for _ in range(2)))
    assert first == second
    assert len((await changes.reads().ListChanges(pb.ListChangesRequest())).changes) == 1
