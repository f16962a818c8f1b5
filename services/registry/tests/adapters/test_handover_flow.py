"""Hand-overs: taken whole or rejected whole, answered row by row, credits made once."""

import pytest
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from registry_messages import DEFICIT, PROVINCE, STRANGER_KEY, cancellation_row, handover, project
from registry_world import HANDOVERS, PROJECTS, reasons

OFFSET = "OFFSET-WIND1-2015"


async def create(world, day="2021-10-26"):
    return await world.scheduler.RunOffsetCreditCreation(
        pb.RunOffsetCreditCreationRequest(request_id=world.request_id(), business_date=day)
    )


async def test_accepted_rows_become_credits_with_the_serials_of_their_ccer(world):
    await world.allocate()
    await world.tell(HANDOVERS, handover("2021-10-26", cancellation_row(1, quantity=1_000, start=501)))
    acknowledged = (await world.acknowledgements())[0]
    assert not acknowledged.HasField("error")
    assert [(row.row_no, row.is_accepted) for row in acknowledged.rows] == [(1, True)]
    created = await create(world)
    assert (created.row_count, created.quantity_tco2e) == (1, 1_000)
    assert (await world.holdings(f"R-E-{DEFICIT}"))[OFFSET, "registered"] == 1_000
    number = cancellation_row(1).cancellation.cancellation_no
    assert (OFFSET, "501", "1500", number, f"R-E-{DEFICIT}", "registered") in await world.book("blocks")
    told = await world.events(registry_events_pb2.OffsetCreditsCreated)
    assert [(event.cancellation_no, event.handover_no, event.product) for event in told] == [
        (number, f"H-2021-10-26-{PROVINCE}", OFFSET)
    ]


async def test_credits_are_created_once_and_not_before_their_day(world):
    await world.allocate()
    await world.tell(HANDOVERS, handover("2021-10-27", cancellation_row(1)))
    assert (await create(world, "2021-10-26")).row_count == 0
    assert (await create(world, "2021-10-27")).row_count == 1
    state = await world.state()
    assert (await create(world, "2021-10-27")).row_count == 0
    assert await world.state() == state


async def test_a_day_without_rows_is_taken_and_carries_the_chain(world):
    await world.allocate()
    first = handover("2021-10-26")
    second = handover("2021-10-27", cancellation_row(1), previous=first.manifest.manifest_digest)
    await world.tell(HANDOVERS, first, second)
    answers = await world.acknowledgements()
    assert [(answer.handover_no, len(answer.rows), answer.HasField("error")) for answer in answers] == [
        (f"H-2021-10-26-{PROVINCE}", 0, False),
        (f"H-2021-10-27-{PROVINCE}", 1, False),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"row_count": 2}, "HANDOVER_COUNT_WRONG"),
        ({"quantity_tco2e": 999}, "HANDOVER_SUM_WRONG"),
        ({"rows_digest": b"x" * 32}, "HANDOVER_DIGEST_WRONG"),
        ({"manifest_digest": b"x" * 32}, "HANDOVER_DIGEST_WRONG"),
        ({"key": STRANGER_KEY}, "SEAL_INVALID"),
        ({"previous": b"x" * 32}, "HANDOVER_CHAIN_BROKEN"),
    ],
)
async def test_a_false_hand_over_is_rejected_whole_and_the_right_one_is_taken_afterwards(
    world, changes, reason
):
    await world.allocate()
    rows = await world.book("handover_rows")
    await world.tell(HANDOVERS, handover("2021-10-26", cancellation_row(1), **changes))
    answer = (await world.acknowledgements())[0]
    assert (answer.error.reason, len(answer.rows)) == (reason, 0)
    assert await world.book("handover_rows") == rows == []
    assert [row[4] for row in await world.book("handovers")] == ["0"]
    assert (await create(world)).row_count == 0
    await world.tell(HANDOVERS, handover("2021-10-26", cancellation_row(1)))
    assert not (await world.acknowledgements())[1].HasField("error")


