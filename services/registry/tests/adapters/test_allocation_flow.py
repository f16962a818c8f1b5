"""Tables: recomputed, matched with their seal, issued by two people, obligations told."""

from datetime import UTC, timedelta

from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.domain.clock import business_date
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.issuing import issue_due_date
from registry_messages import (
    CEA,
    DEFICIT,
    PERIOD,
    PRE_TCO2E,
    STRANGER_KEY,
    SURPLUS,
    VERIFIED_TCO2E,
    pre_table,
    sealed,
    verified_table,
)
from registry_world import ALLOCATION, reasons

PRE, VERIFIED = pre_table().table_no, verified_table().table_no


async def statuses(world):
    return {row[0]: row[2] for row in await world.book("issuances")}


async def test_matched_tables_are_issued_and_every_entity_is_told_what_it_owes(world):
    await world.allocate()
    assert await statuses(world) == {PRE: "issued", VERIFIED: "issued"}
    assert await world.holdings(f"R-E-{DEFICIT}") == {(CEA, "registered"): VERIFIED_TCO2E}
    assert await world.holdings("R-P-37") == {}
    notices = await world.events(registry_events_pb2.ComplianceNoticeIssued)
    assert [
        (notice.credit_code, notice.obligation_tco2e, notice.offset_limit_tco2e) for notice in notices
    ] == [
        (DEFICIT, 5_800_000, 290_000),
        (SURPLUS, 5_000_000, 250_000),
    ]
    assert notices[0].deadline_time.ToJsonString() == "2021-12-31T09:00:00Z"
    issued = await world.events(registry_events_pb2.AllowancesIssued)
    assert [(event.table_no, event.issue_tco2e) for event in issued] == [
        (PRE, 2 * PRE_TCO2E),
        (VERIFIED, 2 * (VERIFIED_TCO2E - PRE_TCO2E)),
    ]
    assert (issued[0].initiated_by, issued[0].confirmed_by) == ("first", "second")
    blocks = await world.book("blocks")
    assert {row[3] for row in blocks} == {
        f"{table}/{code}" for table in (PRE, VERIFIED) for code in (DEFICIT, SURPLUS)
    }


async def test_a_table_that_agrees_is_told_without_differences(world):
    await world.list_and_open()
    await world.tell(ALLOCATION, pre_table())
    told = await world.events(registry_events_pb2.AllocationTableRecomputed)
    assert [(event.table_no, event.revision, len(event.differences)) for event in told] == [(PRE, 1, 0)]
    assert await statuses(world) == {PRE: "agreed"}


async def test_a_figure_that_differs_is_told_and_stops_the_issuance(world):
    await world.list_and_open()
    table = pre_table()
    table.entity_rows[0].issue_tco2e += 1
    await world.tell(ALLOCATION, table, sealed(table))
    told = (await world.events(registry_events_pb2.AllocationTableRecomputed))[0]
    assert [(d.credit_code, d.column, d.transmitted_tco2e, d.recomputed_tco2e) for d in told.differences] == [
        (DEFICIT, "issue_tco2e", PRE_TCO2E + 1, PRE_TCO2E),
        ("", "digest", 0, 0),
    ]
    assert await statuses(world) == {PRE: "different"}
    answer = await world.operator.InitiateIssuances(
        pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE])
    )
    assert reasons(answer) == ["TABLE_NOT_MATCHED"]


async def test_a_corrected_revision_takes_the_place_of_one_that_differed(world):
    await world.list_and_open()
    wrong = pre_table()
    wrong.unit_rows[0].allowance_tco2e -= 1
    right = pre_table(revision=2)
    await world.tell(ALLOCATION, wrong, right, sealed(right))
    assert await statuses(world) == {PRE: "matched"}
    await world.tell(ALLOCATION, wrong)
    assert await world.dead_letters() == ["TABLE_REVISION_STALE"]


async def test_a_table_shows_when_it_matched_by_when_it_is_due_and_when_it_was_issued(world):
    await world.list_and_open()
    start = world.clock.now()
    await world.tell(ALLOCATION, pre_table())
    world.clock.set(start + timedelta(hours=1))
    await world.tell(ALLOCATION, sealed(pre_table()))
    world.clock.set(start + timedelta(hours=2))
    await world.operator.InitiateIssuances(pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE]))
    world.clock.set(start + timedelta(hours=3))
    await world.second_operator.ConfirmIssuances(pb.ConfirmIssuancesRequest(request_id="c", table_nos=[PRE]))

    async def shown(**moment):
        request = pb.ListIssuancesRequest(province_code="37", period=PERIOD, **moment)
        (table,) = (await world.reads().ListIssuances(request)).issuances
        times = (table.matched_time, table.initiated_time, table.confirmed_time)
        return [time.ToDatetime(UTC) if time.seconds else None for time in times], table.issue_due_date

    hours = [start + timedelta(hours=hour) for hour in (1, 2, 3)]
    due = issue_due_date(business_date(hours[0]), load_work_calendar()).isoformat()
    assert await shown() == (hours, due)
    assert await shown(as_of=to_timestamp(hours[0])) == ([hours[0], None, None], due)
    assert await shown(as_of=to_timestamp(start)) == ([None, None, None], "")


