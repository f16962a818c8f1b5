"""Units to trading and back, and the unit leg of settlement."""

import pytest
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import RequestIdReused, ScopeForbidden
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E, code
from registry_world import TRADING, reasons

SELLER, BUYER = f"R-E-{SURPLUS}", f"R-E-{DEFICIT}"


def transfer(quantity, *, credit_code=SURPLUS, product=CEA):
    return pb.TradingTransfer(credit_code=credit_code, product=product, quantity_tco2e=quantity)


def request(request_id, *transfers):
    return pb.TransferToTradingRequest(request_id=request_id, transfers=transfers)


def trade(number, quantity, **changes):
    values = {"seller_account_no": SELLER, "buyer_account_no": BUYER, "product": CEA} | changes
    return pb.TradeSettlement(trade_no=number, quantity_tco2e=quantity, **values)


def settle(request_id, *trades):
    return pb.SettleTradesRequest(request_id=request_id, trading_date="2021-10-26", trades=trades)


def answered(message_class, quantity, *, number=f"RT-{SELLER}-1", market="CEA", **values):
    return message_class(
        transfer_no=number,
        market=market,
        holder_account_no=SELLER,
        product=CEA,
        quantity_tco2e=quantity,
        **values,
    )


def withdrawal(quantity, number="W-CEA-1", market="CEA", account=SELLER):
    return trading_events_pb2.WithdrawalRequested(
        withdrawal_no=number, market=market, holder_account_no=account, product=CEA, quantity_tco2e=quantity
    )


async def test_units_are_in_transit_until_trading_answers(world):
    await world.allocate()
    answer = await world.emitters.TransferToTrading(request("t", transfer(100), transfer(50)))
    assert [result.reference for result in answer.results] == [f"RT-{SELLER}-1", f"RT-{SELLER}-2"]
    sent = await world.events(registry_events_pb2.UnitsTransferredToTrading)
    assert [(event.transfer_no, event.credit_code, event.quantity_tco2e) for event in sent] == [
        (f"RT-{SELLER}-1", SURPLUS, 100),
        (f"RT-{SELLER}-2", SURPLUS, 50),
    ]
    await world.tell(
        TRADING,
        answered(trading_events_pb2.TransferInAccepted, 100),
        answered(
            trading_events_pb2.TransferInRefused,
            50,
            number=f"RT-{SELLER}-2",
            reason="TRADING_ACCOUNT_NOT_FOUND",
        ),
    )
    assert await world.holdings(SELLER) == {
        (CEA, "registered"): VERIFIED_TCO2E - 100,
        (CEA, "trading"): 100,
    }
    assert [row[4] for row in await world.book("trading_transfers")] == ["accepted", "refused"]


async def test_transfers_that_may_not_be_are_refused_one_by_one_and_change_nothing(world):
    await world.allocate()
    before = await world.state()
    answer = await world.emitters.TransferToTrading(
        request(
            "t",
            transfer(1, credit_code=code(9)),
            transfer(1, product="OFFSET-WIND1-2015"),
            transfer(1, product="CCER-WIND1-2015"),
            transfer(1, product="nothing"),
            transfer(VERIFIED_TCO2E + 1),
        )
    )
    assert reasons(answer) == [
        "ACCOUNT_NOT_FOUND",
        "PRODUCT_NOT_TRADABLE",
        "PRODUCT_NOT_TRADABLE",
        "PRODUCT_NOT_TRADABLE",
        "INSUFFICIENT_HOLDING",
    ]
    assert await world.state() == before


async def test_the_same_request_again_moves_nothing_and_another_body_is_a_conflict(world):
    await world.allocate()
    first = await world.emitters.TransferToTrading(request("t", transfer(100)))
    state = await world.state()
    assert await world.emitters.TransferToTrading(request("t", transfer(100))) == first
    with pytest.raises(RequestIdReused):
        await world.emitters.TransferToTrading(request("t", transfer(101)))
    assert await world.state() == state


async def test_an_emitter_moves_only_its_own_units(world):
    await world.allocate()
    stranger = world.commands("ROLE_EMITTER", entities=[DEFICIT])
    with pytest.raises(ScopeForbidden):
        await stranger.TransferToTrading(request("t", transfer(1)))


async def test_an_answer_counts_once_and_only_as_it_was_asked(world):
    await world.allocate()
    await world.emitters.TransferToTrading(request("t", transfer(100)))
    accepted = answered(trading_events_pb2.TransferInAccepted, 100)
    await world.tell(TRADING, accepted, accepted)
    state = await world.state()
    await world.tell(
        TRADING,
        answered(trading_events_pb2.TransferInAccepted, 99),
        answered(trading_events_pb2.TransferInRefused, 100, reason="TRADING_ACCOUNT_NOT_FOUND"),
        answered(trading_events_pb2.TransferInAccepted, 100, number="RT-none-1"),
        answered(trading_events_pb2.TransferInAccepted, 100, number="VT-1", market="BEIJING"),
    )
    assert await world.dead_letters() == ["TRANSFER_DIFFERS", "TRANSFER_DIFFERS", "TRANSFER_NOT_FOUND"]
    assert await world.state() == state


async def test_released_units_are_free_again_once(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 100)
    await world.tell(
        TRADING, withdrawal(40), withdrawal(40), withdrawal(5, number="W-BJ-1", market="BEIJING")
    )
    assert await world.holdings(SELLER) == {
        (CEA, "registered"): VERIFIED_TCO2E - 60,
        (CEA, "trading"): 60,
    }
    returned = await world.events(registry_events_pb2.UnitsReturnedFromTrading)
    assert [(event.withdrawal_no, event.quantity_tco2e) for event in returned] == [("W-CEA-1", 40)]
    await world.tell(
        TRADING,
        withdrawal(41),
        withdrawal(61, number="W-CEA-2"),
        withdrawal(1, number="W-CEA-3", account="R-E-nobody"),
    )
    assert await world.dead_letters() == ["TRANSFER_DIFFERS", "INSUFFICIENT_HOLDING", "ACCOUNT_NOT_FOUND"]


async def test_trades_move_units_between_trading_holdings_once(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 100)
    answer = await world.trading.SettleTrades(
        settle("s1", trade("T-1", 60), trade("T-2", 41), trade("T-3", 40))
    )
    assert reasons(answer) == ["", "INSUFFICIENT_HOLDING", ""]
    assert (await world.holdings(BUYER))[CEA, "trading"] == 100
    state = await world.state()
    again = await world.trading.SettleTrades(settle("s2", trade("T-1", 60), trade("T-1", 61)))
    assert reasons(again) == ["", "TRADE_SETTLED_DIFFERENTLY"]
    assert await world.state() == state


async def test_trades_that_may_not_be_settled_are_refused(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 100)
    state = await world.state()
    answer = await world.trading.SettleTrades(
        settle(
            "s",
            trade("T-1", 1, buyer_account_no="R-E-nobody"),
            trade("T-2", 1, product="OFFSET-WIND1-2015"),
            trade("T-3", 1, buyer_account_no=SELLER),
        )
    )
    assert reasons(answer) == ["ACCOUNT_NOT_FOUND", "PRODUCT_NOT_TRADABLE", "TRANSFER_INVALID"]
    assert await world.state() == state
