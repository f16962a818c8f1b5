from datetime import date

import pytest
from registry.app.mark_project import mark_project
from registry.app.run_offset_credit_creation import run_offset_credit_creation
from registry.domain.events import HandoverAcknowledged
from registry_fakes import NOW, market
from registry_messages import CEA, STRANGER_KEY, cancellation_row, handover
from surrender_steps import ACCOUNT, CLOCK, DAY, small, take


@pytest.fixture
async def uow():
    return await market()


async def test_accepted_rows_are_kept_for_their_credits_and_the_hand_over_is_answered(uow):
    assert await take(uow, handover("2021-10-26", small(1, 1), small(2, 2))) == ["", ""]
    assert [row.quantity_tco2e for row in await uow.handovers.uncredited(DAY)] == [10, 10]
    (answer,) = uow.facts
    assert isinstance(answer, HandoverAcknowledged)
    assert (answer.handover_no, answer.province_code, answer.at) == ("H-2021-10-26-37", "37", NOW)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 10_000}


async def test_limits_count_what_was_accepted_before_and_in_the_same_hand_over(uow):
    rows = [small(1, 1, quantity=30), small(2, 2, quantity=21), small(3, 3, quantity=20)]
    first = handover("2021-10-26", *rows)
    assert await take(uow, first) == ["", "HANDOVER_ROW_ABOVE_CONFIRMED", ""]
    later = handover(
        "2021-10-27", small(1, 4, quantity=1, confirmed=90), previous=first.manifest.manifest_digest
    )
    assert await take(uow, later) == ["OFFSET_LIMIT_EXCEEDED"]


async def test_serials_are_taken_once_in_a_hand_over(uow):
    rows = [small(1, 1), cancellation_row(2, ordinal=2, quantity=10, start=109, confirmed=50)]
    assert await take(uow, handover("2021-10-26", *rows)) == ["", "CREDITS_CREATED_ALREADY"]


async def test_blocks_must_be_proper_and_apart(uow):
    backwards, doubled, none = small(1, 1), small(2, 2), small(3, 3)
    backwards.cancellation.blocks[0].serial_end = 1
    doubled.cancellation.blocks.add().CopyFrom(doubled.cancellation.blocks[0])
    doubled.cancellation.quantity_tco2e = 20
    del none.cancellation.blocks[:]
    message = handover("2021-10-26", backwards, doubled, none)
    assert await take(uow, message) == ["HANDOVER_ROW_QUANTITY_WRONG"] * 3


async def test_a_mark_learnt_from_the_project_itself_counts(uow):
    await mark_project("PLANT1", is_inside_national_market=True, registered_time=NOW, uow=uow)
    message = handover("2021-10-26", small(1, 1, project_no="PLANT1"))
    assert await take(uow, message) == ["PROJECT_INSIDE_NATIONAL_MARKET"]


async def test_an_entity_without_an_account_and_one_without_an_obligation_get_no_credits(uow):
    uow.accounts.known.clear()
    assert await take(uow, handover("2021-10-26", small(1, 1))) == ["ACCOUNT_NOT_FOUND"]
    other = await market()
    other.obligations.obligations.clear()
    assert await take(other, handover("2021-10-26", small(1, 1))) == ["OBLIGATION_NOT_FOUND"]


async def test_of_a_rejected_hand_over_only_the_rejection_is_kept(uow):
    assert await take(uow, handover("2021-10-26", small(1, 1), key=STRANGER_KEY)) == "SEAL_INVALID"
    assert uow.handovers.rejections == [("H-2021-10-26-37", "SEAL_INVALID")]
    assert (uow.handovers.taken, uow.handovers.accepted) == ({}, {})


@pytest.mark.parametrize("wrong", ["key_id", "digest"])
async def test_a_seal_of_another_key_or_over_another_digest_is_invalid(uow, wrong):
    message = handover("2021-10-26", small(1, 1))
    if wrong == "key_id":
        message.manifest.seal.key_id = "province/37"
    else:
        message.manifest.seal.digest = b"x" * 32
    assert await take(uow, message) == "SEAL_INVALID"