async def test_a_hand_over_out_of_order_or_with_a_gap_is_rejected(world):
    await world.allocate()
    first = handover("2021-10-26")
    second = handover("2021-10-27", previous=first.manifest.manifest_digest)
    third = handover("2021-10-28", previous=second.manifest.manifest_digest)
    other = handover("2021-10-26", cancellation_row(1))
    await world.tell(HANDOVERS, first, third, second, other, third)
    assert [answer.error.reason for answer in await world.acknowledgements()] == [
        "",
        "HANDOVER_CHAIN_BROKEN",
        "",
        "HANDOVER_OUT_OF_ORDER",
        "",
    ]


async def test_a_row_is_taken_once_on_one_day_or_on_two(world):
    await world.allocate()
    first = handover("2021-10-26", cancellation_row(1), cancellation_row(2))
    second = handover(
        "2021-10-27",
        cancellation_row(1),
        cancellation_row(2, ordinal=2, start=1_001),
        previous=first.manifest.manifest_digest,
    )
    await world.tell(HANDOVERS, first, second)
    assert [reasons_of(answer) for answer in await world.acknowledgements()] == [
        ["", "HANDOVER_ROW_DUPLICATE"],
        ["HANDOVER_ROW_DUPLICATE", ""],
    ]


def reasons_of(answer):
    return [row.error.reason for row in answer.rows]


async def test_rows_that_cannot_offset_are_rejected_one_by_one(world):
    await world.allocate()
    await world.tell(PROJECTS, project("PLANT1", inside=True))
    marked = cancellation_row(2, ordinal=2)
    marked.is_inside_national_market = True
    unknown = cancellation_row(3, ordinal=3, number=77)
    elsewhere = cancellation_row(4, ordinal=4, province_code="11")
    renamed = cancellation_row(5, ordinal=5)
    renamed.cancellation.entity_name = "别的企业"
    torn = cancellation_row(6, ordinal=6)
    torn.cancellation.quantity_tco2e = 999
    rows = [
        cancellation_row(1, project_no="PLANT1"),
        marked,
        unknown,
        elsewhere,
        renamed,
        torn,
        cancellation_row(7, ordinal=7, quantity=290_001, confirmed=400_000),
        cancellation_row(8, ordinal=8, quantity=11, confirmed=10),
        cancellation_row(9, ordinal=9, quantity=290_000),
        cancellation_row(10, ordinal=10, quantity=1, start=7, number=2),
    ]
    await world.tell(HANDOVERS, handover("2021-10-26", *rows))
    assert reasons_of((await world.acknowledgements())[0]) == [
        "PROJECT_INSIDE_NATIONAL_MARKET",
        "PROJECT_INSIDE_NATIONAL_MARKET",
        "ENTITY_UNKNOWN",
        "PROVINCE_MISMATCH",
        "NAME_MISMATCH",
        "HANDOVER_ROW_QUANTITY_WRONG",
        "OFFSET_LIMIT_EXCEEDED",
        "HANDOVER_ROW_ABOVE_CONFIRMED",
        "",
        "CREDITS_CREATED_ALREADY",
    ]
    assert (await create(world)).quantity_tco2e == 290_000


async def test_serials_that_became_credits_do_not_become_others(world):
    await world.allocate()
    first = handover("2021-10-26", cancellation_row(1, quantity=100, start=1))
    await world.tell(HANDOVERS, first)
    await create(world)
    second = handover(
        "2021-10-27",
        cancellation_row(1, ordinal=2, quantity=10, start=100),
        previous=first.manifest.manifest_digest,
    )
    await world.tell(HANDOVERS, second)
    assert reasons_of((await world.acknowledgements())[1]) == ["CREDITS_CREATED_ALREADY"]


async def test_a_row_needs_an_account_and_an_obligation(world):
    await world.list_and_open()
    await world.tell(HANDOVERS, handover("2021-10-26", cancellation_row(1)))
    assert reasons_of((await world.acknowledgements())[0]) == ["OBLIGATION_NOT_FOUND"]


async def test_credits_are_never_transferable(world):
    await world.allocate()
    await world.credit()
    wanted = pb.TradingTransfer(credit_code=DEFICIT, product=OFFSET, quantity_tco2e=1)
    answer = await world.emitters.TransferToTrading(
        pb.TransferToTradingRequest(request_id="t", transfers=[wanted])
    )
    assert reasons(answer) == ["PRODUCT_NOT_TRADABLE"]
