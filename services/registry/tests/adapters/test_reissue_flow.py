"""Hand-overs that are issued again: taken when the earlier issue was rejected, answered alike when it was taken."""

from ets.registry.v1 import registry_service_pb2 as pb
from registry_messages import DEFICIT, PROVINCE, STRANGER_KEY, cancellation_row, handover, project
from registry_world import HANDOVERS, PROJECTS

OFFSET = "OFFSET-WIND1-2015"


def again(message, issue_no=2):
    """The same hand-over, issued once more."""
    made = type(message)()
    made.CopyFrom(message)
    made.issue_no = issue_no
    return made


async def create(world, day="2021-10-27"):
    answer = await world.scheduler.RunOffsetCreditCreation(
        pb.RunOffsetCreditCreationRequest(request_id=world.request_id(), business_date=day)
    )
    return answer.quantity_tco2e


async def answers(world):
    """Issue and reasons of every answer: that of the whole, or those of the rows."""
    return [
        (one.issue_no, one.error.reason if one.HasField("error") else [row.error.reason for row in one.rows])
        for one in await world.acknowledgements()
    ]


async def test_a_rejected_hand_over_and_what_followed_it_are_taken_when_issued_again(world):
    await world.allocate()
    first = handover("2021-10-26", cancellation_row(1, quantity=600))
    torn = handover("2021-10-26", cancellation_row(1, quantity=600), key=STRANGER_KEY)
    row = cancellation_row(1, ordinal=2, quantity=400, start=1_001)
    second = handover("2021-10-27", row, previous=first.manifest.manifest_digest)
    await world.tell(HANDOVERS, torn, second)
    assert await create(world) == 0
    await world.tell(HANDOVERS, again(first), again(second))
    assert await answers(world) == [(1, "SEAL_INVALID"), (1, "HANDOVER_CHAIN_BROKEN"), (2, [""]), (2, [""])]
    assert await create(world) == 1_000
    assert (await world.holdings(f"R-E-{DEFICIT}"))[OFFSET, "registered"] == 1_000
    assert [(row[0], row[4]) for row in await world.book("handovers") if row[4] == "1"] == [
        (f"H-2021-10-26-{PROVINCE}", "1"),
        (f"H-2021-10-27-{PROVINCE}", "1"),
    ]


async def test_a_taken_hand_over_issued_again_is_answered_alike_and_changes_nothing(world):
    await world.allocate()
    rows = [cancellation_row(1, quantity=600), cancellation_row(2, ordinal=2, start=5_001, number=77)]
    first = handover("2021-10-26", *rows)
    empty = handover("2021-10-27", previous=first.manifest.manifest_digest)
    await world.tell(HANDOVERS, first, empty)
    assert await create(world) == 600
    state = await world.state()
    await world.tell(HANDOVERS, again(first), again(empty))
    assert await answers(world) == [
        (1, ["", "ENTITY_UNKNOWN"]),
        (1, []),
        (2, ["", "ENTITY_UNKNOWN"]),
        (2, []),
    ]
    assert await world.state() == state
    assert await create(world) == 0


async def test_a_row_rejected_for_its_own_reason_is_judged_again_and_makes_its_credits_once(world):
    await world.allocate()
    await world.tell(PROJECTS, project("WIND1", inside=True))
    rows = [
        cancellation_row(1, quantity=600),
        cancellation_row(2, ordinal=2, quantity=400, start=1_001, project_no="SOLAR1"),
    ]
    first = handover("2021-10-26", *rows)
    await world.tell(HANDOVERS, first)
    assert await create(world) == 400
    await world.tell(PROJECTS, project("WIND1", inside=False))
    await world.tell(HANDOVERS, again(first))
    assert await create(world) == 600
    await world.tell(HANDOVERS, again(first, 3))
    assert await answers(world) == [
        (1, ["PROJECT_INSIDE_NATIONAL_MARKET", ""]),
        (2, ["", ""]),
        (3, ["", ""]),
    ]
    assert [row[6:] for row in await world.book("handover_rows")] == [("1", "1")] * 2
    assert await create(world) == 0
