"""Tables from 2021 on, from the transmission to holdings, books, events and reads."""

import asyncio
from datetime import timedelta

import pytest
from allocation_messages import PRE, entity, pre_2021, pre_2022, table, unit, verified_2021, verified_2022
from ets.registry.v1 import registry_allocation_service_pb2 as pb
from ets.registry.v1 import registry_allocation_service_pb2_grpc as services
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.registry.v1 import registry_service_pb2 as registry_pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import DEFICIT, PROVINCE, SURPLUS, sealed
from registry_world import ALLOCATION, reasons
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError


async def issue(world, *messages):
    for message in messages:
        await world.tell(ALLOCATION, message, sealed(message))
        await world.issue(message.table_no)


async def decide(world, *decisions, province_code=PROVINCE, request_id=None):
    channel = world.served.channel("ROLE_PROVINCE", provinces=[PROVINCE], subject="official")
    return await services.RegistryAllocationServiceStub(channel).RecordAllocationAdjustments(
        pb.RecordAllocationAdjustmentsRequest(
            request_id=request_id or world.request_id(), province_code=province_code, decisions=decisions
        )
    )


def correction(change_tco2e, *, credit_code=DEFICIT, from_period="2022"):
    return pb.AllocationAdjustmentDecision(
        credit_code=credit_code,
        from_period=from_period,
        kind=registry_types_pb2.ALLOCATION_ADJUSTMENT_KIND_CORRECTION,
        change_tco2e=change_tco2e,
        document_no="鲁环函〔2023〕1号",
    )


def reads(world, *roles, **scopes):
    channel = world.served.channel(*(roles or ("ROLE_AUDITOR",)), **scopes)
    return services.RegistryAllocationQueryServiceStub(channel)


async def test_borrowed_and_earmarked_allowances_are_in_holdings_books_and_events(world):
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    assert await world.holdings(f"R-E-{DEFICIT}") == {
        ("BORROWED-2023", "registered"): 75_000,
        ("CEA-2021", "registered"): 850_000,
    }
    assert await world.holdings("R-P-37") == {("CEA-2021", "registered"): 1_200_000}
    verified = verified_2021().table_no
    assert await world.book("issuance_adjustments") == [
        (verified, DEFICIT, "0", "0", "75000", "0"),
        (verified, SURPLUS, "0", "0", "0", "1200000"),
    ]
    assert await world.book("allocation_adjustments") == [
        (DEFICIT, "2023", "1", "borrowed", "75000", "75000", verified)
    ]
    assert await world.book("earmarked_allowances") == [
        (SURPLUS, "CEA-2021", "1", PROVINCE, "issued", "1200000", "1200000", verified)
    ]
    told = await world.events(registry_events_pb2.AllowancesIssued)
    assert [(event.borrowed_tco2e, event.earmarked_tco2e) for event in told] == [(0, 0), (75_000, 1_200_000)]
    (adjusted,) = await world.events(registry_events_pb2.AllocationAdjustmentChanged)
    assert adjusted.adjustment.kind == registry_types_pb2.ALLOCATION_ADJUSTMENT_KIND_BORROWED
    (earmarked,) = await world.events(registry_events_pb2.AllowancesEarmarked)
    assert earmarked.earmark.quantity_tco2e == 1_200_000
    notices = await world.events(registry_events_pb2.ComplianceNoticeIssued)
    assert [(one.credit_code, one.is_through_province) for one in notices] == [
        (DEFICIT, False),
        (SURPLUS, True),
    ]


async def test_every_figure_of_a_later_table_that_differs_is_named(world):
    await world.list_and_open()
    wrong = verified_2021(borrowed=75_001, adjustment=5, top_up=1, second={"borrowed": 1})
    wrong.unit_rows[0].top_up_tco2e = 3
    await issue(world, pre_2021())
    await world.tell(ALLOCATION, wrong)
    told = (await world.events(registry_events_pb2.AllocationTableRecomputed))[-1]
    assert [(one.credit_code, one.column, one.transmitted_tco2e, one.recomputed_tco2e) for one in told.differences] == [
        (DEFICIT, "top_up_tco2e", 3, 0),
        (DEFICIT, "top_up_tco2e", 1, 0),
        (DEFICIT, "adjustment_tco2e", 5, 0),
        (DEFICIT, "borrowed_tco2e", 75_001, 75_000),
        (SURPLUS, "borrowed_tco2e", 1, 0),
    ]  # fmt: skip


async def test_deductions_are_read_as_of_any_moment_and_by_whom_they_concern(world):
    await world.list_and_open()
    assert reasons(await decide(world, correction(70_000), correction(5, credit_code=SURPLUS))) == ["", ""]
    before = to_timestamp(world.clock.now())
    world.clock.set(world.clock.now() + timedelta(days=1))
    await issue(world, pre_2022(), verified_2022())
    everything = pb.ListAllocationAdjustmentsRequest()
    answer = await reads(world).ListAllocationAdjustments(everything)
    assert [
        (one.credit_code, one.ordinal, one.change_tco2e, one.remainder_tco2e) for one in answer.adjustments
    ] == [
        (DEFICIT, 1, 70_000, 70_000),
        (DEFICIT, 2, -50_000, 20_000),
        (DEFICIT, 3, 20_000, 40_000),
        (SURPLUS, 1, 5, 5),
    ]
    earlier = pb.ListAllocationAdjustmentsRequest(as_of=before, province_code=PROVINCE)
    at_first = await reads(world).ListAllocationAdjustments(earlier)
    assert [one.remainder_tco2e for one in at_first.adjustments] == [70_000, 5]
    own = reads(world, "ROLE_EMITTER", entities=[SURPLUS])
    mine = await own.ListAllocationAdjustments(pb.ListAllocationAdjustmentsRequest(credit_code=SURPLUS))
    assert [one.credit_code for one in mine.adjustments] == [SURPLUS]
    other = await reads(world).ListAllocationAdjustments(
        pb.ListAllocationAdjustmentsRequest(province_code="11")
    )
    assert list(other.adjustments) == []


