"""Allocation through gRPC and events: roster, units, years, tables, seal, issuance."""

from datetime import timedelta

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.mrv.v1 import mrv_events_pb2
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import (
    PeriodUnknown,
    PreAllocationNotIssued,
    ProvinceUnknown,
    RequestIdReused,
    ScopeForbidden,
    SealInvalid,
    TableAlreadyIssued,
    TableNotFound,
)
from ets_kernel.runtime.grpc.messages import to_timestamp
from mrv.domain.errors import SealKeyForeign, TableNotTransmitted, VerifiedYearsMissing
from mrv_messages import (
    EMISSIONS_TCO2E,
    FIRST,
    OBLIGATION_TCO2E,
    OTHER_PROVINCE,
    OTHER_PROVINCE_KEY,
    PERIOD,
    PRE,
    PRE_YEAR_TCO2E,
    PROVINCE,
    SECOND,
    VERIFIED,
    YEAR_TCO2E,
    code,
    difference,
    entity,
    issued,
    name,
    recomputed,
    seal_of,
    unit,
    year,
    years,
)
from mrv_world import ALLOCATION, START, accepted, outcomes

PRE_TCO2E = 2 * PRE_YEAR_TCO2E
VERIFIED_TCO2E = 2 * YEAR_TCO2E


async def test_entities_are_listed_once_and_told(world):
    assert accepted(await world.register(entity(1), entity(2), entity(1))) == [FIRST, SECOND, FIRST]
    assert accepted(await world.register(entity(1))) == [FIRST]
    told = await world.events(mrv_events_pb2.EntityListed)
    assert [event.entity for event in told] == [entity(1), entity(2)]
    assert await world.book("entities") == [
        (FIRST, name(1), PROVINCE, PERIOD),
        (SECOND, name(2), PROVINCE, PERIOD),
    ]


async def test_an_entity_that_cannot_be_listed_is_refused_by_reason_and_the_others_are_listed(world):
    wrong_check = FIRST[:-1] + ("0" if FIRST[-1] != "0" else "1")
    answer = await world.register(
        entity(1, credit_code=wrong_check),
        entity(1, province_code="99"),
        entity(1, period="2021"),
        entity(1),
        entity(1, name="another"),
        entity(1, province_code=OTHER_PROVINCE),
    )
    assert outcomes(answer) == [
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
        "PERIOD_UNKNOWN",
        FIRST,
        "ENTITY_LISTED_DIFFERENTLY",
        "ENTITY_LISTED_DIFFERENTLY",
    ]
    assert len(await world.book("entities")) == 1


async def test_a_province_lists_only_its_own_entities(world):
    request = pb.RegisterEntitiesRequest(request_id="r", entities=[entity(3, province_code=OTHER_PROVINCE)])
    with pytest.raises(ScopeForbidden):
        await world.province.RegisterEntities(request)


async def test_the_same_request_again_gives_the_first_answer_and_another_body_is_refused(world):
    request = pb.RegisterEntitiesRequest(request_id="r", entities=[entity(1)])
    first = await world.ministry.RegisterEntities(request)
    assert await world.ministry.RegisterEntities(request) == first
    assert len(await world.events(mrv_events_pb2.EntityListed)) == 1
    with pytest.raises(RequestIdReused):
        await world.ministry.RegisterEntities(
            pb.RegisterEntitiesRequest(request_id="r", entities=[entity(2)])
        )


async def test_units_are_recorded_once_by_their_own_province(world):
    accepted(await world.register(entity(1), entity(3, province_code=OTHER_PROVINCE)))
    answer = await world.units(
        unit(1),
        unit(1),
        unit(1, capacity_mw="660"),
        unit(2),
        unit(3),
        unit(1, unit_no="2", capacity_mw="399.999"),
        unit(1, unit_no="2", capacity_mw="400"),
    )
    assert outcomes(answer) == [
        f"{FIRST}/1",
        f"{FIRST}/1",
        "UNIT_RECORDED_DIFFERENTLY",
        "ENTITY_NOT_LISTED",
        "ENTITY_NOT_LISTED",
        "UNIT_CATEGORY_CONTRADICTS_CAPACITY",
        f"{FIRST}/2",
    ]
    with pytest.raises(ProvinceUnknown):
        await world.units(unit(1), province_code="99")


