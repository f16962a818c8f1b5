"""Reads: entities, lists in pages, compliance of provinces, moments that have not come."""

from datetime import timedelta

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets_kernel.domain.errors import (
    ApplicationNotFound,
    AsOfInFuture,
    PeriodUnknown,
    ProvinceUnknown,
    ScopeForbidden,
)
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.grpc.messages import to_timestamp
from mrv.domain.errors import EntityNotFound
from mrv_messages import (
    FIRST,
    FOREIGN,
    OBLIGATION_TCO2E,
    OTHER_PROVINCE,
    PERIOD,
    PROVINCE,
    SECOND,
    VERIFIED,
    YEAR_TCO2E,
    code,
    entity,
    form,
    handover,
    obligation_changed,
    surrendered,
)
from mrv_world import COMPLIANCE, HANDOVERS, START


async def test_an_entity_reads_with_its_row_in_the_verified_table(world):
    await world.list_all()
    found = await world.reads().GetEntity(pb.GetEntityRequest(credit_code=FIRST))
    assert (found.entity, found.HasField("allocation")) == (entity(1), False)
    with pytest.raises(EntityNotFound):
        await world.reads().GetEntity(pb.GetEntityRequest(credit_code=code(9)))
    before = to_timestamp(START - timedelta(seconds=1))
    with pytest.raises(EntityNotFound):
        await world.reads().GetEntity(pb.GetEntityRequest(credit_code=FIRST, as_of=before))


async def test_an_entity_reads_its_own_allocation_only(world):
    await world.allocate()
    own = world.reads("ROLE_EMITTER", entities=[FIRST])
    found = await own.GetEntity(pb.GetEntityRequest(credit_code=FIRST))
    assert (found.allocation.verified_tco2e, found.allocation.obligation_tco2e) == (
        2 * YEAR_TCO2E,
        OBLIGATION_TCO2E,
    )
    with pytest.raises(ScopeForbidden):
        await own.GetEntity(pb.GetEntityRequest(credit_code=SECOND))


async def test_a_province_sees_by_how_much_each_of_its_entities_is_short_of_allowances(world):
    await world.allocate()
    own = world.reads("ROLE_PROVINCE", provinces=[PROVINCE])
    answer = await own.ListAllocationRows(
        pb.ListAllocationRowsRequest(province_code=PROVINCE, table_no=VERIFIED)
    )
    gap = OBLIGATION_TCO2E - 2 * YEAR_TCO2E
    assert gap > 0
    assert [(row.credit_code, row.obligation_tco2e - row.verified_tco2e) for row in answer.rows] == [
        (FIRST, gap),
        (SECOND, gap),
    ]


async def test_entities_are_listed_by_province_in_pages(world):
    await world.list_all()
    reads = world.reads()

    async def listed(province_code, **page):
        return await reads.ListEntities(
            pb.ListEntitiesRequest(
                province_code=province_code, period=PERIOD, page=PageRequest(page_size=2, **page)
            )
        )

    first = await listed("")
    assert [found.credit_code for found in first.entities] == [FIRST, SECOND]
    rest = await listed("", page_token=first.page.next_page_token)
    assert [found.credit_code for found in rest.entities] == [FOREIGN]
    assert (await listed(PROVINCE)).page.next_page_token == ""
    with pytest.raises(ProvinceUnknown):
        await listed("99")


async def test_applications_are_listed_by_province_and_status(world):
    await world.allocate()
    numbers = await world.apply(form(), form(number=2))
    await world.decide(numbers[0])

    async def listed(**request):
        answer = await world.reads().ListOffsetApplications(
            pb.ListOffsetApplicationsRequest(period=PERIOD, **request)
        )
        return [found.application_no for found in answer.applications]

    assert await listed() == numbers
    assert await listed(province_code=OTHER_PROVINCE) == []
    assert await listed(status=types_pb.OFFSET_APPLICATION_STATUS_SUBMITTED) == numbers[1:]
    assert await listed(status=types_pb.OFFSET_APPLICATION_STATUS_CONFIRMED, province_code=PROVINCE) == [
        numbers[0]
    ]
    assert await listed(page=PageRequest(page_size=1)) == numbers[:1]
    with pytest.raises(PeriodUnknown):
        await world.reads().ListOffsetApplications(pb.ListOffsetApplicationsRequest(period="2021"))
    with pytest.raises(ApplicationNotFound):
        await world.reads().GetOffsetApplication(
            pb.GetOffsetApplicationRequest(credit_code=SECOND, application_no=numbers[0])
        )


async def test_a_province_reads_only_its_own_lists(world):
    own = world.reads("ROLE_PROVINCE", provinces=[PROVINCE])
    await own.ListEntities(pb.ListEntitiesRequest(province_code=PROVINCE, period=PERIOD))
    with pytest.raises(ScopeForbidden):
        await own.ListEntities(pb.ListEntitiesRequest(period=PERIOD))


async def test_compliance_of_each_province_is_what_the_registry_told(world):
    await world.allocate()
    half = OBLIGATION_TCO2E // 2
    await world.tell(COMPLIANCE, surrendered(1, surrendered=half, offset=0, state="PARTIAL"))
    world.clock.set(START + timedelta(hours=1))
    await world.tell(
        COMPLIANCE,
        surrendered(1, surrendered=OBLIGATION_TCO2E - 1_000, offset=1_000, state="COMPLETED_ON_TIME"),
    )
    await world.tell(HANDOVERS, handover("2021-10-26", 400, 600))

    async def overviews(**request):
        answer = await world.reads().ListComplianceOverviews(
            pb.ListComplianceOverviewsRequest(period=PERIOD, **request)
        )
        return list(answer.overviews)

    (now,) = await overviews(province_code=PROVINCE)
    assert now == types_pb.ComplianceOverview(
        province_code=PROVINCE,
        period=PERIOD,
        entity_count=2,
        completed_count=1,
        obligation_tco2e=2 * OBLIGATION_TCO2E,
        surrendered_tco2e=OBLIGATION_TCO2E - 1_000,
        offset_tco2e=1_000,
        handed_over_tco2e=1_000,
    )
    (then,) = await overviews(province_code=PROVINCE, as_of=to_timestamp(START))
    assert (then.completed_count, then.surrendered_tco2e, then.handed_over_tco2e) == (0, half, 0)
    assert [found.province_code for found in await overviews()] == list(PROVINCES)
    assert (FIRST, PERIOD, str(OBLIGATION_TCO2E), str(OBLIGATION_TCO2E - 1_000), "1000", "1") in (
        await world.book("compliance")
    )


async def test_a_changed_obligation_counts_from_its_change_on(world):
    await world.allocate()
    world.clock.set(START + timedelta(hours=1))
    await world.tell(COMPLIANCE, obligation_changed(1, OBLIGATION_TCO2E - 50_000))

    async def owed(**request):
        answer = await world.reads().ListComplianceOverviews(
            pb.ListComplianceOverviewsRequest(period=PERIOD, province_code=PROVINCE, **request)
        )
        return answer.overviews[0].obligation_tco2e

    assert await owed() == 2 * OBLIGATION_TCO2E - 50_000
    assert await owed(as_of=to_timestamp(START)) == 2 * OBLIGATION_TCO2E
    assert (FIRST, PERIOD, str(OBLIGATION_TCO2E - 50_000), "0", "0", "0") in await world.book("compliance")


async def test_nobody_reads_a_moment_that_has_not_come(world):
    later = to_timestamp(START + timedelta(seconds=1))
    with pytest.raises(AsOfInFuture):
        await world.reads().GetEntity(pb.GetEntityRequest(credit_code=FIRST, as_of=later))
