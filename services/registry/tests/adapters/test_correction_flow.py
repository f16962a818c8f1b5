"""Corrections of what was registered, through gRPC and SQL: what is read, told and kept follows, as of any moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from change_partition import assert_partitioned
from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_events_pb2, registry_service_pb2, registry_types_pb2
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.surrender_errors import CertificateNotFound
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, VERIFIED_TCO2E
from registry_world import START
from registry_world_changes import RULING, A, Changes
from surrender_world import Surrender

OFFSET = "OFFSET-WIND1-2015"
OWED = 5_400_000
HOUR = timedelta(hours=1)
KEY = {"credit_code": DEFICIT, "period": PERIOD}
AFTER = datetime(2022, 1, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
async def changes(world):
    """The first entity owes 5,400,000 t and holds somewhat more."""
    await world.allocate()
    await Surrender(world).change(OWED)
    return Changes(world)


@pytest.fixture
def surrender(world):
    return Surrender(world)


async def applications(surrender, credit_code=DEFICIT, **moment):
    request = surrender_pb.ListEntitySurrenderApplicationsRequest(
        credit_code=credit_code, period=PERIOD, **moment
    )
    return (await surrender.reads().ListEntitySurrenderApplications(request)).applications


async def certificate(surrender, **moment):
    request = surrender_pb.GetComplianceCertificateRequest(**KEY, **moment)
    return (await surrender.reads().GetComplianceCertificate(request)).certificate


async def usages(world, **moment):
    request = registry_service_pb2.ListEntityOffsetUsagesRequest(**KEY, **moment)
    found = (await world.reads().ListEntityOffsetUsages(request)).usages
    return [(one.credited_tco2e, one.used_tco2e, len(one.surrender_application_nos)) for one in found]


async def test_a_surrender_registered_by_mistake_comes_back_and_everything_follows(world, changes, surrender):
    await world.credit(270_000)
    number = await surrender.surrender((CEA, OWED - 270_000), (OFFSET, 270_000))
    before = world.clock.now()
    first = await certificate(surrender)
    world.clock.set(START + HOUR)
    registration = await changes.correct(
        {"transfer_no": f"{number}/1/registered", "quantity_tco2e": 10},
        {"transfer_no": f"{number}/2/registered", "quantity_tco2e": 90_000},
    )
    status = await world.status()
    assert (status.surrendered_tco2e, status.offset_tco2e, status.certificate_no) == (
        OWED - 270_010,
        180_000,
        "",
    )
    assert status.state == registry_types_pb2.COMPLIANCE_STATE_PARTIAL
    held = await world.holdings(A)
    assert (held[CEA, "registered"], held[OFFSET, "registered"]) == (
        VERIFIED_TCO2E - (OWED - 270_000) + 10,
        90_000,
    )
    with pytest.raises(CertificateNotFound):
        await certificate(surrender)
    assert await certificate(surrender, as_of=to_timestamp(before)) == first
    (application,) = await applications(surrender)
    assert [(one.registration_no, one.line_no, one.change_tco2e) for one in application.corrections] == [
        (registration, 1, -10),
        (registration, 2, -90_000),
    ]
    assert [len(one.corrections) for one in await applications(surrender, as_of=to_timestamp(before))] == [0]
    assert await usages(world) == [(270_000, 180_000, 1)]
    assert await usages(world, as_of=to_timestamp(before)) == [(270_000, 270_000, 1)]
    assert [row[6] for row in await world.book("offset_credits")] == ["180000"]
    [told] = await world.events(registry_events_pb2.SurrenderCorrected)
    assert (told.registration_no, [one.change_tco2e for one in told.records]) == (
        registration,
        [-10, -90_000],
    )
    assert told.status.offset_tco2e == 180_000
    [withdrawn] = await world.events(registry_events_pb2.ComplianceCertificateWithdrawn)
    assert (withdrawn.certificate_no, withdrawn.change_no) == (first.certificate_no, registration)
    await assert_partitioned(world)


async def test_credits_that_came_back_are_used_again_and_the_new_certificate_says_so(
    world, changes, surrender
):
    await world.credit(270_000)
    number = await surrender.surrender((CEA, OWED - 270_000), (OFFSET, 270_000))
    world.clock.set(START + HOUR)
    await changes.correct({"transfer_no": f"{number}/2/registered"})
    assert (await world.apply((OFFSET, 270_001))).error.reason == "OBLIGATION_EXCEEDED"
    await surrender.surrender((OFFSET, 100_000), (CEA, 170_000))
    issued = await certificate(surrender)
    assert issued.certificate_no.endswith("-2")
    assert [(line.product, line.quantity_tco2e) for line in issued.lines] == [
        (CEA, OWED - 100_000),
        (OFFSET, 100_000),
    ]
    assert await usages(world) == [(270_000, 100_000, 1)]
    assert [row[7] for row in await world.book("record_corrections")] == [OFFSET]


async def test_a_correction_that_is_corrected_after_the_deadline_leaves_the_entity_on_time(
    world, changes, surrender
):
    number = await surrender.surrender((CEA, OWED))
    completed = (await world.status()).completed_time
    registration = await changes.correct(
        {"transfer_no": f"{number}/1/registered", "serial_start": 11, "serial_end": 20}
    )
    world.clock.set(AFTER)
    assert (await world.status()).state == registry_types_pb2.COMPLIANCE_STATE_OVERDUE
    await changes.correct({"transfer_no": f"{registration}/1"})
    status = await world.status()
    assert (status.state, status.completed_time) == (
        registry_types_pb2.COMPLIANCE_STATE_COMPLETED_ON_TIME,
        completed,
    )
    (application,) = await applications(surrender)
    assert [one.change_tco2e for one in application.corrections] == [-10, 10]
    assert [row[8] for row in await world.book("record_corrections")] == ["-10", "10"]
    await assert_partitioned(world)


async def test_two_people_correct_and_a_repeated_request_changes_nothing(world, changes, surrender):
    number = await surrender.surrender((CEA, 1_000))
    form = pb.CorrectionForm(
        document=RULING, entries=[pb.CorrectedEntry(transfer_no=f"{number}/1/registered")]
    )
    (proposed,) = await changes.propose("InitiateCorrections", corrections=[form])
    (same,) = await changes.confirm(proposed.reference, person="first")
    assert same.error.reason == "SAME_PERSON"
    request = pb.ConfirmChangesRequest(request_id=world.request_id(), registration_nos=[proposed.reference])
    answers = [await changes.commands(subject="second").ConfirmChanges(request) for _ in range(2)]
    assert answers[0] == answers[1]
    assert ((await world.status()).surrendered_tco2e, len(await world.book("record_corrections"))) == (0, 1)
    (change,) = (
        await changes.reads().ListChanges(
            pb.ListChangesRequest(province_code="37", kind=registry_types_pb2.CHANGE_KIND_CORRECTION)
        )
    ).changes
    assert change.lines[0].corrects == f"{number}/1/registered"


async def test_help_that_is_corrected_goes_back_to_who_helped(world, changes, surrender):
    number = (await surrender.offer((CEA, 7_000))).reference
    await surrender.answer(number)
    await world.decide(number)
    await world.register()
    before = await world.holdings(f"R-E-{SURPLUS}")
    await changes.correct({"transfer_no": f"{number}/1/registered"})
    assert await world.holdings(f"R-E-{SURPLUS}") == {
        **before,
        (CEA, "registered"): before[CEA, "registered"] + 7_000,
    }
    (of_helper,) = await applications(surrender, SURPLUS)
    assert [one.change_tco2e for one in of_helper.corrections] == [-7_000]


async def test_what_counts_again_and_what_is_applied_for_at_once_never_pass_the_obligation(
    world, changes, surrender
):
    number = await surrender.surrender((CEA, OWED))
    taken = await changes.correct(
        {"transfer_no": f"{number}/1/registered", "serial_start": 101, "serial_end": 200}
    )
    form = pb.CorrectionForm(document=RULING, entries=[pb.CorrectedEntry(transfer_no=f"{taken}/1")])
    (proposed,) = await changes.propose("InitiateCorrections", corrections=[form])
    confirmed, *applied = await asyncio.gather(
        changes.confirm(proposed.reference), *(world.apply((CEA, 60)) for _ in range(3))
    )
    outcomes = [confirmed[0].error.reason, *(one.error.reason for one in applied)]
    assert outcomes in (
        ["", *["OBLIGATION_EXCEEDED"] * 3],
        *(
            ["OBLIGATION_EXCEEDED", *("" if place == first else "OBLIGATION_EXCEEDED" for place in range(3))]
            for first in range(3)
        ),
    )
    status = await world.status()
    assert status.surrendered_tco2e == (OWED if not outcomes[0] else OWED - 100)
    await assert_partitioned(world)
