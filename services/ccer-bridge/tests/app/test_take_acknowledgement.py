import pytest
from ccer_bridge.domain.errors import AcknowledgementDiffers, HandoverNotFound
from ccer_bridge.domain.events import HandoverIssued
from ccer_messages import shanghai
from handover_steps import FIRST, HANDOVER, SECOND, answer, with_hand_over


@pytest.fixture
async def uow(clock):
    return await with_hand_over(clock)


async def test_an_answer_is_stored_row_by_row(uow, clock):
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, "NAME_MISMATCH"))
    state = uow.handovers.states[HANDOVER]
    assert (state.accepted_count, state.rejected_count, state.rejection_reason) == (1, 1, "")
    assert uow.handovers.accepted == {FIRST: True, SECOND: False}
    assert {type(fact) for fact in uow.facts[2:]} == {HandoverIssued}


async def test_an_answer_to_a_hand_over_that_was_never_issued_is_not_found(uow, clock):
    with pytest.raises(HandoverNotFound):
        await answer(uow, clock, "H-2021-10-27-37")


async def test_an_answer_about_other_rows_or_in_another_way_than_before_is_refused(uow, clock):
    with pytest.raises(AcknowledgementDiffers):
        await answer(uow, clock, HANDOVER, (FIRST, ""))
    assert uow.handovers.states[HANDOVER].acknowledged_time is None
    await answer(uow, clock, HANDOVER, error="SEAL_INVALID")
    with pytest.raises(AcknowledgementDiffers):
        await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""))
    assert uow.handovers.states[HANDOVER].rejection_reason == "SEAL_INVALID"


async def test_the_same_answer_again_changes_nothing(uow, clock):
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""))
    clock.set(shanghai("2021-10-26 18:00"))
    await answer(uow, clock, HANDOVER, (FIRST, ""), (SECOND, ""))
    assert uow.handovers.states[HANDOVER].acknowledged_time == shanghai("2021-10-26 17:00")