async def test_verified_years_are_replaced_until_their_table_is_with_the_registry(world):
    await world.list_all()
    answer = await world.record(
        year(1, 2018, net_supply_mwh="1"),
        year(1, 2018),
        year(9, 2018),
        year(3, 2018),
        year(1, 2021),
        year(1, 2018, emissions_tco2e=1),
        year(1, 2019, heat_supply_gj="1"),
    )
    assert outcomes(answer) == [
        f"{FIRST}/1/2018",
        f"{FIRST}/1/2018",
        "UNIT_NOT_FOUND",
        "UNIT_NOT_FOUND",
        "YEAR_OUTSIDE_PERIOD",
        "VERIFIED_YEAR_CONTRADICTS_UNIT",
        "VERIFIED_YEAR_CONTRADICTS_UNIT",
    ]
    table = await world.compute("PRE_ALLOCATION")
    assert table.issue_tco2e == 2 * PRE_TCO2E
    await world.transmit(PRE)
    assert outcomes(await world.record(year(1, 2018), year(1, 2019))) == [
        "TABLE_ALREADY_TRANSMITTED",
        f"{FIRST}/1/2019",
    ]
    await world.tell(ALLOCATION, recomputed(PRE, 1, difference(1, "issue_tco2e", PRE_TCO2E, 1)))
    assert outcomes(await world.record(year(1, 2018))) == [f"{FIRST}/1/2018"]


async def test_a_pre_allocation_table_is_computed_from_the_output_of_2018(world):
    await world.list_all()
    table = await world.compute("PRE_ALLOCATION")
    assert (table.table_no, table.entity_count) == (PRE, 2)
    assert table.status == types_pb.ALLOCATION_TABLE_STATUS_COMPUTED
    assert (table.issue_tco2e, table.obligation_tco2e) == (2 * PRE_TCO2E, 0)
    rows = (await rows_of(world, PRE)).rows
    assert [(row.credit_code, row.issue_tco2e) for row in rows] == [(FIRST, PRE_TCO2E), (SECOND, PRE_TCO2E)]
    assert table.digest == rows_digest(
        canonical_row([code(n), name(n), PRE_TCO2E, 0, PRE_TCO2E, 0, 0, 0]) for n in (1, 2)
    )


async def rows_of(world, table_no, **request):
    return await world.reads().ListAllocationRows(
        pb.ListAllocationRowsRequest(province_code=PROVINCE, table_no=table_no, **request)
    )


async def test_a_table_needs_every_year_and_names_what_is_missing(world):
    accepted(await world.register(entity(1), entity(2)))
    accepted(await world.units(unit(1)))
    with pytest.raises(VerifiedYearsMissing) as refused:
        await world.compute("PRE_ALLOCATION")
    assert refused.value.metadata["missing"] == f"{SECOND} {FIRST}/1/2018"
    assert await world.book("allocation_tables") == []


async def test_a_table_is_of_a_known_province_and_a_planned_period(world):
    with pytest.raises(ProvinceUnknown):
        await world.compute("VERIFIED", "99")
    request = pb.ComputeAllocationTableRequest(request_id="c", province_code="37", period="2021", kind=1)
    with pytest.raises(PeriodUnknown):
        await world.ministry.ComputeAllocationTable(request)


async def test_a_verified_table_waits_for_the_issued_pre_allocation(world):
    await world.list_all()
    await world.compute("PRE_ALLOCATION")
    with pytest.raises(PreAllocationNotIssued):
        await world.compute("VERIFIED")
    await world.issue("PRE_ALLOCATION", PRE)
    table = await world.compute("VERIFIED")
    assert (table.issue_tco2e, table.obligation_tco2e) == (
        2 * (VERIFIED_TCO2E - PRE_TCO2E),
        2 * OBLIGATION_TCO2E,
    )


