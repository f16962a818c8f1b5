"""Mergers, splits and the reserve through gRPC and SQL: REG-35, and who owes what afterwards."""

from datetime import timedelta

import pytest
from change_partition import assert_partitioned
from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets.registry.v1 import registry_surrender_service_pb2_grpc as surrender_grpc
from ets_kernel.domain.errors import ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, DEFICIT, PERIOD, PLANTS, PROVINCE, SURPLUS, VERIFIED_TCO2E, Plant, code
from registry_world_changes import RULING, A, B, Changes, freeze, units

THIRD = code(3)
C = f"R-E-{THIRD}"


@pytest.fixture
async def changes(world):
    await world.allocate((*PLANTS, Plant(number=3, emissions_tco2e=5_000_000)))
    return Changes(world)


def merger(absorbed_no=A, survivor_no=B):
    return pb.MergerForm(document=RULING, absorbed_account_no=absorbed_no, survivor_account_no=survivor_no)


async def close(world, account_no):
    """Try to close an account; give the reason of the second review."""
    closing = registry_types_pb2.Closing(reason=registry_types_pb2.CLOSING_REASON_MERGED, note="merged")
    result = await world.desk.change(account_no, closing=closing)
    await world.desk.first(result.reference)
    return (await world.desk.second(result.reference)).results[0].error.reason


async def assert_third_meets_what_the_first_owes(world):
    """Surrender it out of the third one's account: nobody consents, for it is the third one's own."""
    offer = surrender_pb.SurrenderHelpOffer(
        credit_code=THIRD,
        account_no=C,
        entity_credit_code=DEFICIT,
        period=PERIOD,
        lines=[registry_types_pb2.SurrenderLine(product=CEA, quantity_tco2e=5_800_000)],
    )
    channel = world.served.channel("ROLE_EMITTER", entities=[THIRD])
    answer = await surrender_grpc.RegistrySurrenderServiceStub(channel).OfferSurrenderHelp(
        surrender_pb.OfferSurrenderHelpRequest(request_id=world.request_id(), offers=[offer])
    )
    await world.decide(answer.results[0].reference)
    await world.register()
    status = await world.status(DEFICIT)
    assert (status.surrendered_tco2e, status.certificate_no != "") == (5_800_000, True)
    assert (await world.holdings(C))[CEA, "registered"] == 3 * VERIFIED_TCO2E - 5_800_000


async def test_a_merger_leaves_nothing_behind_and_hands_on_freezes_and_obligations(world, changes):
    start = world.clock.now()
    frozen = f"{await changes.carry_out('InitiateFreezes', freezes=[freeze(units(start=101, end=300))])}/1"
    world.clock.set(start + timedelta(hours=1))
    number = await changes.carry_out_filed("FileMergers", mergers=[merger()])
    assert await world.holdings(A) == {}
    assert await world.holdings(B) == {
        (CEA, "registered"): 2 * VERIFIED_TCO2E - 200,
        (CEA, "judicially_frozen"): 200,
    }
    assert await changes.freezes() == {frozen: (B, 200, [(101, 300)])}
    assert await changes.freezes(as_of=to_timestamp(start)) == {frozen: (A, 200, [(101, 300)])}
    assert await changes.freezes(credit_code=DEFICIT) == {}
    request = pb.GetChangeRequest(registration_no=number)
    change = (await changes.reads().GetChange(request)).change
    assert (change.filed_by, change.initiated_by, change.confirmed_by) == ("official", "first", "second")
    assert [(line.quantity_tco2e, line.freeze_no) for line in change.lines] == [
        (VERIFIED_TCO2E - 200, ""),
        (200, frozen),
    ]
    assert [
        (one.credit_code, one.successor_credit_code, one.outstanding_tco2e) for one in change.successions
    ] == [(DEFICIT, SURPLUS, 5_800_000)]
    await assert_partitioned(world)
    told = await world.events(registry_events_pb2.HoldingsChanged)
    assert [(event.account_no, len(event.successions)) for event in told[-2:]] == [(A, 1), (B, 1)]


async def test_what_was_met_stays_and_what_was_taken_over_goes_on_to_the_next_survivor(world, changes):
    number = (await world.apply((CEA, 800_000))).reference
    await world.decide(number)
    await world.register()
    await changes.carry_out_filed("FileMergers", mergers=[merger(A, B)])
    await changes.carry_out_filed("FileMergers", mergers=[merger(B, C)])
    assert await world.holdings(C) == {(CEA, "registered"): 3 * VERIFIED_TCO2E - 800_000}
    rows = await world.book("obligation_successions")
    assert [(row[0], row[3], row[4]) for row in rows if row[0] == DEFICIT] == [
        (DEFICIT, SURPLUS, "5000000"),
        (DEFICIT, THIRD, "5000000"),
    ]
    assert [(row[0], row[3]) for row in rows if row[0] == SURPLUS] == [(SURPLUS, THIRD)]
    await assert_partitioned(world)


