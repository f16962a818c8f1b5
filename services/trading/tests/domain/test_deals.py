"""TRD-7 to TRD-11: orders, price levels, trades, closes, numbers."""

from dataclasses import replace
from datetime import date

import pytest
from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.ensure import BrokenClaim
from hypothesis import given
from hypothesis import strategies as st
from trading.domain.accounts import Position, TradingAccount
from trading.domain.errors import (
    NotAmongBestPrices,
    OrderNotOpen,
    OrderQuantityExceeded,
    ProposalNotOpen,
    ReferencePriceMissing,
)
from trading.domain.numbering import Numbering, Series, series_of
from trading.domain.orders import (
    Order,
    OrderStatus,
    Proposal,
    ProposalStatus,
    Side,
    end_order,
    end_proposal,
    place,
    propose,
)
from trading.domain.price_levels import PriceLevels
from trading.domain.quotes import base_price, daily_quote
from trading.domain.sheet import Sheet
from trading.domain.trades import Trade, TradeMode, TradeStatus, accept, fail, settle, take

DAY, NEXT = date(2021, 11, 1), date(2021, 11, 2)
NOW = business_time(DAY, 10)


def order(**changed):
    fields = {
        "order_no": "O-1", "market": "CEA", "trading_date": DAY, "account_no": "S", "product": "P",
        "side": Side.SELL, "price_fen_per_tco2e": 100, "quantity_tco2e": 10, "placed_time": NOW,
    }  # fmt: skip
    return Order(**{**fields, **changed})


def trade(**changed):
    fields = {
        "trade_no": "X-1", "market": "CEA", "trading_date": DAY, "mode": TradeMode.LISTED,
        "seller_account_no": "S", "buyer_account_no": "B", "seller_holder_account_no": "R-S",
        "buyer_holder_account_no": "R-B", "product": "P", "price_fen_per_tco2e": 100, "quantity_tco2e": 10,
        "agreed_time": NOW,
    }  # fmt: skip
    return Trade(**{**fields, **changed})


def proposal(**changed):
    fields = {
        "proposal_no": "B-1", "market": "CEA", "trading_date": DAY, "seller_account_no": "S",
        "buyer_account_no": "B", "product": "P", "price_fen_per_tco2e": 100, "quantity_tco2e": 10,
    }  # fmt: skip
    return Proposal(**{**fields, **changed})


def trading_sheet():
    accounts = [
        TradingAccount(
            account_no=number, market="CEA", credit_code=number, name=number, holder_account_no=f"R-{number}",
            available_fen=10_000,
        )
        for number in ("S", "B")
    ]  # fmt: skip
    held = Position(account_no="S", product="P", available_tco2e=50)
    return Sheet(accounts=accounts, positions=[held], calendar=load_session_calendar(), now=NOW)


def test_an_order_is_filled_up_to_its_quantity():
    partly = order().filled(4)
    assert (partly.left_tco2e, partly.status) == (6, OrderStatus.PARTLY_FILLED)
    assert partly.filled(6).status is OrderStatus.FILLED
    with pytest.raises(OrderQuantityExceeded):
        partly.filled(7)


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.EXPIRED])
def test_an_ended_order_is_not_open(status):
    with pytest.raises(OrderNotOpen):
        order(status=status).require_open(DAY)


def test_orders_and_proposals_are_open_on_their_date_only():
    order().require_open(DAY)
    with pytest.raises(OrderNotOpen):
        order().require_open(NEXT)
    offered = proposal()
    offered.require_open(DAY)
    with pytest.raises(ProposalNotOpen):
        offered.require_open(NEXT)
    with pytest.raises(ProposalNotOpen):
        replace(offered, status=ProposalStatus.ACCEPTED).require_open(DAY)


def test_an_order_that_says_it_is_filled_is_filled():
    with pytest.raises(BrokenClaim):
        order(filled_tco2e=9, status=OrderStatus.FILLED)
    with pytest.raises(BrokenClaim):
        order(filled_tco2e=11)


@pytest.mark.parametrize(("side", "account_no"), [(Side.SELL, "S"), (Side.BUY, "B")])
def test_ending_an_order_frees_what_is_left_and_not_what_was_taken(side, account_no):
    sheet = trading_sheet()
    placed = order(side=side, account_no=account_no)
    place(sheet, placed)
    ended = end_order(sheet, placed.filled(4), OrderStatus.CANCELLED)
    assert ended.status is OrderStatus.CANCELLED
    if side is Side.SELL:
        assert sheet.position("S", "P").frozen_tco2e == 4
    else:
        assert sheet.account("B").frozen_fen == 400
    with pytest.raises(BrokenClaim):
        end_order(sheet, ended, OrderStatus.EXPIRED)


def test_sellers_are_taken_from_the_cheapest_and_buyers_from_the_dearest():
    prices = {100 + level: 1 for level in range(7)}
    levels = PriceLevels({("CEA", "P", Side.SELL): prices, ("CEA", "P", Side.BUY): prices})
    for price in prices:
        sell = order(price_fen_per_tco2e=price)
        if price <= 104:
            levels.require_among_best(sell, 5)
        else:
            with pytest.raises(NotAmongBestPrices):
                levels.require_among_best(sell, 5)
        buy = order(price_fen_per_tco2e=price, side=Side.BUY)
        if price >= 102:
            levels.require_among_best(buy, 5)
        else:
            with pytest.raises(NotAmongBestPrices):
                levels.require_among_best(buy, 5)


def test_a_level_is_gone_with_its_last_order():
    levels = PriceLevels({("CEA", "P", Side.SELL): {100: 2, 101: 1}})
    levels.remove(order())
    levels.require_among_best(order(), 1)
    levels.remove(order())
    levels.require_among_best(order(price_fen_per_tco2e=101), 1)
    with pytest.raises(BrokenClaim):
        levels.remove(order())


