"""Following restrictions: nothing new is sold while one is in force, and everything else goes on."""

import pytest
from trading.app.follow_restriction import follow_restriction
from trading.app.know_holder_account import know_holder_account
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.domain.accounts import HolderAccount
from trading.domain.orders import Side
from trading_fakes import FakeUnitOfWork
from trading_floor import PRICE, floor, session, told, trader
from trading_market import ANN, BOB, CEA

ANNS = f"R-E-{ANN}"


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann and Bob have units and cash."""
    made = floor()
    for who in (ANN, BOB):
        await know_holder_account(HolderAccount(account_no=f"R-E-{who}", credit_code=who), uow=made)
        trader(made, who, available_tco2e=500_000, cash=PRICE * 1_000_000)
    return made


async def stop(uow, *, is_sale_stopped=True, account_no=ANNS):
    await follow_restriction(account_no, is_sale_stopped=is_sale_stopped, uow=uow)


async def place(uow, who, side):
    order = OrderPlacement(
        market="CEA", credit_code=who, product=CEA, side=side, price_fen_per_tco2e=PRICE, quantity_tco2e=10
    )
    return told(await place_listed_orders([order], **session(uow)))[0]


async def take(uow, who, order_no):
    return told(
        await take_listed_orders(
            [OrderTake(credit_code=who, order_no=order_no, quantity_tco2e=10)], **session(uow)
        )
    )[0]


async def propose(uow, seller, buyer):
    deal = BlockDeal(
        market="CEA", credit_code=seller, buyer_credit_code=buyer, product=CEA, price_fen_per_tco2e=PRICE,
        quantity_tco2e=100_000,
    )  # fmt: skip
    return told(await propose_block_deals([deal], **session(uow)))[0]


async def test_whoever_is_stopped_sells_in_no_way(uow):
    bids = await place(uow, BOB, Side.BUY)
    await stop(uow)
    assert await place(uow, ANN, Side.SELL) == "SALE_STOPPED"
    assert await take(uow, ANN, bids) == "SALE_STOPPED"
    assert await propose(uow, ANN, BOB) == "SALE_STOPPED"


async def test_whoever_is_stopped_buys_and_others_trade(uow):
    await stop(uow)
    offer = await place(uow, BOB, Side.SELL)
    assert offer.startswith("O-")
    assert (await take(uow, ANN, offer)).startswith("X-")
    assert (await place(uow, ANN, Side.BUY)).startswith("O-")
    assert (await propose(uow, BOB, ANN)).startswith("B-")


async def test_what_stood_before_is_taken(uow):
    offer = await place(uow, ANN, Side.SELL)
    await stop(uow)
    assert (await take(uow, BOB, offer)).startswith("X-")


async def test_what_is_lifted_stops_nothing_more(uow):
    await stop(uow)
    await stop(uow, is_sale_stopped=False)
    assert (await place(uow, ANN, Side.SELL)).startswith("O-")


async def test_an_account_that_nobody_trades_from_is_passed_over(uow):
    await stop(uow, account_no="R-P-37")
    assert "R-P-37" not in uow.state["holders"]
