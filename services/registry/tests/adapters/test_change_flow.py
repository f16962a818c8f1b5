"""Change registrations through gRPC and SQL: freezes, transfers, recovery, corrections; blocks stay a partition."""

from datetime import timedelta

import pytest
from change_partition import assert_partitioned
from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_events_pb2, registry_service_pb2, registry_types_pb2
from ets_kernel.domain.errors import MalformedRequest, RoleForbidden, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, DEFICIT, PROVINCE, SURPLUS, VERIFIED_TCO2E
from registry_world_changes import RULING, A, B, Changes, freeze, units


@pytest.fixture
async def changes(world):
    await world.allocate()
    return Changes(world)


async def test_units_are_frozen_by_quantity_and_block_released_and_taken_by_freeze(world, changes):
    number = await changes.carry_out(
        "InitiateFreezes", freezes=[freeze(units(1_000), units(start=2_001, end=2_500))]
    )
    first, second = f"{number}/1", f"{number}/2"
    assert await changes.freezes() == {
        first: (A, 1_000, [(1, 1_000)]),
        second: (A, 500, [(2_001, 2_500)]),
    }
    assert (await world.holdings(A))[CEA, "judicially_frozen"] == 1_500
    some = pb.FrozenUnits(freeze_no=second, serial_start=2_101, serial_end=2_200)
    await changes.carry_out("InitiateReleases", releases=[pb.ReleaseForm(document=RULING, units=[some])])
    form = pb.JudicialTransferForm(
        document=RULING,
        target_account_no=B,
        frozen_units=[pb.FrozenUnits(freeze_no=first, quantity_tco2e=400)],
        account_no=A,
        units=[units(50)],
    )
    await changes.carry_out("InitiateJudicialTransfers", transfers=[form])
    assert await changes.freezes() == {
        first: (A, 600, [(401, 1_000)]),
        second: (A, 400, [(2_001, 2_100), (2_201, 2_500)]),
    }
    assert (await world.holdings(B))[CEA, "registered"] == VERIFIED_TCO2E + 450
    await assert_partitioned(world)


async def test_freezes_are_read_as_of_any_moment_by_those_whose_they_are(world, changes):
    start = world.clock.now()
    number = await changes.carry_out(
        "InitiateFreezes", freezes=[freeze(units(100), expiry_date="2022-10-24")]
    )
    world.clock.set(start + timedelta(hours=1))
    everything = pb.FrozenUnits(freeze_no=f"{number}/1")
    await changes.carry_out(
        "InitiateReleases", releases=[pb.ReleaseForm(document=RULING, units=[everything])]
    )
    assert await changes.freezes() == {}
    assert await changes.freezes(includes_ended=True) == {f"{number}/1": (A, 0, [])}
    then = to_timestamp(start)
    assert await changes.freezes(as_of=then) == {f"{number}/1": (A, 100, [(1, 100)])}
    assert await changes.freezes(as_of=to_timestamp(start - timedelta(seconds=1))) == {}
    own = changes.reads("ROLE_EMITTER", entities=[DEFICIT])
    (shown,) = (await own.ListFreezes(pb.ListFreezesRequest(credit_code=DEFICIT, as_of=then))).freezes
    assert (shown.expiry_date, shown.document.document_no) == ("2022-10-24", RULING.document_no)
    with pytest.raises(ScopeForbidden):
        await own.ListFreezes(pb.ListFreezesRequest(credit_code=SURPLUS))
    assert await changes.freezes(account_no=B, as_of=then) == {}
    province = changes.reads("ROLE_PROVINCE", provinces=["11"])
    with pytest.raises(ScopeForbidden):
        await province.ListFreezes(pb.ListFreezesRequest(province_code=PROVINCE))


async def test_registrations_are_read_as_they_stood(world, changes):
    start = world.clock.now()
    (proposed,) = await changes.propose("InitiateFreezes", freezes=[freeze(units(100))])
    number = proposed.reference
    world.clock.set(start + timedelta(hours=1))
    await changes.confirm(number)
    (other,) = await changes.propose("InitiateFreezes", freezes=[freeze(units(1), account_no=B)])
    rejection = pb.ChangeRejection(registration_no=other.reference, reason="withdrawn by the court")
    await changes.commands(subject="third").RejectChanges(
        pb.RejectChangesRequest(request_id=world.request_id(), rejections=[rejection])
    )

    async def stood(wanted, **moment):
        request = pb.GetChangeRequest(registration_no=wanted, province_code=PROVINCE, **moment)
        return (await changes.reads().GetChange(request)).change

    then = await stood(number, as_of=to_timestamp(start))
    assert (then.status, then.initiated_by, then.confirmed_by) == (
        registry_types_pb2.CHANGE_STATUS_INITIATED,
        "first",
        "",
    )
    now = await stood(number)
    assert (now.status, now.confirmed_by, now.lines[0].quantity_tco2e, now.document) == (
        registry_types_pb2.CHANGE_STATUS_CONFIRMED,
        "second",
        100,
        RULING,
    )
    rejected = await stood(other.reference)
    assert (rejected.rejected_by, rejected.reject_reason) == ("third", "withdrawn by the court")

    async def listed(**wanted):
        found = (await changes.reads().ListChanges(pb.ListChangesRequest(**wanted))).changes
        return [one.registration_no for one in found]

    assert await listed() == [number, other.reference]
    assert await listed(as_of=to_timestamp(start)) == [number]
    assert await listed(account_no=B) == [other.reference]
    assert await listed(status=registry_types_pb2.CHANGE_STATUS_CONFIRMED) == [number]
    assert await listed(kind=registry_types_pb2.CHANGE_KIND_RECOVERY) == []
    assert await listed(province_code="11") == []