async def test_lists_go_on_where_a_page_ends(world):
    await world.list_and_open()
    await decide(world, correction(1), correction(2), correction(3))
    await issue(world, pre_2021(), verified_2021())
    request = pb.ListAllocationAdjustmentsRequest(credit_code=DEFICIT, page={"page_size": 2})
    first = await reads(world).ListAllocationAdjustments(request)
    request.page.page_token = first.page.next_page_token
    second = await reads(world).ListAllocationAdjustments(request)
    assert [(one.from_period, one.ordinal) for one in (*first.adjustments, *second.adjustments)] == [
        ("2022", 1),
        ("2022", 2),
        ("2022", 3),
        ("2023", 1),
    ]
    earmarks = await reads(world).ListEarmarkedAllowances(
        pb.ListEarmarkedAllowancesRequest(province_code=PROVINCE)
    )
    assert [(one.credit_code, one.quantity_tco2e) for one in earmarks.earmarks] == [(SURPLUS, 1_200_000)]


async def test_a_decision_is_recorded_once(world):
    await world.list_and_open()
    first = await decide(world, correction(5), correction(-6), request_id="once")
    assert reasons(first) == ["", "ADJUSTMENT_EXCEEDED"]
    state = await world.state()
    assert await decide(world, correction(5), correction(-6), request_id="once") == first
    assert await world.state() == state


async def test_two_tables_at_once_do_not_deduct_the_same_twice(world):
    """REG-51: what the first one deducted is gone for the second, which is transmitted again."""
    await world.list_and_open()
    await decide(world, correction(100, from_period="2021"))
    tables = [
        pre_2021(issue=699_900, adjustment=100, deducted=100),
        table(
            "2022",
            PRE,
            [unit(1, year=2021, emissions=1_000, allowance=700)],
            [entity(1, pre_allocated=700, issue=600, adjustment=100, deducted=100)],
        ),
    ]
    for message in tables:
        await world.tell(ALLOCATION, message, sealed(message))
    numbers = [message.table_no for message in tables]
    await world.operator.InitiateIssuances(
        registry_pb.InitiateIssuancesRequest(request_id=world.request_id(), table_nos=numbers)
    )
    answers = await asyncio.gather(
        *(
            world.second_operator.ConfirmIssuances(
                registry_pb.ConfirmIssuancesRequest(request_id=world.request_id(), table_nos=[number])
            )
            for number in numbers
        )
    )
    assert sorted(reason for answer in answers for reason in reasons(answer)) == ["", "TABLE_OUTDATED"]
    changes = [row[3:6] for row in await world.book("allocation_adjustments")]
    assert changes == [("correction", "100", "100"), ("deducted", "-100", "0")]


async def test_a_table_of_a_scope_without_plan_is_set_aside(world):
    await world.list_and_open()
    message = pre_2021()
    message.scope = 2
    message.table_no += "/industry"
    del message.unit_rows[:]
    await world.tell(ALLOCATION, message)
    assert await world.dead_letters() == ["PERIOD_UNKNOWN"]


@pytest.mark.parametrize(
    "number", ["2021/PRE/37/1", "2021/PRE/37/industry", "2021/CHANGED/37", "2021/PRE/11"]
)
async def test_a_table_with_another_number_than_its_own_is_set_aside(world, number):
    await world.list_and_open()
    message = pre_2021()
    message.table_no = number
    if "CHANGED" in number:
        message.kind = 3
    await world.tell(ALLOCATION, message)
    assert await world.dead_letters() == ["MALFORMED_REQUEST"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("emissions_tco2e", -1), ("emissions_tco2e", 10**12 + 1), ("heat_supply_gj", "-0.001")],
)
async def test_a_table_with_data_that_cannot_be_is_set_aside(world, field, value):
    await world.list_and_open()
    message = pre_2021()
    setattr(message.unit_rows[0].output, field, value)
    await world.tell(ALLOCATION, message)
    assert await world.dead_letters() == ["MALFORMED_REQUEST"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO allocation_adjustment VALUES ('a', '2021', 1, 'other', -1, -1, '', '', now())",
        "INSERT INTO allocation_adjustment VALUES ('a', '2021', 1, 'other', 1, 2, '', '', now())",
        "INSERT INTO earmarked_allowance VALUES ('a', 'CEA-2021', 1, '37', 'issued', -1, -1, '', now())",
        "INSERT INTO earmarked_allowance VALUES ('a', 'CEA-2021', 1, '37', 'issued', 1, 2, '', now())",
        "UPDATE issuance_row SET deducted_tco2e = 1",
        "UPDATE issuance_row SET issue_tco2e = issue_tco2e + 1",
        "UPDATE issuance_row SET remainder_tco2e = 1",
    ],
)
async def test_the_database_refuses_what_no_table_can_say(world, statement):
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    with pytest.raises(IntegrityError):
        async with world.database.begin() as transaction:
            await transaction.connection.execute(text(statement))


@pytest.mark.parametrize("history", ["allocation_adjustment", "earmarked_allowance"])
async def test_the_database_alters_no_change_that_was_recorded(world, history):
    """REG-53, REG-56."""
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    for statement in (f"UPDATE {history} SET reference = ''", f"DELETE FROM {history}"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.database.begin() as transaction:
                await transaction.connection.execute(text(statement))