async def test_the_first_thing_that_is_wrong_is_told(uow):
    rows = [small(1, 1)]
    every = {"row_count": 9, "quantity_tco2e": 9, "rows_digest": b"x" * 32, "key": STRANGER_KEY}
    told = []
    for name in ("row_count", "quantity_tco2e", "rows_digest", "key"):
        told.append(await take(uow, handover("2021-10-26", *rows, previous=b"y" * 32, **every)))
        del every[name]
    told.append(await take(uow, handover("2021-10-26", *rows, previous=b"y" * 32)))
    assert told == [
        "HANDOVER_COUNT_WRONG",
        "HANDOVER_SUM_WRONG",
        "HANDOVER_DIGEST_WRONG",
        "SEAL_INVALID",
        "HANDOVER_CHAIN_BROKEN",
    ]


async def test_a_rejected_hand_over_is_taken_when_it_is_issued_again_and_then_what_followed_it(uow):
    first = handover("2021-10-26", small(1, 1))
    torn = handover("2021-10-26", small(1, 1), key=STRANGER_KEY)
    second = handover("2021-10-27", small(1, 2), previous=first.manifest.manifest_digest)
    assert await take(uow, torn) == "SEAL_INVALID"
    assert await take(uow, second) == "HANDOVER_CHAIN_BROKEN"
    assert await take(uow, first, issue_no=2) == [""]
    assert await take(uow, second, issue_no=2) == [""]
    assert list(uow.handovers.taken) == ["H-2021-10-26-37", "H-2021-10-27-37"]


async def test_a_taken_hand_over_issued_again_is_answered_alike_and_changes_nothing(uow):
    first = handover("2021-10-26", small(1, 1), small(2, 2, quantity=41))
    second = handover("2021-10-27", small(1, 3), previous=first.manifest.manifest_digest)
    answers = [await take(uow, first), await take(uow, second)]
    await run_offset_credit_creation(DAY, uow=uow, clock=CLOCK)
    accepted = dict(uow.handovers.accepted)
    assert [await take(uow, first, issue_no=2), await take(uow, second, issue_no=2)] == answers
    assert uow.handovers.accepted == accepted
    assert uow.handovers.rejections == []
    assert (await run_offset_credit_creation(date(2021, 10, 27), uow=uow, clock=CLOCK)).row_count == 1


async def test_a_row_rejected_for_its_own_reason_is_judged_again_and_the_others_stay(uow):
    message = handover("2021-10-26", small(1, 1), small(2, 2))
    listed = dict(uow.accounts.known)
    uow.accounts.known.clear()
    assert await take(uow, message) == ["ACCOUNT_NOT_FOUND"] * 2
    uow.accounts.known |= listed
    await mark_project("WIND1", is_inside_national_market=True, registered_time=NOW, uow=uow)
    assert await take(uow, message, issue_no=2) == ["PROJECT_INSIDE_NATIONAL_MARKET"] * 2
    await mark_project("WIND1", is_inside_national_market=False, registered_time=NOW, uow=uow)
    assert await take(uow, message, issue_no=3) == ["", ""]
    uow.accounts.known.clear()
    assert await take(uow, message, issue_no=4) == ["", ""]
    assert (await run_offset_credit_creation(DAY, uow=uow, clock=CLOCK)).quantity_tco2e == 20


async def test_limits_still_count_when_rows_are_judged_again(uow):
    message = handover("2021-10-26", small(1, 1, quantity=30), small(2, 2, quantity=21))
    for issue_no in (1, 2):
        assert await take(uow, message, issue_no=issue_no) == ["", "HANDOVER_ROW_ABOVE_CONFIRMED"]


async def test_a_taken_hand_over_that_comes_again_damaged_is_rejected_and_its_rows_stay(uow):
    await take(uow, handover("2021-10-26", small(1, 1)))
    torn = handover("2021-10-26", small(1, 1), key=STRANGER_KEY)
    assert await take(uow, torn, issue_no=2) == "SEAL_INVALID"
    assert len(uow.handovers.accepted) == 1


async def test_another_hand_over_under_the_same_number_is_out_of_order(uow):
    await take(uow, handover("2021-10-26", small(1, 1)))
    assert await take(uow, handover("2021-10-26", small(1, 2)), issue_no=2) == "HANDOVER_OUT_OF_ORDER"
    assert len(uow.handovers.accepted) == 1