async def test_a_wrong_recovery_is_corrected_by_an_entry_that_names_it(world, changes):
    form = pb.RecoveryForm(document=RULING, account_no=A, units=[units(start=11, end=20)])
    number = await changes.carry_out("InitiateRecoveries", recoveries=[form])
    assert ("R-RECOVERED", CEA, "recovered", "10") in await world.book("holdings")
    entry = pb.CorrectedEntry(transfer_no=f"{number}/1")
    corrections = [pb.CorrectionForm(document=RULING, entries=[entry])]
    corrected = await changes.carry_out("InitiateCorrections", corrections=corrections)
    assert await world.holdings(A) == {(CEA, "registered"): VERIFIED_TCO2E}
    entries = [row for row in await world.book("change_entries") if row[0] == corrected]
    assert [row[6] for row in entries] == [f"{number}/1"]
    journal = await world.reads().ListJournalEntries(
        registry_service_pb2.ListJournalEntriesRequest(account_no=A)
    )
    assert journal.entries[-1].corrects == f"{number}/1"
    (again,) = await changes.propose("InitiateCorrections", corrections=corrections)
    assert again.error.reason == "ENTRY_CORRECTED_ALREADY"
    await assert_partitioned(world)


async def test_an_allocation_to_the_wrong_emitter_is_corrected_to_the_right_one(world, changes):
    entry = pb.CorrectedEntry(
        transfer_no=f"2019-2020/PRE/{PROVINCE}/{DEFICIT}/allocate", quantity_tco2e=7, target_account_no=B
    )
    form = pb.CorrectionForm(document=RULING, entries=[entry])
    await changes.carry_out("InitiateCorrections", corrections=[form])
    assert (await world.holdings(B))[CEA, "registered"] == VERIFIED_TCO2E + 7
    await assert_partitioned(world)


async def test_what_is_refused_at_confirmation_stays_initiated_and_moves_nothing(world, changes):
    (proposed,) = await changes.propose("InitiateFreezes", freezes=[freeze(units(VERIFIED_TCO2E))])
    await world.send_to_trading(DEFICIT, 1)
    before = await world.state()
    (refused,) = await changes.confirm(proposed.reference)
    assert refused.error.reason == "HOLDINGS_IN_PROCESS"
    (same,) = await changes.confirm(proposed.reference, person="first")
    assert same.error.reason == "SAME_PERSON"
    assert await world.state() == before


async def test_each_account_touched_is_told(world, changes):
    form = pb.JudicialTransferForm(
        document=RULING, target_account_no=B, account_no=A, units=[units(10), units(5)]
    )
    number = await changes.carry_out("InitiateJudicialTransfers", transfers=[form])
    told = await world.events(registry_events_pb2.HoldingsChanged)
    assert [
        (event.account_no, event.registration_no, [change.change_tco2e for change in event.changes])
        for event in told
    ] == [(A, number, [-15]), (B, number, [15])]


async def test_a_selection_is_a_quantity_or_a_block(changes):
    for wrong in (units(), units(5, start=1, end=5), units(start=5), units(start=5, end=4)):
        with pytest.raises(MalformedRequest):
            await changes.propose("InitiateFreezes", freezes=[freeze(wrong)])
    nothing = pb.JudicialTransferForm(document=RULING, target_account_no=B)
    without_account = pb.JudicialTransferForm(document=RULING, target_account_no=B, units=[units(1)])
    for form in (nothing, without_account):
        with pytest.raises(MalformedRequest):
            await changes.propose("InitiateJudicialTransfers", transfers=[form])


async def test_others_propose_and_confirm_nothing(world, changes):
    request = pb.ConfirmChangesRequest(request_id="r", registration_nos=["CR-000001"])
    for role in ("ROLE_REGISTRY_ACCOUNTS", "ROLE_PROVINCE", "ROLE_AUDITOR", "ROLE_EMITTER"):
        with pytest.raises(RoleForbidden):
            await changes.commands(role, provinces=["*"], entities=["*"]).ConfirmChanges(request)


async def test_credits_of_an_entity_that_ceased_are_taken_back_and_used_by_nobody(world, changes):
    await world.credit(1_000)
    form = pb.RecoveryForm(
        document=RULING, account_no=A, units=[units(start=201, end=600, product="OFFSET-WIND1-2015")]
    )
    await changes.carry_out("InitiateRecoveries", recoveries=[form])
    refused = await world.apply(("OFFSET-WIND1-2015", 601))
    assert refused.error.reason == "INSUFFICIENT_HOLDING"
    number = (await world.apply(("OFFSET-WIND1-2015", 600))).reference
    await world.decide(number)
    await world.register()
    assert (await world.status(DEFICIT)).offset_tco2e == 600
    assert await world.holdings(A) == {(CEA, "registered"): VERIFIED_TCO2E}
