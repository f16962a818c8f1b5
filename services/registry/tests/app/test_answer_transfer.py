from dataclasses import replace

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.app.answer_transfer import TransferAnswer, answer_transfer
from registry.app.transfer_to_trading import (
    TransferToTrading,
    WantedTransfer,
    transfer_units_to_trading,
)
from registry.domain.errors import TransferDiffers, TransferNotFound
from registry_fakes import NOW, market
from registry_messages import CEA, DEFICIT

CLOCK = FixedClock(NOW)
ACCOUNT = f"R-E-{DEFICIT}"
ACCEPTED = TransferAnswer(
    transfer_no=f"RT-{ACCOUNT}-1", account_no=ACCOUNT, product=CEA, quantity_tco2e=10_000, is_accepted=True
)


@pytest.fixture
async def uow():
    uow = await market()
    wanted = WantedTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=10_000)
    await transfer_units_to_trading(TransferToTrading(transfers=(wanted,)), uow=uow, clock=CLOCK)
    return uow


async def test_accepted_units_are_in_trading_once(uow):
    for _ in range(2):
        await answer_transfer(ACCEPTED, uow=uow, clock=CLOCK)
        assert uow.ledger.held(ACCOUNT) == {(CEA, "trading"): 10_000}


async def test_refused_units_are_free_again(uow):
    await answer_transfer(replace(ACCEPTED, is_accepted=False), uow=uow, clock=CLOCK)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 10_000}


@pytest.mark.parametrize(
    "change", [{"account_no": "R-E-x"}, {"product": "CEA-2021"}, {"quantity_tco2e": 9_999}]
)
async def test_an_answer_with_other_content_is_a_conflict(uow, change):
    with pytest.raises(TransferDiffers):
        await answer_transfer(replace(ACCEPTED, **change), uow=uow, clock=CLOCK)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "in_transit"): 10_000}


async def test_a_second_answer_that_says_the_contrary_is_a_conflict(uow):
    await answer_transfer(ACCEPTED, uow=uow, clock=CLOCK)
    with pytest.raises(TransferDiffers):
        await answer_transfer(replace(ACCEPTED, is_accepted=False), uow=uow, clock=CLOCK)


async def test_an_answer_to_nothing_is_not_found(uow):
    with pytest.raises(TransferNotFound):
        await answer_transfer(replace(ACCEPTED, transfer_no="RT-none"), uow=uow, clock=CLOCK)
