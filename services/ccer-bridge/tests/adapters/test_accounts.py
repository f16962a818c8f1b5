"""Step 1: accounts, applied for at a venue and opened after two reviews by two people."""

import pytest
from ccer_messages import C_PLANT, PLANT, PROVINCE, code, shanghai
from ccer_world import accepted, applicant, reasons
from ets.ccer.v1 import ccer_events_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.ccer.v1 import ccer_types_pb2 as types_pb
from ets_kernel.domain.errors import (
    AccountNotFound,
    AsOfInFuture,
    RequestIdReused,
    RoleForbidden,
    ScopeForbidden,
)
from ets_kernel.runtime.grpc.messages import to_timestamp


def apply(*applications, request_id="apply"):
    return pb.ApplyForAccountsRequest(request_id=request_id, accounts=applications)


def reviews(*numbers, is_passed=True):
    return [pb.AccountReview(account_no=number, is_passed=is_passed) for number in numbers]


def first(*numbers, request_id="first", venue="BJ", is_passed=True):
    return pb.FirstReviewAccountsRequest(
        request_id=request_id, venue=venue, reviews=reviews(*numbers, is_passed=is_passed)
    )


def second(*numbers, request_id="second", is_passed=True):
    return pb.SecondReviewAccountsRequest(
        request_id=request_id, reviews=reviews(*numbers, is_passed=is_passed)
    )


async def account(world, **moment):
    request = pb.GetCcerAccountRequest(account_no=C_PLANT, credit_code=PLANT, **moment)
    return (await world.reads().GetCcerAccount(request)).account


async def test_an_account_opens_after_two_reviews_which_are_kept_and_told(world):
    assert await accepted(world.holders.ApplyForAccounts(apply(applicant(1)))) == [C_PLANT]
    world.clock.set(shanghai("2021-10-26 10:00"))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT)))
    world.clock.set(shanghai("2021-10-26 11:00"))
    await accepted(world.centre.SecondReviewAccounts(second(C_PLANT)))
    opened = types_pb.CcerAccount(
        account_no=C_PLANT,
        credit_code=PLANT,
        name="Plant 1",
        province_code=PROVINCE,
        venue="BJ",
        status=types_pb.ACCOUNT_STATUS_OPEN,
        first_reviewed_by="venue",
        second_reviewed_by="centre",
        opened_time=to_timestamp(shanghai("2021-10-26 11:00")),
    )
    assert await account(world) == opened
    told = await world.events(ccer_events_pb2.CcerAccountReviewed)
    assert [(one.account.status, one.reviewed_by) for one in told] == [
        (types_pb.ACCOUNT_STATUS_FIRST_REVIEWED, "venue"),
        (types_pb.ACCOUNT_STATUS_OPEN, "centre"),
    ]
    assert told[1].account == opened
    assert await world.book("accounts") == [(C_PLANT, PLANT, PROVINCE, "open")]


async def test_an_account_is_shown_as_it_stood_at_any_moment(world):
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1))))
    world.clock.set(shanghai("2021-10-26 10:00"))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT)))
    world.clock.set(shanghai("2021-10-26 11:00"))
    await accepted(world.centre.SecondReviewAccounts(second(C_PLANT)))
    stood = [
        (await account(world, as_of=to_timestamp(shanghai(f"2021-10-26 {hour}")))).status
        for hour in ("09:00", "10:30", "11:00")
    ]
    assert stood == [
        types_pb.ACCOUNT_STATUS_SUBMITTED,
        types_pb.ACCOUNT_STATUS_FIRST_REVIEWED,
        types_pb.ACCOUNT_STATUS_OPEN,
    ]
    with pytest.raises(AccountNotFound):
        await account(world, as_of=to_timestamp(shanghai("2021-10-26 08:59")))
    with pytest.raises(AsOfInFuture):
        await account(world, as_of=to_timestamp(shanghai("2021-10-26 11:01")))


