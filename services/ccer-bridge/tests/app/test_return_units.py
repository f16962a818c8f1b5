from dataclasses import replace

import pytest
from ccer_bridge.app.return_units import return_units
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.errors import AccountNotOpen, VenueTransferDiffers
from ccer_bridge.domain.events import UnitsReturnedFromVenue
from ccer_bridge.domain.transfers import ReturnedUnits
from ccer_fakes import registry
from ccer_messages import C_PLANT, WIND
from ets_kernel.domain.errors import AccountNotFound
from ets_ledger.domain.errors import InsufficientHolding
from venue_steps import CLOCK, REGISTERED, TRADING, bring

RETURNED = ReturnedUnits(
    withdrawal_no="W-1", venue="BJ", account_no=C_PLANT, product=WIND, quantity_tco2e=100
)


@pytest.fixture
async def uow():
    """The first plant has 100 t at the venue."""
    made = await registry(CLOCK)
    await bring(made)
    del made.facts[:]
    return made


async def test_released_units_are_free_again_and_told(uow):
    await return_units(RETURNED, uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 1_000}
    assert uow.facts == [UnitsReturnedFromVenue(returned=RETURNED, at=CLOCK.now())]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"account_no": "C-x"}, AccountNotFound),
        ({"product": "CEA-2021"}, InsufficientHolding),
        ({"quantity_tco2e": 101}, InsufficientHolding),
    ],
)
async def test_what_cannot_be_returned_is_refused(uow, change, refusal):
    with pytest.raises(refusal):
        await return_units(replace(RETURNED, **change), uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 900, TRADING: 100}
    assert uow.facts == []


async def test_units_of_an_account_that_is_not_open_are_not_returned(uow):
    uow.accounts.accounts[C_PLANT] = replace(uow.accounts.accounts[C_PLANT], status=AccountStatus.REFUSED)
    with pytest.raises(AccountNotOpen):
        await return_units(RETURNED, uow=uow, clock=CLOCK)


async def test_a_withdrawal_is_returned_once_and_never_with_other_content(uow):
    for _ in range(2):
        await return_units(replace(RETURNED, quantity_tco2e=40), uow=uow, clock=CLOCK)
    with pytest.raises(VenueTransferDiffers):
        await return_units(replace(RETURNED, quantity_tco2e=41), uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 940, TRADING: 60}
    assert len(uow.facts) == 1
