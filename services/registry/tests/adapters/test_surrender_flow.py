"""Surrender: application, province, registration, certificate, and which credits were used."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.domain.errors import AsOfInFuture, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, VERIFIED_TCO2E, cancellation_row, handover
from registry_world import HANDOVERS

OFFSET = "OFFSET-WIND1-2015"
ACCOUNT = f"R-E-{DEFICIT}"
EVERY = registry_types_pb2.SURRENDER_STATUS_UNSPECIFIED


def state(status):
    return registry_types_pb2.ComplianceState.Name(status.state).removeprefix("COMPLIANCE_STATE_")


async def test_units_wait_for_the_province_and_are_retired_by_registration(world):
    await world.allocate()
    await world.credit(1_000)
    number = (await world.apply((CEA, 5_000), (OFFSET, 400))).reference
    assert number == f"SA-{PERIOD}-{DEFICIT}-1"
    assert await world.holdings(ACCOUNT) == {
        (CEA, "registered"): VERIFIED_TCO2E - 5_000,
        (CEA, "pending_surrender"): 5_000,
        (OFFSET, "registered"): 600,
        (OFFSET, "pending_surrender"): 400,
    }
    assert (await world.register()).application_count == 0
    assert not (await world.decide(number)).HasField("error")
    registered = await world.register()
    assert (registered.application_count, registered.quantity_tco2e) == (1, 5_400)
    holdings = await world.book("holdings")
    assert ("R-SURRENDERED", CEA, "surrendered", "5000") in holdings
    assert ("R-SURRENDERED", OFFSET, "surrendered", "400") in holdings
    status = await world.status()
    assert (status.surrendered_tco2e, status.offset_tco2e, state(status)) == (5_000, 400, "PARTIAL")
    told = await world.events(registry_events_pb2.SurrenderRegistered)
    assert [(event.application.application_no, event.status.offset_tco2e) for event in told] == [
        (number, 400)
    ]
    assert (await world.register()).application_count == 0


async def test_applications_are_listed_as_they_stood_at_any_moment(world):
    await world.allocate()
    start = world.clock.now()
    number = (await world.apply((CEA, 5_000))).reference
    world.clock.set(start + timedelta(hours=1))
    await world.decide(number)
    world.clock.set(start + timedelta(hours=2))
    await world.register()

    async def listed(at: datetime, status: registry_types_pb2.SurrenderStatus = EVERY):
        request = pb.ListSurrenderApplicationsRequest(period=PERIOD, status=status, as_of=to_timestamp(at))
        found = (await world.reads().ListSurrenderApplications(request)).applications
        return [(one.status, one.HasField("registered_time")) for one in found]

    assert await listed(start - timedelta(seconds=1)) == []
    assert await listed(start) == [(registry_types_pb2.SURRENDER_STATUS_SUBMITTED, False)]
    assert await listed(start + timedelta(hours=1)) == [
        (registry_types_pb2.SURRENDER_STATUS_CONFIRMED, False)
    ]
    assert await listed(start + timedelta(hours=2)) == [
        (registry_types_pb2.SURRENDER_STATUS_REGISTERED, True)
    ]
    assert await listed(start, registry_types_pb2.SURRENDER_STATUS_REGISTERED) == []


async def test_refused_units_are_free_again_and_their_credits_can_be_used(world):
    await world.allocate()
    await world.credit(1_000)
    before = await world.holdings(ACCOUNT)
    number = (await world.apply((CEA, 5_000), (OFFSET, 1_000))).reference
    assert (await world.apply((OFFSET, 1))).error.reason == "INSUFFICIENT_HOLDING"
    await world.decide(number, is_confirmed=False)
    assert await world.holdings(ACCOUNT) == before
    assert (await world.decide(number)).error.reason == "APPLICATION_ALREADY_DECIDED"
    assert (await world.apply((OFFSET, 1_000))).reference == f"SA-{PERIOD}-{DEFICIT}-2"


async def test_applications_that_may_not_be_are_refused_in_order_of_precedence_and_change_nothing(world):
    await world.allocate()
    await world.credit(290_000)
    before = await world.state()
    results = [
        await world.apply((CEA, 1), credit_code="91370000MA3C00000X"),
        await world.apply((CEA, 5_800_001)),
        await world.apply((OFFSET, 290_001)),
        await world.apply(("CCER-WIND1-2015", 1)),
        await world.apply(("CEA-2021", 1)),
        await world.apply(("OFFSET-WIND1-2016", 1)),
        await world.apply((CEA, VERIFIED_TCO2E + 1)),
    ]
    assert [result.error.reason for result in results] == [
        "ACCOUNT_NOT_FOUND",
        "OBLIGATION_EXCEEDED",
        "OFFSET_LIMIT_EXCEEDED",
        "PRODUCT_NOT_USABLE",
        "PRODUCT_NOT_USABLE",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
    ]
    assert await world.state() == before


async def test_an_entity_without_an_obligation_surrenders_nothing(world):
    await world.list_and_open()
    assert (await world.apply((CEA, 1))).error.reason == "OBLIGATION_NOT_FOUND"


async def test_what_is_applied_for_counts_towards_obligation_and_limit(world):
    await world.allocate()
    await world.credit(290_000)
    await world.apply((OFFSET, 289_999))
    assert (await world.apply((OFFSET, 2))).error.reason == "OFFSET_LIMIT_EXCEEDED"
    await world.apply((CEA, 5_000_000), credit_code=SURPLUS)
    assert (await world.apply((CEA, 1), credit_code=SURPLUS)).error.reason == "OBLIGATION_EXCEEDED"


async def test_another_province_decides_nothing(world):
    await world.allocate()
    number = (await world.apply((CEA, 1))).reference
    assert (await world.decide(number, province_code="11")).error.reason == "PROVINCE_MISMATCH"
    assert (await world.decide("SA-none")).error.reason == "APPLICATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2021, 12, 31, 8, 59, 59, tzinfo=UTC), "COMPLETED_ON_TIME"),
        (datetime(2021, 12, 31, 9, 0, tzinfo=UTC), "COMPLETED_LATE"),
    ],
)
async def test_meeting_the_obligation_in_full_is_certified_and_timed_by_the_deadline(world, at, expected):
    await world.allocate()
    number = (await world.apply((CEA, 5_000_000), credit_code=SURPLUS)).reference
    await world.decide(number)
    world.clock.set(at)
    await world.register()
    status = await world.status(SURPLUS)
    assert (state(status), status.certificate_no) == (expected, f"CC-{PERIOD}-{SURPLUS}")
    certificates = await world.events(registry_events_pb2.ComplianceCertificateIssued)
    assert [certificate.certificate_no for certificate in certificates] == [f"CC-{PERIOD}-{SURPLUS}"]
    assert state(await world.status(DEFICIT)) == ("OVERDUE" if expected.endswith("LATE") else "OPEN")


async def test_the_ministry_sees_of_every_entity_whether_it_was_in_time_late_or_overdue(world):
    await world.allocate()
    number = (await world.apply((CEA, 5_000_000), credit_code=SURPLUS)).reference
    await world.decide(number)
    deadline = datetime(2021, 12, 31, 9, 0, tzinfo=UTC)
    world.clock.set(deadline + timedelta(hours=1))
    await world.register()
    ministry = world.reads("ROLE_MINISTRY")

    async def listed(at: datetime):
        request = pb.ListComplianceStatusesRequest(period=PERIOD, as_of=to_timestamp(at))
        statuses = (await ministry.ListComplianceStatuses(request)).statuses
        return {status.credit_code: state(status) for status in statuses}

    in_time = deadline - timedelta(microseconds=1)
    assert await listed(in_time) == {DEFICIT: "OPEN", SURPLUS: "OPEN"}
    assert await listed(deadline) == {DEFICIT: "OVERDUE", SURPLUS: "OVERDUE"}
    assert await listed(world.clock.now()) == {DEFICIT: "OVERDUE", SURPLUS: "COMPLETED_LATE"}


async def test_compliance_is_answered_as_of_any_moment(world):
    await world.allocate()
    start = world.clock.now()
    number = (await world.apply((CEA, 5_000_000), credit_code=SURPLUS)).reference
    await world.decide(number)
    world.clock.set(datetime(2021, 11, 5, 8, 0, tzinfo=UTC))
    await world.register()
    then = await world.status(SURPLUS, as_of=to_timestamp(start))
    assert (state(then), then.surrendered_tco2e, then.certificate_no) == ("OPEN", 0, "")
    assert state(await world.status(SURPLUS)) == "COMPLETED_ON_TIME"
    with pytest.raises(AsOfInFuture):
        await world.status(SURPLUS, as_of=to_timestamp(datetime(2021, 11, 6, tzinfo=UTC)))


async def test_usage_names_cancellation_and_surrender_first_in_first_out_as_of_any_moment(world):
    await world.allocate()
    first = handover("2021-10-26", cancellation_row(1, quantity=300))
    second = handover(
        "2021-10-27",
        cancellation_row(1, ordinal=2, quantity=200, start=301),
        previous=first.manifest.manifest_digest,
    )
    await world.tell(HANDOVERS, first, second)
    for day in ("2021-10-26", "2021-10-27"):
        await world.scheduler.RunOffsetCreditCreation(
            pb.RunOffsetCreditCreationRequest(request_id=day, business_date=day)
        )
    for quantity in (100, 250):
        await world.decide((await world.apply((OFFSET, quantity))).reference)
    start = world.clock.now()
    world.clock.set(datetime(2021, 11, 5, 8, 0, tzinfo=UTC))
    await world.register()
    numbers = [f"SA-{PERIOD}-{DEFICIT}-{ordinal}" for ordinal in (1, 2)]
    usages = await used(world)
    assert [(usage.credited_tco2e, usage.used_tco2e) for usage in usages] == [(300, 300), (200, 50)]
    assert [list(usage.surrender_application_nos) for usage in usages] == [numbers, numbers[1:]]
    assert [usage.offset_application_no for usage in usages] == [f"OA-{PERIOD}-{DEFICIT}-1"] * 2
    before = await used(world, as_of=to_timestamp(start))
    assert [usage.used_tco2e for usage in before] == [0, 0]
    assert [row[6] for row in await world.book("offset_credits")] == ["300", "50"]


async def test_usage_is_read_by_the_entity_itself_and_by_its_own_province(world):
    entity_request = pb.ListEntityOffsetUsagesRequest(credit_code=DEFICIT, period=PERIOD)
    with pytest.raises(ScopeForbidden):
        await world.reads("ROLE_EMITTER", entities=[SURPLUS]).ListEntityOffsetUsages(entity_request)
    province_request = pb.ListProvinceOffsetUsagesRequest(province_code="37", period=PERIOD)
    with pytest.raises(ScopeForbidden):
        await world.reads("ROLE_PROVINCE", provinces=["11"]).ListProvinceOffsetUsages(province_request)


async def used(world, **moment):
    by_entity = await world.reads("ROLE_EMITTER", entities=[DEFICIT]).ListEntityOffsetUsages(
        pb.ListEntityOffsetUsagesRequest(credit_code=DEFICIT, period=PERIOD, **moment)
    )
    by_province = await world.reads("ROLE_PROVINCE", provinces=["37"]).ListProvinceOffsetUsages(
        pb.ListProvinceOffsetUsagesRequest(province_code="37", period=PERIOD, **moment)
    )
    assert list(by_entity.usages) == list(by_province.usages)
    return by_entity.usages