async def test_who_was_not_pre_allocated_is_outside_the_verified_table_and_owes_nothing(world):
    await world.list_all()
    await world.issue("PRE_ALLOCATION", PRE)
    accepted(await world.register(entity(4)))
    await world.issue("VERIFIED", VERIFIED)
    assert [row.credit_code for row in (await rows_of(world, VERIFIED)).rows] == [FIRST, SECOND]
    assert [row[0] for row in await world.book("compliance")] == [FIRST, SECOND]


async def test_a_transmission_tells_everything_that_the_registry_needs(world):
    await world.list_all()
    table = await world.compute("PRE_ALLOCATION")
    answer = await world.transmit(PRE)
    assert answer.revision == 1
    (event,) = await world.events(mrv_events_pb2.AllocationTableTransmitted)
    assert (event.table_no, event.province_code, event.period, event.kind, event.revision, event.digest) == (
        PRE,
        PROVINCE,
        PERIOD,
        types_pb.ALLOCATION_KIND_PRE_ALLOCATION,
        1,
        table.digest,
    )
    assert [row.unit for row in event.unit_rows] == [unit(1), unit(2)]
    assert [row.output for row in event.unit_rows] == [year(1, 2018), year(2, 2018)]
    assert [row.allowance_tco2e for row in event.unit_rows] == [PRE_YEAR_TCO2E, PRE_YEAR_TCO2E]
    assert list(event.entity_rows) == list((await rows_of(world, PRE)).rows)
    assert (await world.transmit(PRE)).revision == 2


async def test_only_a_table_that_exists_in_the_province_is_sent_or_sealed(world):
    with pytest.raises(TableNotFound):
        await world.transmit(PRE)
    await world.list_all()
    await world.compute("PRE_ALLOCATION", OTHER_PROVINCE)
    with pytest.raises(TableNotFound):
        await world.transmit(f"{PERIOD}/PRE/{OTHER_PROVINCE}")
    with pytest.raises(TableNotFound):
        await world.seal(f"{PERIOD}/PRE/{OTHER_PROVINCE}", seal_of(b"d" * 32))


async def test_differences_are_stored_and_a_new_transmission_may_agree(world):
    await world.list_all()
    await world.compute("PRE_ALLOCATION")
    await world.transmit(PRE)
    found = difference(1, "issue_tco2e", PRE_TCO2E, PRE_TCO2E - 1)
    await world.tell(ALLOCATION, recomputed(PRE, 1, found))
    table = await world.table(PRE)
    assert table.status == types_pb.ALLOCATION_TABLE_STATUS_DIFFERENT
    assert list(table.differences) == [found]
    await world.compute("PRE_ALLOCATION")
    await world.transmit(PRE)
    await world.tell(ALLOCATION, recomputed(PRE, 1), recomputed(PRE, 2))
    table = await world.table(PRE)
    assert table.status == types_pb.ALLOCATION_TABLE_STATUS_AGREED
    assert list(table.differences) == []


async def test_a_seal_is_genuine_and_of_the_tables_own_province(world):
    await world.list_all()
    table = await world.compute("PRE_ALLOCATION")
    with pytest.raises(TableNotTransmitted):
        await world.seal(PRE, seal_of(table.digest))
    await world.transmit(PRE)
    before = await world.state()
    foreign = seal_of(table.digest, key=OTHER_PROVINCE_KEY, key_id=f"province/{OTHER_PROVINCE}")
    with pytest.raises(SealKeyForeign):
        await world.seal(PRE, foreign)
    with pytest.raises(SealInvalid):
        await world.seal(PRE, seal_of(table.digest, key=OTHER_PROVINCE_KEY))
    with pytest.raises(SealInvalid):
        await world.seal(PRE, seal_of(b"short"))
    assert await world.state() == before
    sealed = (await world.seal(PRE, seal_of(table.digest))).table
    assert sealed.status == types_pb.ALLOCATION_TABLE_STATUS_SEALED
    (event,) = await world.events(mrv_events_pb2.AllocationTableSealed)
    assert (event.table_no, event.revision, event.seal, event.sealed_by) == (
        PRE,
        1,
        seal_of(table.digest),
        "official",
    )


