import pytest
from ccer_bridge.app.answer_transfer import answer_transfer
from ccer_bridge.app.return_units import return_units
from ccer_bridge.app.settle_trades import SettleTrades, settle_trades
from ccer_bridge.app.transfer_to_venue import TransferToVenue, WantedTransfer, transfer_units_to_venue
from ccer_bridge.domain.errors import VenueTransferDiffers, VenueTransferNotFound
from ccer_bridge.domain.events import UnitsReturnedFromVenue, UnitsTransferredToVenue
from ccer_bridge.domain.transfers import ReturnedUnits, Settlement, TransferAnswer, TransferState
from ccer_fakes import NOW, registry
from ccer_messages import C_OTHER, C_PLANT, OTHER, PLANT, WIND
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import AccountNotFound
from ets_ledger.domain.errors import InsufficientHolding

CLOCK = FixedClock(NOW)
REGISTERED, TRADING, IN_TRANSIT = (WIND, "registered"), (WIND, "trading"), (WIND, "in_transit")


@pytest.fixture
async def uow():
    return await registry(CLOCK)


async def send(uow, *quantities, credit_code=PLANT):
    transfers = tuple(
        WantedTransfer(credit_code=credit_code, venue="BJ", product=WIND, quantity_tco2e=quantity)
        for quantity in quantities
    )
    return await transfer_units_to_venue(
        TransferToVenue(request_id="t", transfers=transfers), uow=uow, clock=CLOCK
    )


def answer(state, quantity=100, number="TV-t-0"):
    return TransferAnswer(
        transfer_no=number, venue="BJ", account_no=C_PLANT, product=WIND, quantity_tco2e=quantity, state=state
    )


async def test_a_transfer_is_numbered_by_its_request_and_told_only_if_it_was_made(uow):
    first, second, third = await send(uow, 100, 1_000, 50)
    assert (first, third) == ("TV-t-0", "TV-t-2")
    assert isinstance(second, InsufficientHolding)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 850, IN_TRANSIT: 150}
    assert [fact.transfer.transfer_no for fact in uow.told(UnitsTransferredToVenue)] == ["TV-t-0", "TV-t-2"]


@pytest.mark.parametrize(
    ("state", "held"),
    [
        (TransferState.ACCEPTED, {REGISTERED: 900, TRADING: 100}),
        (TransferState.REFUSED, {REGISTERED: 1_000}),
    ],
)
async def test_units_arrive_or_come_back_once(uow, state, held):
    await send(uow, 100)
    for _ in range(2):
        await answer_transfer(answer(state), uow=uow, clock=CLOCK)
        assert uow.ledger.held(C_PLANT) == held


async def test_another_answer_is_refused_and_moves_nothing(uow):
    await send(uow, 100)
    with pytest.raises(VenueTransferNotFound):
        await answer_transfer(answer(TransferState.ACCEPTED, number="TV-x-0"), uow=uow, clock=CLOCK)
    with pytest.raises(VenueTransferDiffers):
        await answer_transfer(answer(TransferState.ACCEPTED, 99), uow=uow, clock=CLOCK)
    await answer_transfer(answer(TransferState.ACCEPTED), uow=uow, clock=CLOCK)
    with pytest.raises(VenueTransferDiffers):
        await answer_transfer(answer(TransferState.REFUSED), uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 900, TRADING: 100}


async def test_a_trade_moves_units_once_and_a_withdrawal_frees_them_once(uow):
    await send(uow, 100)
    await answer_transfer(answer(TransferState.ACCEPTED), uow=uow, clock=CLOCK)
    trade = Settlement(
        trade_no="X-1", seller_account_no=C_PLANT, buyer_account_no=C_OTHER, product=WIND, quantity_tco2e=60
    )
    for _ in range(2):
        command = SettleTrades(trading_date=NOW.date(), trades=(trade,))
        assert await settle_trades(command, uow=uow, clock=CLOCK) == ["X-1"]
    assert uow.ledger.held(C_OTHER) == {TRADING: 60}
    returned = ReturnedUnits(
        withdrawal_no="W-1", venue="BJ", account_no=C_OTHER, product=WIND, quantity_tco2e=60
    )
    for _ in range(2):
        await return_units(returned, uow=uow, clock=CLOCK)
    assert uow.ledger.held(C_OTHER) == {REGISTERED: 60}
    assert len(uow.told(UnitsReturnedFromVenue)) == 1
    with pytest.raises(AccountNotFound):
        await return_units(
            ReturnedUnits(
                withdrawal_no="W-2", venue="BJ", account_no=f"C-{OTHER}x", product=WIND, quantity_tco2e=1
            ),
            uow=uow,
            clock=CLOCK,
        )