async def test_an_account_with_units_in_an_application_or_in_trading_is_not_merged(world, changes):
    await world.send_to_trading(DEFICIT, 5)
    (refused,) = await changes.file("FileMergers", mergers=[merger()])
    assert (refused.error.reason, refused.error.metadata["buckets"]) == ("HOLDINGS_IN_PROCESS", "trading")
    await world.apply((CEA, 10), credit_code=SURPLUS)
    (refused,) = await changes.file("FileMergers", mergers=[merger(B, A)])
    assert refused.error.metadata["buckets"] == "pending_surrender"


async def test_only_the_province_of_the_account_files_and_sees_it(changes):
    (refused,) = await changes.file("FileMergers", mergers=[merger()], province_code="11")
    assert refused.error.reason == "PROVINCE_MISMATCH"
    (filed,) = await changes.file("FileMergers", mergers=[merger()])
    (unripe,) = await changes.confirm(filed.reference)
    assert unripe.error.reason == "CHANGE_NOT_INITIATED"
    own = changes.reads("ROLE_PROVINCE", provinces=[PROVINCE])
    request = pb.GetChangeRequest(registration_no=filed.reference, province_code=PROVINCE)
    change = (await own.GetChange(request)).change
    assert (change.status, list(change.lines)) == (registry_types_pb2.CHANGE_STATUS_FILED, [])
    with pytest.raises(ScopeForbidden):
        await own.GetChange(pb.GetChangeRequest(registration_no=filed.reference))


async def test_a_split_gives_units_to_its_successors_and_keeps_the_obligation(world, changes):
    form = pb.SplitForm(
        document=RULING,
        account_no=A,
        parts=[
            pb.SplitPart(target_account_no=B, units=units(1_000)),
            pb.SplitPart(target_account_no=C, units=units(start=5_001, end=6_000)),
        ],
    )
    await changes.carry_out_filed("FileSplits", splits=[form])
    assert (await world.holdings(A))[CEA, "registered"] == VERIFIED_TCO2E - 2_000
    assert (await world.holdings(B))[CEA, "registered"] == VERIFIED_TCO2E + 1_000
    assert (await world.holdings(C))[CEA, "registered"] == VERIFIED_TCO2E + 1_000
    assert (await world.status(DEFICIT)).obligation_tco2e == 5_800_000
    assert await world.book("obligation_successions") == []
    await assert_partitioned(world)


async def test_reserve_allowances_come_from_the_nation_and_carry_their_registration(world, changes):
    await changes.open_national()
    form = pb.ReserveForm(document=RULING, product=CEA, quantity_tco2e=1_000)
    number = await changes.carry_out("InitiateReserves", reserves=[form])
    release = pb.ReserveReleaseForm(document=RULING, target_account_no=f"R-P-{PROVINCE}", units=[units(400)])
    await changes.carry_out("InitiateReserveReleases", releases=[release])
    assert await world.holdings("R-NATIONAL") == {(CEA, "registered"): 600}
    assert await world.holdings(f"R-P-{PROVINCE}") == {(CEA, "registered"): 400}
    origins = {row[3] for row in await world.book("blocks") if row[4] in {"R-NATIONAL", f"R-P-{PROVINCE}"}}
    assert origins == {number}
    back = pb.RecoveryForm(document=RULING, account_no=f"R-P-{PROVINCE}", units=[units(100)])
    await changes.carry_out("InitiateRecoveries", recoveries=[back])
    assert await world.holdings(f"R-P-{PROVINCE}") == {(CEA, "registered"): 300}
    await assert_partitioned(world)


async def test_the_survivor_meets_what_it_took_over_with_its_own_units(world, changes):
    await changes.carry_out_filed("FileMergers", mergers=[merger()])
    await changes.carry_out_filed("FileMergers", mergers=[merger(B, C)])
    await assert_third_meets_what_the_first_owes(world)
    await assert_partitioned(world)


async def test_who_took_over_last_owes_also_where_its_merger_was_filed_first(world, changes):
    (filed_first,) = await changes.file("FileMergers", mergers=[merger(B, C)])
    await changes.carry_out_filed("FileMergers", mergers=[merger(A, B)])
    await changes.take_up(filed_first.reference)
    (confirmed,) = await changes.confirm(filed_first.reference)
    assert confirmed.error.reason == ""
    assert await close(world, B) == ""
    await assert_third_meets_what_the_first_owes(world)


async def test_the_absorbed_account_can_be_closed_and_the_survivor_stays_for_what_it_owes(world, changes):
    await changes.carry_out_filed("FileMergers", mergers=[merger(A, C)])
    assert await close(world, A) == ""
    number = (await world.apply((CEA, 5_000_000), credit_code=THIRD)).reference
    await world.decide(number)
    await world.register()
    await changes.carry_out(
        "InitiateJudicialTransfers",
        transfers=[
            pb.JudicialTransferForm(
                document=RULING,
                target_account_no=B,
                account_no=C,
                units=[units(2 * VERIFIED_TCO2E - 5_000_000)],
            )
        ],
    )
    assert await close(world, C) == "ACCOUNT_BUSY"
    (refused,) = await changes.file("FileMergers", mergers=[merger(B, A)])
    assert refused.error.reason == "ACCOUNT_CLOSED"
