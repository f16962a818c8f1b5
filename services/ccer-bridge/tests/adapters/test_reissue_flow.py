"""Hand-overs issued again: over gRPC, in the database, in the event, and as of a moment before."""

import pytest
from ccer_bridge.domain.errors import HandoverNotFound
from ccer_messages import PROVINCE, acknowledgement, application_no, shanghai
from ccer_world import OFFSETS
from ets.ccer.v1 import ccer_events_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets_kernel.domain.errors import MalformedRequest, ProvinceUnknown, RequestIdReused, RoleForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp

FIRST, SECOND = (f"CX-{application_no(1)}-{ordinal}" for ordinal in (1, 2))
HANDOVER, NEXT = (f"H-2021-10-{day}-{PROVINCE}" for day in (26, 27))


async def hand_over_two_days(world):
    """Two rows on the first day, none on the next."""
    await world.prepare_to_cancel()
    await world.cancel(400)
    await world.cancel(600)
    await world.hand_over("2021-10-26")
    await world.hand_over("2021-10-27")


async def reissue(world, business_date="2021-10-26", *, request_id="", province_code=PROVINCE, **changes):
    return await world.centre.ReissueHandovers(
        pb.ReissueHandoversRequest(
            request_id=request_id or world.request_id(),
            business_date=business_date,
            province_code=province_code,
            **changes,
        )
    )


def standing(status):
    return (
        status.issue_no,
        status.is_acknowledged,
        status.accepted_count,
        status.rejected_count,
        status.rejection_reason,
    )


async def test_a_rejected_hand_over_is_issued_again_with_what_followed_it(world):
    await hand_over_two_days(world)
    await world.tell(
        OFFSETS,
        acknowledgement(HANDOVER, error="SEAL_INVALID"),
        acknowledgement(NEXT, error="HANDOVER_CHAIN_BROKEN"),
    )
    first = [
        one
        for one in await world.events(ccer_events_pb2.HandoverIssued)
        if one.manifest.province_code == PROVINCE
    ]
    answer = await reissue(world)
    assert (list(answer.handover_nos), answer.row_count, answer.quantity_tco2e) == (
        [HANDOVER, NEXT],
        2,
        1_000,
    )
    every = [
        one
        for one in await world.events(ccer_events_pb2.HandoverIssued)
        if one.manifest.province_code == PROVINCE
    ]
    assert [one.issue_no for one in every] == [1, 1, 2, 2]
    assert [(one.manifest, list(one.rows)) for one in every[2:]] == [
        (one.manifest, list(one.rows)) for one in first
    ]
    assert [standing(one) for one in await world.handovers(province_code=PROVINCE)] == [
        (2, False, 0, 0, "")
    ] * 2
    await world.tell(
        OFFSETS,
        acknowledgement(HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=2),
        acknowledgement(NEXT, issue_no=2),
    )
    assert [standing(one) for one in await world.handovers(province_code=PROVINCE)] == [
        (2, True, 2, 0, ""),
        (2, True, 0, 0, ""),
    ]
    assert await world.dead_letters() == []


async def test_the_issues_before_are_read_as_of_their_time(world):
    await hand_over_two_days(world)
    world.clock.set(shanghai("2021-10-27 18:00"))
    await world.tell(OFFSETS, acknowledgement(HANDOVER, error="SEAL_INVALID"))
    world.clock.set(shanghai("2021-10-27 19:00"))
    await reissue(world)
    world.clock.set(shanghai("2021-10-27 20:00"))
    await world.tell(OFFSETS, acknowledgement(HANDOVER, (FIRST, ""), (SECOND, "NO"), issue_no=2))
    world.clock.set(shanghai("2021-10-27 21:00"))
    await reissue(world)
    found = []
    for time in ("26 16:59", "26 17:00", "27 18:00", "27 19:00", "27 20:00", "27 21:00"):
        at = to_timestamp(shanghai(f"2021-10-{time}"))
        listed = await world.handovers(province_code=PROVINCE, business_date="2021-10-26", as_of=at)
        found.append([standing(one) for one in listed])
    assert found == [
        [],
        [(1, False, 0, 0, "")],
        [(1, True, 0, 2, "SEAL_INVALID")],
        [(2, False, 0, 0, "")],
        [(2, True, 1, 1, "")],
        [(3, False, 0, 0, "")],
    ]
    waiting = await world.handovers(
        province_code=PROVINCE, is_unacknowledged_only=True, as_of=to_timestamp(shanghai("2021-10-27 18:30"))
    )
    assert [one.manifest.handover_no for one in waiting] == [NEXT]


async def test_a_row_accepted_before_stays_accepted_when_the_next_issue_is_rejected(world):
    await hand_over_two_days(world)
    await world.tell(
        OFFSETS, acknowledgement(HANDOVER, (FIRST, ""), (SECOND, "NAME_MISMATCH")), acknowledgement(NEXT)
    )
    assert list((await reissue(world)).handover_nos) == [HANDOVER]
    await world.tell(OFFSETS, acknowledgement(HANDOVER, error="HANDOVER_SUM_WRONG", issue_no=2))
    status = (await world.handovers(province_code=PROVINCE))[0]
    assert standing(status) == (2, True, 1, 1, "HANDOVER_SUM_WRONG")
    assert list((await reissue(world)).handover_nos) == [HANDOVER]
    await world.tell(OFFSETS, acknowledgement(HANDOVER, (FIRST, "NO"), (SECOND, ""), issue_no=3))
    assert await world.dead_letters() == ["ACKNOWLEDGEMENT_DIFFERS"]
    await world.tell(OFFSETS, acknowledgement(HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=3))
    status = (await world.handovers(province_code=PROVINCE))[0]
    assert standing(status) == (3, True, 2, 0, "")


async def test_what_was_taken_in_full_is_issued_again_only_when_it_is_asked_for(world):
    await hand_over_two_days(world)
    await world.tell(OFFSETS, acknowledgement(HANDOVER, (FIRST, ""), (SECOND, "")), acknowledgement(NEXT))
    before = await world.state()
    assert list((await reissue(world)).handover_nos) == []
    assert await world.state() == before
    assert list((await reissue(world, is_taken_included=True)).handover_nos) == [HANDOVER, NEXT]
    others = await reissue(world, "2021-10-27", province_code="")
    assert len(others.handover_nos) == 32


async def test_the_same_request_again_issues_nothing_more(world):
    await hand_over_two_days(world)
    first = await reissue(world, request_id="again")
    effects = await world.effects()
    assert await reissue(world, request_id="again") == first
    assert await world.effects() == effects
    with pytest.raises(RequestIdReused):
        await reissue(world, "2021-10-27", request_id="again")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"business_date": "2021-10-28"}, HandoverNotFound),
        ({"business_date": "2021-10-32"}, MalformedRequest),
        ({"province_code": "99"}, ProvinceUnknown),
    ],
)
async def test_a_date_or_province_without_hand_overs_is_refused(world, changes, refusal):
    await hand_over_two_days(world)
    effects = await world.effects()
    with pytest.raises(refusal):
        await reissue(world, **changes)
    assert await world.effects() == effects


async def test_only_the_centre_and_operations_issue_again(world):
    request = pb.ReissueHandoversRequest(request_id="r", business_date="2021-10-26")
    for commands in (world.scheduler, world.venue, world.holders):
        with pytest.raises(RoleForbidden):
            await commands.ReissueHandovers(request)
    with pytest.raises(HandoverNotFound):
        await world.commands("ROLE_OPERATIONS").ReissueHandovers(request)