async def test_applications_that_may_not_be_are_refused_one_by_one_and_change_nothing(world):
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1), request_id="a")))
    before = await world.state()
    wrong = applicant(2)
    wrong.credit_code = wrong.credit_code[:-1] + ("0" if wrong.credit_code[-1] != "0" else "1")
    answer = await world.holders.ApplyForAccounts(
        apply(wrong, applicant(3, province_code="99"), applicant(3, venue="XX"), applicant(1))
    )
    assert reasons(answer) == [
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
        "VENUE_UNKNOWN",
        "ACCOUNT_APPLIED_ALREADY",
    ]
    assert await world.state() == before


async def test_a_batch_opens_what_it_may_and_one_holder_has_one_account(world):
    answer = await world.holders.ApplyForAccounts(apply(applicant(1), applicant(1), applicant(2)))
    assert reasons(answer) == ["", "ACCOUNT_APPLIED_ALREADY", ""]
    assert [row[0] for row in await world.book("accounts")] == sorted([C_PLANT, f"C-{code(2)}"])


async def test_first_reviews_that_may_not_be_are_refused_and_change_nothing(world):
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1), applicant(2, venue="TJ"))))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT)))
    before = await world.effects()
    answer = await world.venue.FirstReviewAccounts(
        first("C-nobody", C_PLANT, f"C-{code(2)}", request_id="again")
    )
    assert reasons(answer) == ["ACCOUNT_NOT_FOUND", "REVIEW_OUT_OF_ORDER", "VENUE_MISMATCH"]
    after = await world.effects()
    assert {name for name in after if after[name] != before[name]} == {"kernel_request"}


async def test_second_reviews_that_may_not_be_are_refused_and_change_nothing(world):
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1), applicant(2))))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT)))
    before = await world.state()
    both = world.commands("ROLE_CCER_CENTRE", "ROLE_VENUE_OPERATOR", subject="venue")
    answer = await both.SecondReviewAccounts(second("C-nobody", f"C-{code(2)}", C_PLANT))
    assert reasons(answer) == ["ACCOUNT_NOT_FOUND", "REVIEW_OUT_OF_ORDER", "SAME_PERSON"]
    assert await world.state() == before


async def test_a_refused_holder_may_apply_again_and_every_review_stays_on_record(world):
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1))))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT, is_passed=False)))
    assert (await account(world)).status == types_pb.ACCOUNT_STATUS_REFUSED
    await accepted(world.holders.ApplyForAccounts(apply(applicant(1), request_id="again")))
    await accepted(world.venue.FirstReviewAccounts(first(C_PLANT, request_id="again")))
    await accepted(world.centre.SecondReviewAccounts(second(C_PLANT, is_passed=False)))
    told = await world.events(ccer_events_pb2.CcerAccountReviewed)
    assert [one.account.status for one in told] == [
        types_pb.ACCOUNT_STATUS_REFUSED,
        types_pb.ACCOUNT_STATUS_FIRST_REVIEWED,
        types_pb.ACCOUNT_STATUS_REFUSED,
    ]
    assert not told[2].account.HasField("opened_time")
    assert len((await world.effects())["account_version"]) == 5


async def test_the_same_request_again_gives_the_first_answer_and_another_body_is_refused(world):
    once = await world.holders.ApplyForAccounts(apply(applicant(1)))
    before = await world.effects()
    assert await world.holders.ApplyForAccounts(apply(applicant(1))) == once
    with pytest.raises(RequestIdReused):
        await world.holders.ApplyForAccounts(apply(applicant(2)))
    assert await world.effects() == before


async def test_holders_act_and_read_for_themselves_only(world):
    await world.open(applicant(1))
    stranger = world.commands("ROLE_HOLDER", entities=[code(2)])
    with pytest.raises(ScopeForbidden):
        await stranger.ApplyForAccounts(apply(applicant(1)))
    with pytest.raises(RoleForbidden):
        await world.holders.SecondReviewAccounts(second(C_PLANT))
    reads = world.reads("ROLE_EMITTER", entities=[code(2)])
    with pytest.raises(ScopeForbidden):
        await reads.GetCcerAccount(pb.GetCcerAccountRequest(account_no=C_PLANT, credit_code=PLANT))
    with pytest.raises(AccountNotFound):
        await reads.GetCcerAccount(pb.GetCcerAccountRequest(account_no=C_PLANT, credit_code=code(2)))
