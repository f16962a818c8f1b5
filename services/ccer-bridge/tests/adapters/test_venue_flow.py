"""Step 2: units to a venue and back, and the unit leg of trades settled there."""

import pytest
from ccer_messages import (
    C_OTHER,
    C_OWNER,
    C_PLANT,
    OWNER,
    PLANT,
    WIND,
    code,
    shanghai,
    transfer_in,
    withdrawal,
)
from ccer_world import TRADING, accepted, applicant, reasons
from ets.ccer.v1 import ccer_events_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import MalformedRequest, RequestIdReused, RoleForbidden, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp

ACCEPTED, REFUSED = trading_events_pb2.TransferInAccepted, trading_events_pb2.TransferInRefused


def transfer(quantity, **changes):
    values = {"credit_code": OWNER, "venue": "BJ", "product": WIND} | changes
    return pb.VenueTransfer(quantity_tco2e=quantity, **values)


def request(request_id, *transfers):
    return pb.TransferToVenueRequest(request_id=request_id, transfers=transfers)


def trade(number, quantity, **changes):
    values = {"seller_account_no": C_OWNER, "buyer_account_no": C_PLANT, "product": WIND} | changes
    return pb.TradeSettlement(trade_no=number, quantity_tco2e=quantity, **values)


def settle(request_id, *trades):
    return pb.SettleTradesRequest(request_id=request_id, trading_date="2021-10-27", trades=trades)


async def test_units_are_in_transit_until_trading_answers(world):
    await world.prepare()
    numbers = await accepted(world.holders.TransferToVenue(request("t", transfer(100), transfer(50))))
    assert numbers == ["TV-t-0", "TV-t-1"]
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_850, (WIND, "in_transit"): 150}
    sent = await world.events(ccer_events_pb2.UnitsTransferredToVenue)
    assert [(one.transfer_no, one.account_no, one.venue, one.quantity_tco2e) for one in sent] == [
        ("TV-t-0", C_OWNER, "BJ", 100),
        ("TV-t-1", C_OWNER, "BJ", 50),
    ]
    await world.tell(
        TRADING,
        transfer_in(ACCEPTED, "TV-t-0", 100),
        transfer_in(REFUSED, "TV-t-1", 50, reason="TRADING_ACCOUNT_NOT_FOUND"),
    )
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_900, (WIND, "trading"): 100}
    assert [row[5] for row in await world.book("venue_transfers")] == ["accepted", "refused"]


async def test_transfers_that_may_not_be_are_refused_one_by_one_and_change_nothing(world):
    await world.prepare()
    await accepted(
        world.holders.ApplyForAccounts(pb.ApplyForAccountsRequest(request_id="a", accounts=[applicant(3)]))
    )
    before = await world.state()
    answer = await world.holders.TransferToVenue(
        request(
            "t",
            transfer(1, credit_code=code(9)),
            transfer(1, credit_code=code(3)),
            transfer(1, venue="XX"),
            transfer(10_001),
            transfer(1, product="CEA-2019-2020"),
            transfer(1, product="nothing"),
        )
    )
    assert reasons(answer) == [
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_OPEN",
        "VENUE_UNKNOWN",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
    ]
    assert await world.state() == before
    assert await world.events(ccer_events_pb2.UnitsTransferredToVenue) == []


async def test_a_transfer_takes_what_the_ones_before_it_left(world):
    await world.prepare(100)
    answer = await world.holders.TransferToVenue(request("t", transfer(60), transfer(60), transfer(40)))
    assert reasons(answer) == ["", "INSUFFICIENT_HOLDING", ""]
    assert await world.holdings(OWNER) == {(WIND, "in_transit"): 100}


async def test_a_request_id_has_one_effect(world):
    await world.prepare()
    once = await world.holders.TransferToVenue(request("t", transfer(60)))
    assert await world.holders.TransferToVenue(request("t", transfer(60))) == once
    with pytest.raises(RequestIdReused):
        await world.holders.TransferToVenue(request("t", transfer(61)))
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_940, (WIND, "in_transit"): 60}
    stranger = world.commands("ROLE_HOLDER", entities=[PLANT])
    with pytest.raises(ScopeForbidden):
        await stranger.TransferToVenue(request("u", transfer(1)))


async def test_an_answer_that_does_not_fit_its_transfer_is_set_aside_and_changes_nothing(world):
    await world.prepare()
    number = await world.send(100)
    before = await world.state()
    await world.tell(
        TRADING,
        transfer_in(ACCEPTED, "TV-none-0", 100),
        transfer_in(ACCEPTED, number, 99),
        transfer_in(ACCEPTED, number, 100, market="TJ"),
        transfer_in(REFUSED, number, 100, account=C_PLANT),
    )
    assert await world.dead_letters() == ["VENUE_TRANSFER_NOT_FOUND"] + ["VENUE_TRANSFER_DIFFERS"] * 3
    assert await world.state() == before
    await world.tell(
        TRADING,
        transfer_in(ACCEPTED, number, 100),
        transfer_in(ACCEPTED, number, 100),
        transfer_in(REFUSED, number, 100),
    )
    assert (await world.dead_letters())[4:] == ["VENUE_TRANSFER_DIFFERS"]
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_900, (WIND, "trading"): 100}