async def test_a_seal_over_other_figures_is_told_as_it_is(world):
    await world.list_all()
    await world.compute("PRE_ALLOCATION")
    await world.transmit(PRE)
    await world.seal(PRE, seal_of(b"x" * 32))
    (event,) = await world.events(mrv_events_pb2.AllocationTableSealed)
    assert event.seal.digest == b"x" * 32


async def test_an_issued_table_never_changes_and_imposes_obligations(world):
    await world.allocate()
    for table_no, kind in ((PRE, "PRE_ALLOCATION"), (VERIFIED, "VERIFIED")):
        assert (await world.table(table_no)).status == types_pb.ALLOCATION_TABLE_STATUS_ISSUED
        with pytest.raises(TableAlreadyIssued):
            await world.compute(kind)
        with pytest.raises(TableAlreadyIssued):
            await world.transmit(table_no)
        with pytest.raises(TableAlreadyIssued):
            await world.seal(table_no, seal_of(b"d" * 32))
    assert outcomes(await world.record(*years(1))) == ["TABLE_ALREADY_TRANSMITTED"] * 3
    obligations = [row[:3] for row in await world.book("compliance")]
    assert obligations == [(n, PERIOD, str(OBLIGATION_TCO2E)) for n in (FIRST, SECOND)]
    rows = [row[:2] + row[4:] for row in await world.book("allocation_rows") if row[0] == VERIFIED]
    assert rows == [
        (VERIFIED, n, str(VERIFIED_TCO2E - PRE_TCO2E), str(2 * EMISSIONS_TCO2E), str(OBLIGATION_TCO2E), "0")
        for n in (FIRST, SECOND)
    ]


async def test_what_is_issued_is_the_transmission_that_the_registry_names(world):
    await world.list_all()
    table = await world.compute("PRE_ALLOCATION")
    await world.transmit(PRE)
    await world.seal(PRE, seal_of(table.digest))
    await world.compute("PRE_ALLOCATION")
    await world.tell(ALLOCATION, issued(PRE, 1))
    shown = await world.table(PRE)
    assert (shown.status, shown.digest, shown.seal) == (
        types_pb.ALLOCATION_TABLE_STATUS_ISSUED,
        table.digest,
        seal_of(table.digest),
    )


async def test_a_table_reads_as_it_stood_at_any_moment(world):
    await world.list_all()
    first = await world.compute("PRE_ALLOCATION")
    world.clock.set(START + timedelta(hours=1))
    accepted(await world.record(year(1, 2018, net_supply_mwh="1000000")))
    second = await world.compute("PRE_ALLOCATION")
    assert second.issue_tco2e < first.issue_tco2e
    then = {"as_of": to_timestamp(START)}
    assert (await world.table(PRE, **then)).digest == first.digest
    assert (await world.table(PRE)).digest == second.digest
    assert {row.issue_tco2e for row in (await rows_of(world, PRE, **then)).rows} == {PRE_TCO2E}
    before = {"as_of": to_timestamp(START - timedelta(seconds=1))}
    with pytest.raises(TableNotFound):
        await world.table(PRE, **before)
    with pytest.raises(TableNotFound):
        await rows_of(world, f"{PERIOD}/PRE/{OTHER_PROVINCE}")


async def test_rows_come_in_pages(world):
    await world.list_all()
    await world.compute("PRE_ALLOCATION")
    first = await rows_of(world, PRE, page=PageRequest(page_size=1))
    assert [row.credit_code for row in first.rows] == [FIRST]
    rest = await rows_of(world, PRE, page=PageRequest(page_size=1, page_token=first.page.next_page_token))
    assert [row.credit_code for row in rest.rows] == [SECOND]
    assert rest.page.next_page_token == ""