def test_a_taken_sell_order_freezes_the_buyers_cash_and_settles_into_both():
    sheet = trading_sheet()
    listed = order()
    place(sheet, listed)
    made = take(sheet, listed, trade_no="X-1", taker="B", quantity_tco2e=10)
    assert (made.seller_account_no, made.buyer_account_no, made.turnover_fen) == ("S", "B", 1_000)
    assert sheet.account("B").frozen_fen == 1_000
    assert sheet.position("B", "P").incoming_tco2e == 10
    done = settle(sheet, replace(made, status=TradeStatus.SETTLING))
    assert done.status is TradeStatus.SETTLED
    assert (sheet.account("S").available_fen, sheet.account("B").available_fen) == (11_000, 9_000)
    assert (sheet.position("B", "P").bought_tco2e, sheet.position("B", "P").incoming_tco2e) == (10, 0)
    with pytest.raises(BrokenClaim):
        settle(sheet, done)


def test_a_trade_that_fails_gives_both_sides_free_as_before_it():
    sheet = trading_sheet()
    offered = proposal()
    propose(sheet, offered)
    made = accept(sheet, offered, "X-1")
    assert (sheet.account("B").frozen_fen, sheet.position("S", "P").frozen_tco2e) == (1_000, 10)
    with pytest.raises(BrokenClaim):
        fail(sheet, made)
    failed = fail(sheet, replace(made, status=TradeStatus.SETTLING))
    assert failed.status is TradeStatus.FAILED
    before = trading_sheet()
    assert (sheet.account("B"), sheet.account("S")) == (before.account("B"), before.account("S"))
    assert (sheet.position("S", "P"), sheet.position("B", "P")) == (
        before.position("S", "P"),
        before.position("B", "P"),
    )


def test_an_ended_proposal_frees_its_units_once():
    sheet = trading_sheet()
    propose(sheet, proposal())
    assert sheet.position("S", "P").frozen_tco2e == 10
    ended = end_proposal(sheet, proposal())
    assert (ended.status, sheet.position("S", "P").frozen_tco2e) == (ProposalStatus.EXPIRED, 0)
    with pytest.raises(BrokenClaim):
        end_proposal(sheet, ended)


def test_nobody_trades_with_himself():
    with pytest.raises(BrokenClaim):
        trade(buyer_account_no="S")


def test_the_close_is_the_listed_average_rounded_half_up():
    # 100 × 1 + 101 × 1 = 201 over 2: 100.5 goes up.
    deals = [
        trade(quantity_tco2e=1),
        trade(quantity_tco2e=1, price_fen_per_tco2e=101),
        trade(mode=TradeMode.BLOCK, price_fen_per_tco2e=130, quantity_tco2e=100_000),
    ]
    quote = daily_quote(("CEA", "P"), DAY, previous_close_fen=99, trades=deals)
    assert (quote.open_fen_per_tco2e, quote.high_fen_per_tco2e, quote.low_fen_per_tco2e) == (100, 101, 100)
    assert (quote.close_fen_per_tco2e, quote.listed_tco2e, quote.listed_turnover_fen) == (101, 2, 201)
    assert (quote.block_tco2e, quote.block_turnover_fen) == (100_000, 13_000_000)


@pytest.mark.parametrize(("dearer_tco2e", "close"), [(999, 100), (1_000, 101), (1_001, 101)])
def test_the_close_turns_at_half_a_fen(dearer_tco2e, close):
    deals = [
        trade(quantity_tco2e=2_000 - dearer_tco2e),
        trade(quantity_tco2e=dearer_tco2e, price_fen_per_tco2e=101),
    ]
    quote = daily_quote(("CEA", "P"), DAY, previous_close_fen=99, trades=deals)
    assert quote.close_fen_per_tco2e == close


def test_without_a_listed_deal_the_previous_close_stays():
    quote = daily_quote(("CEA", "P"), DAY, previous_close_fen=99, trades=[trade(mode=TradeMode.BLOCK)])
    assert (quote.open_fen_per_tco2e, quote.close_fen_per_tco2e, quote.high_fen_per_tco2e) == (99, 99, 0)


@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 99_999)), min_size=1, max_size=20))
def test_the_close_lies_between_low_and_high(deals):
    trades = [trade(price_fen_per_tco2e=price, quantity_tco2e=quantity) for price, quantity in deals]
    quote = daily_quote(("CEA", "P"), DAY, previous_close_fen=1, trades=trades)
    assert quote.low_fen_per_tco2e <= quote.close_fen_per_tco2e <= quote.high_fen_per_tco2e
    assert (
        abs(2 * quote.close_fen_per_tco2e * quote.listed_tco2e - 2 * quote.listed_turnover_fen)
        <= quote.listed_tco2e
    )


def test_a_product_without_price_is_refused():
    assert base_price({("CEA", "P"): 5}, ("CEA", "P")) == 5
    with pytest.raises(ReferencePriceMissing):
        base_price({}, ("CEA", "P"))


def test_numbers_go_on_from_where_they_were_and_sort_as_text():
    series = series_of(Series.TRADE, "CEA", DAY)
    assert series == "X-CEA-2021-11-01"
    numbering = Numbering({series: 9})
    assert numbering.peek(series) == numbering.peek(series) == "X-CEA-2021-11-01-000010"
    numbering.take(series)
    assert numbering.peek(series) > "X-CEA-2021-11-01-000010"
    assert series_of(Series.UNIT_WITHDRAWAL, "BJ") == "W-BJ"
