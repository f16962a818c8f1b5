from dataclasses import replace
from datetime import date, timedelta

import pytest
from ccer_bridge.app.reissue_handovers import ReissueHandovers, reissue_handovers
from ccer_bridge.app.run_acknowledgement_check import run_acknowledgement_check
from ccer_bridge.domain.errors import HandoverNotFound
from ccer_bridge.domain.events import HandoverIssued
from handover_steps import DAY, FIRST, HANDOVER, SECOND, SIGNER, answer, hand_over, with_hand_over

NEXT_DAY = DAY + timedelta(days=1)
NEXT = "H-2021-10-27-37"


@pytest.fixture
async def uow(clock):
    """Two rows handed over on the first day, none on the next."""
    made = await with_hand_over(clock)
    await hand_over(made, clock, NEXT_DAY)
    return made


async def reissue(uow, clock, day=DAY, *, province_code="37", is_taken_included=False):
    command = ReissueHandovers(
        business_date=day, province_code=province_code, is_taken_included=is_taken_included
    )
    issued = await reissue_handovers(command, uow=uow, signer=SIGNER, clock=clock)
    return [handover.manifest.handover_no for handover in issued]


def counts(uow, number=HANDOVER):
    state = uow.handovers.states[number]
    return state.issue_no, state.accepted_count, state.rejected_count, state.rejection_reason


async def test_a_rejected_hand_over_and_what_followed_it_are_issued_again_as_they_were(uow, clock):
    first = {fact.handover.manifest.handover_no: fact.handover for fact in uow.told(HandoverIssued)}
    await answer(uow, clock, HANDOVER, error="SEAL_INVALID")
    await answer(uow, clock, NEXT, error="HANDOVER_CHAIN_BROKEN")
    del uow.facts[:]
    assert await reissue(uow, clock) == [HANDOVER, NEXT]
    told = [fact.handover for fact in uow.told(HandoverIssued)]
    assert told == [replace(first[HANDOVER], issue_no=2), replace(first[NEXT], issue_no=2)]
    assert counts(uow) == (2, 0, 0, "")
    assert [(state.issue_no, state.rejection_reason) for state in uow.handovers.earlier] == [
        (1, "SEAL_INVALID"),
        (1, "HANDOVER_CHAIN_BROKEN"),
    ]
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=2)
    assert counts(uow) == (2, 2, 0, "")


async def test_without_a_province_all_are_issued_again_by_date_and_province(uow, clock):
    numbers = await reissue(uow, clock, province_code="")
    assert len(numbers) == 64
    assert numbers == sorted(numbers)


async def test_what_was_taken_in_full_is_left_out_unless_it_is_asked_for(uow, clock):
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""))
    assert await reissue(uow, clock) == [NEXT]
    await answer(uow, clock, NEXT, issue_no=2)
    assert await reissue(uow, clock) == []
    assert await reissue(uow, clock, is_taken_included=True) == [HANDOVER, NEXT]
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=2)
    assert counts(uow) == (2, 2, 0, "")


async def test_a_hand_over_of_which_a_row_was_rejected_is_issued_again_and_its_accepted_rows_stay(uow, clock):
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, "NAME_MISMATCH"))
    await answer(uow, clock, NEXT)
    assert await reissue(uow, clock) == [HANDOVER]
    await answer(uow, clock, HANDOVER, error="SEAL_INVALID", issue_no=2)
    assert counts(uow) == (2, 1, 1, "SEAL_INVALID")
    assert await reissue(uow, clock) == [HANDOVER]
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=3)
    assert counts(uow) == (3, 2, 0, "")


async def test_an_answer_to_an_earlier_issue_changes_nothing(uow, clock):
    await reissue(uow, clock)
    await answer(uow, clock, HANDOVER, error="SEAL_INVALID")
    assert uow.handovers.states[HANDOVER].acknowledged_time is None
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""), issue_no=2)
    assert counts(uow) == (2, 2, 0, "")


async def test_one_issued_again_is_alarmed_again_when_it_stays_unanswered(uow, clock):
    async def check():
        return await run_acknowledgement_check(uow=uow, clock=clock, acknowledgement_time=timedelta(hours=24))

    await answer(uow, clock, NEXT)
    clock.set(clock.now() + timedelta(days=2))
    assert HANDOVER in await check()
    assert await reissue(uow, clock) == [HANDOVER]
    assert await check() == []
    clock.set(clock.now() + timedelta(days=1))
    assert await check() == [HANDOVER]


@pytest.mark.parametrize("day", [date(2021, 10, 25), date(2021, 10, 28)])
async def test_a_date_without_a_hand_over_is_not_found(uow, clock, day):
    del uow.facts[:]
    with pytest.raises(HandoverNotFound):
        await reissue(uow, clock, day)
    assert uow.facts == []
    assert uow.handovers.earlier == []
