from dataclasses import replace

import pytest
from ccer_bridge.app.answer_transfer import answer_transfer
from ccer_bridge.domain.errors import VenueTransferDiffers, VenueTransferNotFound
from ccer_bridge.domain.transfers import TransferState
from ccer_fakes import registry
from ccer_messages import C_OTHER, C_PLANT
from venue_steps import CLOCK, IN_TRANSIT, REGISTERED, TRADING, answer, send, wanted


@pytest.fixture
async def uow():
    made = await registry(CLOCK)
    await send(made, wanted(100))
    return made


@pytest.mark.parametrize(
    ("state", "held"),
    [
        (TransferState.ACCEPTED, {REGISTERED: 900, TRADING: 100}),
        (TransferState.REFUSED, {REGISTERED: 1_000}),
    ],
)
async def test_units_arrive_or_come_back_once(uow, state, held):
    for _ in range(2):
        await answer_transfer(answer(state), uow=uow, clock=CLOCK)
        assert uow.ledger.held(C_PLANT) == held
        assert uow.transfers.sent["TV-t-0"].state is state


async def test_an_answer_to_nothing_is_not_found(uow):
    with pytest.raises(VenueTransferNotFound):
        await answer_transfer(answer(number="TV-x-0"), uow=uow, clock=CLOCK)


@pytest.mark.parametrize(
    "change",
    [{"quantity_tco2e": 99}, {"venue": "SH"}, {"account_no": C_OTHER}, {"product": "CCER-SOLAR1-2016"}],
)
async def test_an_answer_with_other_content_is_refused_and_moves_nothing(uow, change):
    with pytest.raises(VenueTransferDiffers):
        await answer_transfer(replace(answer(), **change), uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 900, IN_TRANSIT: 100}


async def test_a_second_answer_that_says_the_contrary_is_refused(uow):
    await answer_transfer(answer(), uow=uow, clock=CLOCK)
    with pytest.raises(VenueTransferDiffers):
        await answer_transfer(answer(TransferState.REFUSED), uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 900, TRADING: 100}
