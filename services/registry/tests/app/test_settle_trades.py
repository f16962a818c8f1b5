from dataclasses import replace
from datetime import date

import pytest
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import AccountNo
from registry.app.settle_trades import SettleTrades, settle_trades
from registry.domain.accounts import AccountStatus, AccountUse
from registry.domain.trading import Settlement
from registry_fakes import NOW, emitter, market, reasons
from registry_messages import CEA, DEFICIT, SURPLUS

CLOCK = FixedClock(NOW)
SELLER, BUYER = AccountNo(f"R-E-{SURPLUS}"), AccountNo(f"R-E-{DEFICIT}")
TRADE = Settlement(
    trade_no="T-1", seller_account_no=SELLER, buyer_account_no=BUYER, product=CEA, quantity_tco2e=60
)


@pytest.fixture
async def uow():
    """The seller has 100 t in trading."""
    uow = await market(held_tco2e=100)
    await uow.put_in_trading(SELLER, CEA, 100, NOW)
    return uow


async def settle(uow, *trades):
    command = SettleTrades(trading_date=date(2021, 11, 1), trades=trades)
    return reasons(await settle_trades(command, uow=uow, clock=CLOCK))


async def test_units_move_in_full_or_not_at_all(uow):
    trades = [TRADE, replace(TRADE, trade_no="T-2", quantity_tco2e=41), replace(TRADE, trade_no="T-3")]
    trades[2] = replace(trades[2], quantity_tco2e=40)
    assert await settle(uow, *trades) == ["", "INSUFFICIENT_HOLDING", ""]
    assert uow.ledger.held(BUYER)[CEA, "trading"] == 100
    assert set(uow.transfers.trades) == {"T-1", "T-3"}


async def test_what_was_bought_can_be_sold_on_in_the_same_batch(uow):
    back = replace(TRADE, trade_no="T-2", seller_account_no=BUYER, buyer_account_no=SELLER, quantity_tco2e=60)
    assert await settle(uow, TRADE, back) == ["", ""]


async def test_a_trade_number_is_settled_once_within_a_batch_and_between_batches(uow):
    other = replace(TRADE, quantity_tco2e=61)
    assert await settle(uow, TRADE, TRADE, other) == ["", "", "TRADE_SETTLED_DIFFERENTLY"]
    assert await settle(uow, TRADE, other) == ["", "TRADE_SETTLED_DIFFERENTLY"]
    assert uow.ledger.held(BUYER)[CEA, "trading"] == 60


async def test_a_trade_that_failed_can_be_settled_later(uow):
    big = replace(TRADE, quantity_tco2e=101)
    assert await settle(uow, big) == ["INSUFFICIENT_HOLDING"]
    assert await settle(uow, TRADE) == [""]


async def test_parties_need_accounts_and_products_must_be_tradable(uow):
    assert await settle(
        uow, replace(TRADE, seller_account_no="R-E-x"), replace(TRADE, product="OFFSET-WIND1-2015")
    ) == ["ACCOUNT_NOT_FOUND", "PRODUCT_NOT_TRADABLE"]


async def test_a_restricted_account_takes_part_and_a_closed_one_does_not(uow):
    await uow.accounts.add([emitter(1, restricted_uses=frozenset(AccountUse))])
    assert await settle(uow, TRADE) == [""]
    await uow.accounts.add([emitter(1, status=AccountStatus.CLOSED, closed_time=NOW)])
    other = replace(TRADE, trade_no="T-2", quantity_tco2e=1)
    assert await settle(uow, other) == ["ACCOUNT_CLOSED"]
    assert await settle(uow, TRADE) == [""]


async def test_of_two_trades_of_one_number_the_second_is_settled_where_the_first_is_refused(uow):
    big = replace(TRADE, quantity_tco2e=101)
    assert await settle(uow, big, TRADE, big) == ["INSUFFICIENT_HOLDING", "", "TRADE_SETTLED_DIFFERENTLY"]
    assert uow.transfers.trades["T-1"] == TRADE
    assert uow.ledger.held(BUYER)[CEA, "trading"] == 60


async def test_a_trade_repeated_in_its_batch_finds_what_came_in_between(uow):
    big = replace(TRADE, seller_account_no=BUYER, buyer_account_no=SELLER)
    assert await settle(uow, big, replace(TRADE, trade_no="T-2"), big) == ["INSUFFICIENT_HOLDING", "", ""]
    assert set(uow.transfers.trades) == {"T-1", "T-2"}
