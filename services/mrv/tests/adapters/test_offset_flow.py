"""Applications to use CCER through gRPC and events: submission, decision, receipt; every refusal changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.mrv.v1 import mrv_events_pb2
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets_kernel.domain.errors import ApplicationNotFound, RequestIdReused, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from mrv_messages import (
    FIRST,
    LIMIT_TCO2E,
    OBLIGATION_TCO2E,
    OTHER_PROVINCE,
    PERIOD,
    PROVINCE,
    SECOND,
    account,
    code,
    form,
    line,
    name,
    receipt,
)
from mrv_world import ACCOUNTS, CANCELLATIONS, START, outcomes

NUMBER = f"OA-{PERIOD}-{FIRST}-1"
OPENS = datetime(2021, 10, 25, 16, 0, tzinfo=UTC)
CLOSES = datetime(2021, 12, 10, 16, 0, tzinfo=UTC)
SECOND_TIME = timedelta(seconds=1)


async def test_an_application_is_numbered_stored_and_told(world):
    await world.allocate()
    assert await world.apply(form(line(600), line(400, reduction_year=2016))) == [NUMBER]
    found = await world.application(NUMBER)
    assert (found.credit_code, found.entity_name, found.province_code, found.period) == (
        FIRST,
        name(1),
        PROVINCE,
        PERIOD,
    )
    assert (found.requested_tco2e, found.status) == (1_000, types_pb.OFFSET_APPLICATION_STATUS_SUBMITTED)
    assert list(found.lines) == [line(600), line(400, reduction_year=2016)]
    (event,) = await world.events(mrv_events_pb2.OffsetApplicationSubmitted)
    assert event.application == found
    assert await world.apply() == [f"OA-{PERIOD}-{FIRST}-2"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS - SECOND_TIME, "APPLICATION_WINDOW_CLOSED"),
        (OPENS, NUMBER),
        (CLOSES - SECOND_TIME, NUMBER),
        (CLOSES, "APPLICATION_WINDOW_CLOSED"),
    ],
)
async def test_applications_are_taken_from_26_october_to_10_december(world, at, expected):
    await world.allocate()
    world.clock.set(at)
    assert await world.apply() == [expected]


WRONG_CHECK = FIRST[:-1] + ("0" if FIRST[-1] != "0" else "1")
REFUSED = {
    "CREDIT_CODE_INVALID": form(credit_code=WRONG_CHECK),
    "PERIOD_UNKNOWN": form(period="2021"),
    "ENTITY_NOT_LISTED": form(credit_code=code(9)),
    "PROVINCE_MISMATCH": form(province_code=OTHER_PROVINCE),
    "OBLIGATION_UNKNOWN": form(credit_code=code(3), province_code=OTHER_PROVINCE),
    "OFFSET_LINE_REPEATED": form(line(1), line(2)),
    "PROJECT_UNKNOWN": form(line(1, "NOWHERE")),
    "PROJECT_INSIDE_NATIONAL_MARKET": form(line(1, "CAPTIVE1")),
    "OFFSET_LIMIT_EXCEEDED": form(line(LIMIT_TCO2E + 1)),
}


async def test_every_refused_form_has_its_reason_and_changes_nothing(world):
    await world.allocate()
    before = await world.state()
    assert await world.apply(*REFUSED.values()) == list(REFUSED)
    assert await world.state() == before
    assert await world.events(mrv_events_pb2.OffsetApplicationSubmitted) == []


async def test_all_applications_together_ask_for_at_most_five_percent(world):
    await world.allocate()
    first, second, third = await world.apply(form(line(LIMIT_TCO2E - 1)), form(line(2)), form(line(1)))
    assert (first, second, third) == (NUMBER, "OFFSET_LIMIT_EXCEEDED", f"OA-{PERIOD}-{FIRST}-2")
    assert await world.apply(form(line(1))) == ["OFFSET_LIMIT_EXCEEDED"]
    assert await world.decide(first, is_confirmed=False) == [first]
    assert await world.apply(form(line(LIMIT_TCO2E - 1))) == [f"OA-{PERIOD}-{FIRST}-3"]


async def test_an_entity_applies_only_for_itself(world):
    caller = world.commands("ROLE_EMITTER", entities=[SECOND])
    with pytest.raises(ScopeForbidden):
        await caller.SubmitOffsetApplications(
            pb.SubmitOffsetApplicationsRequest(request_id="a", applications=[form()])
        )


async def test_the_same_request_again_gives_the_first_answer(world):
    await world.allocate()
    request = pb.SubmitOffsetApplicationsRequest(request_id="again", applications=[form()])
    first = await world.emitters.SubmitOffsetApplications(request)
    assert await world.emitters.SubmitOffsetApplications(request) == first
    assert len(await world.book("offset_applications")) == 1
    request.applications[0].lines[0].quantity_tco2e += 1
    with pytest.raises(RequestIdReused):
        await world.emitters.SubmitOffsetApplications(request)


async def test_a_confirmation_makes_and_stores_five_checks_and_is_told(world):
    await world.allocate()
    await world.confirmed(1_000)
    found = await world.application(NUMBER)
    assert found.status == types_pb.OFFSET_APPLICATION_STATUS_CONFIRMED
    assert [(check.check, check.is_passed) for check in found.checks] == [
        ("NAME_MATCHES", True),
        ("OBLIGATION_MATCHES", True),
        ("WITHIN_FIVE_PERCENT", True),
        ("PROJECTS_ELIGIBLE", True),
        ("ACCOUNT_OPEN", True),
    ]
    (event,) = await world.events(mrv_events_pb2.OffsetApplicationDecided)
    assert event.application == found


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"entity_name": "another"}, "NAME_MATCHES"),
        ({"obligation_tco2e": OBLIGATION_TCO2E + 1}, "OBLIGATION_MATCHES"),
        ({"ccer_account_no": "C-nowhere"}, "ACCOUNT_OPEN"),
        ({"ccer_account_no": f"C-{SECOND}"}, "ACCOUNT_OPEN"),
    ],
)
async def test_a_failed_check_forbids_confirmation_and_is_stored_with_the_refusal(world, changes, failed):
    await world.allocate()
    await world.apply(form(**changes))
    before = await world.state()
    assert await world.decide(NUMBER) == ["OFFSET_CHECKS_FAILED"]
    assert await world.state() == before
    assert await world.events(mrv_events_pb2.OffsetApplicationDecided) == []
    assert await world.decide(NUMBER, is_confirmed=False) == [NUMBER]
    found = await world.application(NUMBER)
    assert found.status == types_pb.OFFSET_APPLICATION_STATUS_REFUSED
    assert [check.check for check in found.checks if not check.is_passed] == [failed]


async def test_the_entity_reads_what_was_decided_on_its_own_application(world):
    await world.allocate()
    await world.apply(form(ccer_account_no="C-nowhere"))
    await world.decide(NUMBER, is_confirmed=False, text="开户后请重新提交")
    own = world.reads("ROLE_EMITTER", entities=[FIRST])
    request = pb.GetOffsetApplicationRequest(credit_code=FIRST, application_no=NUMBER)
    found = (await own.GetOffsetApplication(request)).application
    assert (found.status, found.refusal_text) == (
        types_pb.OFFSET_APPLICATION_STATUS_REFUSED,
        "开户后请重新提交",
    )
    assert [check.check for check in found.checks if not check.is_passed] == ["ACCOUNT_OPEN"]
    with pytest.raises(ScopeForbidden):
        await world.reads("ROLE_EMITTER", entities=[SECOND]).GetOffsetApplication(request)


async def test_an_account_that_is_only_reviewed_once_is_not_open(world):
    await world.allocate()
    await world.tell(ACCOUNTS, account(1, "FIRST_REVIEWED"))
    await world.apply()
    assert await world.decide(NUMBER) == ["OFFSET_CHECKS_FAILED"]
    await world.tell(ACCOUNTS, account(1, "OPEN"))
    assert await world.decide(NUMBER) == [NUMBER]


async def test_only_the_own_province_decides_and_only_once(world):
    await world.allocate()
    await world.apply()
    assert await world.decide(NUMBER, province_code=OTHER_PROVINCE) == ["PROVINCE_MISMATCH"]
    assert await world.decide("OA-nowhere") == ["APPLICATION_NOT_FOUND"]
    assert await world.decide(NUMBER, is_confirmed=False, text="") == ["MALFORMED_REQUEST"]
    assert await world.decide(NUMBER, NUMBER) == [NUMBER, "APPLICATION_ALREADY_DECIDED"]
    assert await world.decide(NUMBER, is_confirmed=False) == ["APPLICATION_ALREADY_DECIDED"]


async def test_receipts_complete_an_application_with_its_whole_quantity(world):
    await world.allocate()
    await world.confirmed(1_000)
    await world.tell(CANCELLATIONS, receipt(1, 400))
    found = await world.application(NUMBER)
    assert (found.status, found.cancelled_tco2e) == (types_pb.OFFSET_APPLICATION_STATUS_CONFIRMED, 400)
    await world.tell(CANCELLATIONS, receipt(1, 400), receipt(2, 600))
    found = await world.application(NUMBER)
    assert (found.status, found.cancelled_tco2e) == (types_pb.OFFSET_APPLICATION_STATUS_CANCELLED, 1_000)
    assert len(found.checks) == 5
    assert await world.dead_letters() == []


async def test_a_receipt_that_cannot_be_is_set_aside(world):
    await world.allocate()
    await world.apply()
    await world.tell(CANCELLATIONS, receipt(1, 1))
    await world.decide(NUMBER)
    before = await world.state()
    await world.tell(CANCELLATIONS, receipt(2, 1_001), receipt(3, 1, credit_code=SECOND), receipt(4, 0))
    assert await world.dead_letters() == [
        "RECEIPT_ABOVE_CONFIRMED",
        "RECEIPT_ABOVE_CONFIRMED",
        "ENTITY_MISMATCH",
        "MALFORMED_REQUEST",
    ]
    assert await world.state() == before


async def test_an_application_reads_as_it_stood_at_any_moment(world):
    await world.allocate()
    await world.apply()
    world.clock.set(START + timedelta(hours=1))
    await world.decide(NUMBER)
    world.clock.set(START + timedelta(hours=2))
    await world.tell(CANCELLATIONS, receipt(1, 1_000))
    then = [
        await world.application(NUMBER, as_of=to_timestamp(START + timedelta(hours=hours)))
        for hours in range(3)
    ]
    assert [types_pb.OffsetApplicationStatus.Name(found.status).rsplit("_", 1)[1] for found in then] == [
        "SUBMITTED",
        "CONFIRMED",
        "CANCELLED",
    ]
    assert [found.HasField("decided_time") for found in then] == [False, True, True]
    assert [len(found.checks) for found in then] == [0, 5, 5]
    with pytest.raises(ApplicationNotFound):
        await world.application(NUMBER, as_of=to_timestamp(START - SECOND_TIME))


async def test_a_repeated_item_of_a_batch_is_judged_after_the_one_before(world):
    await world.allocate()
    answer = await world.emitters.SubmitOffsetApplications(
        pb.SubmitOffsetApplicationsRequest(
            request_id="b", applications=[form(line(1)), form(line(1)), form(line(1), number=2)]
        )
    )
    assert outcomes(answer) == [NUMBER, f"OA-{PERIOD}-{FIRST}-2", f"OA-{PERIOD}-{SECOND}-1"]
