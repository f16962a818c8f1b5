from dataclasses import replace

import pytest
from ccer_bridge.app.settle_trades import SettleTrades, settle_trades
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.transfers import Settlement
from ccer_fakes import NOW, registry
from ccer_messages import C_OTHER, C_OWNER, C_PLANT, WIND
from venue_steps import CLOCK, REGISTERED, TRADING, bring, reasons

TRADE = Settlement(
    trade_no="X-1", seller_account_no=C_PLANT, buyer_account_no=C_OTHER, product=WIND, quantity_tco2e=60
)


@pytest.fixture
async def uow():
    """The first plant has 100 t at the venue."""
    made = await registry(CLOCK)
    await bring(made)
    return made


async def settle(uow, *trades):
    command = SettleTrades(trading_date=NOW.date(), trades=trades)
    return reasons(await settle_trades(command, uow=uow, clock=CLOCK))


async def test_units_move_in_full_and_can_be_sold_on_in_the_same_batch(uow):
    on = replace(TRADE, trade_no="X-2", seller_account_no=C_OTHER, buyer_account_no=C_OWNER)
    assert await settle(uow, TRADE, on) == ["X-1", "X-2"]
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 900, TRADING: 40}
    assert uow.ledger.held(C_OWNER) == {TRADING: 60}
    assert uow.transfers.trades == {"X-1": TRADE, "X-2": on}


async def test_each_refusal_leaves_the_other_items_alone(uow):
    uow.accounts.accounts[C_OWNER] = replace(
        uow.accounts.accounts[C_OWNER], status=AccountStatus.FIRST_REVIEWED
    )
    items = [
        replace(TRADE, trade_no="X-2", seller_account_no="C-x", buyer_account_no=C_OWNER),
        replace(TRADE, trade_no="X-3", buyer_account_no=C_OWNER),
        replace(TRADE, trade_no="X-4", product="CEA-2021"),
        replace(TRADE, trade_no="X-5", quantity_tco2e=101),
        replace(TRADE, trade_no="X-6", quantity_tco2e=100),
        TRADE,
    ]
    assert await settle(uow, *items) == [
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_OPEN",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
        "X-6",
        "INSUFFICIENT_HOLDING",
    ]
    assert uow.ledger.held(C_OTHER) == {TRADING: 100}
    assert list(uow.transfers.trades) == ["X-6"]


async def test_a_trade_number_is_settled_once_and_never_with_other_content(uow):
    other = replace(TRADE, quantity_tco2e=1)
    assert await settle(uow, TRADE, TRADE, other) == ["X-1", "X-1", "TRADE_SETTLED_DIFFERENTLY"]
    assert await settle(uow, TRADE, other) == ["X-1", "TRADE_SETTLED_DIFFERENTLY"]
    assert uow.ledger.held(C_OTHER) == {TRADING: 60}


async def test_of_two_trades_of_one_number_the_second_is_settled_where_the_first_is_refused(uow):
    big = replace(TRADE, quantity_tco2e=101)
    assert await settle(uow, big, TRADE, big) == ["INSUFFICIENT_HOLDING", "X-1", "TRADE_SETTLED_DIFFERENTLY"]
    assert uow.transfers.trades == {"X-1": TRADE}
    assert uow.ledger.held(C_OTHER) == {TRADING: 60}