async def test_what_is_for_the_registration_system_is_passed_over(world):
    await world.prepare()
    before = await world.state()
    await world.tell(
        TRADING,
        transfer_in(ACCEPTED, "RT-1", 100, market="CEA"),
        transfer_in(REFUSED, "RT-1", 100, market="CEA"),
        withdrawal(100, market="CEA"),
    )
    assert await world.dead_letters() == []
    assert await world.state() == before


async def test_units_that_a_venue_released_are_free_again_once(world):
    await world.prepare()
    await world.bring_to_venue(100)
    await world.tell(TRADING, withdrawal(40), withdrawal(40))
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_940, (WIND, "trading"): 60}
    (told,) = await world.events(ccer_events_pb2.UnitsReturnedFromVenue)
    assert (told.withdrawal_no, told.account_no, told.quantity_tco2e) == ("W-BJ-000001", C_OWNER, 40)
    assert await world.book("venue_returns") == [("W-BJ-000001", C_OWNER, WIND, "40")]


async def test_withdrawals_that_may_not_be_are_set_aside_and_change_nothing(world):
    await world.prepare()
    await world.bring_to_venue(100)
    await world.tell(TRADING, withdrawal(40))
    before = await world.state()
    await world.tell(
        TRADING,
        withdrawal(41),
        withdrawal(61, number="W-BJ-000002"),
        withdrawal(1, number="W-BJ-000003", account="C-nobody"),
        withdrawal(0, number="W-BJ-000004"),
    )
    assert await world.dead_letters() == [
        "VENUE_TRANSFER_DIFFERS",
        "INSUFFICIENT_HOLDING",
        "ACCOUNT_NOT_FOUND",
        "MALFORMED_REQUEST",
    ]
    assert await world.state() == before


async def test_a_trade_moves_units_at_the_venue_once(world):
    await world.prepare()
    await world.bring_to_venue(100)
    await accepted(world.trading.SettleTrades(settle("s", trade("X-1", 60))))
    before = await world.state()
    await accepted(world.trading.SettleTrades(settle("s2", trade("X-1", 60))))
    assert await world.state() == before
    assert await world.holdings(OWNER) == {(WIND, "registered"): 9_900, (WIND, "trading"): 40}
    assert await world.holdings(PLANT) == {(WIND, "trading"): 60}
    assert await world.book("settled_trades") == [("X-1", C_OWNER, C_PLANT, WIND, "60")]


async def test_trades_that_may_not_be_are_refused_one_by_one_and_change_nothing(world):
    await world.prepare()
    await world.bring_to_venue(100)
    await accepted(
        world.holders.ApplyForAccounts(pb.ApplyForAccountsRequest(request_id="a", accounts=[applicant(3)]))
    )
    await accepted(world.trading.SettleTrades(settle("s", trade("X-1", 60))))
    before = await world.state()
    answer = await world.trading.SettleTrades(
        settle(
            "s2",
            trade("X-1", 61),
            trade("X-2", 1, seller_account_no="C-nobody"),
            trade("X-3", 1, buyer_account_no=f"C-{code(3)}"),
            trade("X-4", 41),
            trade("X-5", 1, product="CEA-2019-2020"),
            trade("X-6", 1, seller_account_no=C_OTHER),
        )
    )
    assert reasons(answer) == [
        "TRADE_SETTLED_DIFFERENTLY",
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_OPEN",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
    ]
    assert await world.state() == before


async def test_a_trade_number_twice_in_one_batch_moves_units_once(world):
    await world.prepare()
    await world.bring_to_venue(100)
    answer = await world.trading.SettleTrades(
        settle("s", trade("X-1", 10), trade("X-1", 10), trade("X-1", 11))
    )
    assert reasons(answer) == ["", "", "TRADE_SETTLED_DIFFERENTLY"]
    assert await world.holdings(PLANT) == {(WIND, "trading"): 10}


async def test_only_trading_settles_and_a_date_is_a_date(world):
    with pytest.raises(RoleForbidden):
        await world.holders.SettleTrades(settle("s", trade("X-1", 1)))
    with pytest.raises(MalformedRequest):
        await world.trading.SettleTrades(
            pb.SettleTradesRequest(request_id="s", trading_date="2021-02-30", trades=[trade("X-1", 1)])
        )


async def test_holdings_are_shown_as_of_any_moment(world):
    await world.prepare()
    before = world.clock.now()
    world.clock.set(shanghai("2021-10-27 09:00"))
    await world.bring_to_venue(100)
    assert await world.holdings(OWNER, as_of=to_timestamp(before)) == {(WIND, "registered"): 10_000}
    assert await world.holdings(OWNER, as_of=to_timestamp(world.clock.now())) == await world.holdings(OWNER)