async def test_a_seal_over_other_data_does_not_match(world):
    await world.list_and_open()
    table = pre_table()
    await world.tell(ALLOCATION, table, sealed(table, digest=b"d" * 32))
    assert await statuses(world) == {PRE: "seal_different"}


async def test_a_seal_of_a_stranger_does_not_match(world):
    await world.list_and_open()
    table = pre_table()
    await world.tell(ALLOCATION, table, sealed(table, key=STRANGER_KEY))
    assert await statuses(world) == {PRE: "seal_different"}
    answer = await world.operator.InitiateIssuances(
        pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE])
    )
    assert reasons(answer) == ["TABLE_NOT_MATCHED"]


async def test_one_person_does_not_issue_alone(world):
    await world.list_and_open()
    await world.tell(ALLOCATION, pre_table(), sealed(pre_table()))
    confirm = pb.ConfirmIssuancesRequest(request_id="c1", table_nos=[PRE, "2019-2020/PRE/11"])
    assert reasons(await world.second_operator.ConfirmIssuances(confirm)) == [
        "ISSUANCE_NOT_INITIATED",
        "TABLE_NOT_FOUND",
    ]
    await world.operator.InitiateIssuances(pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE]))
    before = await world.state()
    alone = await world.operator.ConfirmIssuances(
        pb.ConfirmIssuancesRequest(request_id="c2", table_nos=[PRE])
    )
    assert reasons(alone) == ["SAME_PERSON"]
    assert await world.state() == before
    again = pb.ConfirmIssuancesRequest(request_id="c3", table_nos=[PRE])
    first = await world.second_operator.ConfirmIssuances(again)
    after = await world.state()
    assert reasons(first) == [""]
    assert await world.second_operator.ConfirmIssuances(again) == first
    twice = pb.ConfirmIssuancesRequest(request_id="c4", table_nos=[PRE])
    assert reasons(await world.second_operator.ConfirmIssuances(twice)) == ["TABLE_ALREADY_ISSUED"]
    assert await world.state() == after


async def test_a_true_up_waits_for_its_pre_allocation(world):
    await world.list_and_open()
    tables = [pre_table(), verified_table()]
    await world.tell(ALLOCATION, *tables, *(sealed(table) for table in tables))
    await world.operator.InitiateIssuances(
        pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE, VERIFIED])
    )
    confirm = pb.ConfirmIssuancesRequest(request_id="c", table_nos=[VERIFIED, PRE, VERIFIED])
    assert reasons(await world.second_operator.ConfirmIssuances(confirm)) == [
        "PRE_ALLOCATION_NOT_ISSUED",
        "",
        "",
    ]


async def test_a_verified_table_without_its_pre_allocation_is_not_issued(world):
    await world.list_and_open()
    await world.tell(ALLOCATION, verified_table(), sealed(verified_table()))
    told = (await world.events(registry_events_pb2.AllocationTableRecomputed))[0]
    assert [found.credit_code for found in told.differences if found.column == "credit_code"] == [
        DEFICIT,
        SURPLUS,
    ]
    answer = await world.operator.InitiateIssuances(
        pb.InitiateIssuancesRequest(request_id="i", table_nos=[VERIFIED])
    )
    assert reasons(answer) == ["TABLE_NOT_MATCHED"]


async def test_a_table_with_an_entity_whose_account_is_closed_issues_nothing(world):
    await world.list_and_open()
    closing = types_pb.Closing(reason=types_pb.CLOSING_REASON_DISSOLVED)
    await world.desk.changed(f"R-E-{SURPLUS}", closing=closing)
    await world.tell(ALLOCATION, pre_table(), sealed(pre_table()))
    await world.operator.InitiateIssuances(pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE]))
    confirm = pb.ConfirmIssuancesRequest(request_id="c", table_nos=[PRE])
    assert reasons(await world.second_operator.ConfirmIssuances(confirm)) == ["ACCOUNT_CLOSED"]
    assert await world.book("holdings") == []
