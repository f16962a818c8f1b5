"""Trades, from the agreement to the settlement, unit leg and cash leg together or not at all (逐笔全额).

TRD-9   From the agreement on, the seller's units and the buyer's cash are frozen, so the cash leg of a trade whose
        unit leg was accepted cannot fail.
TRD-10  A trade goes AGREED → SETTLING → SETTLED or FAILED and never back; a settled trade moved units and cash,
        a failed one gave both free.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, MarketCode, ProductCode, TradeId

from trading.domain.accounts import CashMove, UnitMove, bought_move
from trading.domain.orders import Order, Proposal, Side
from trading.domain.sheet import Cause, Sheet


class TradeMode(StrEnum):
    """How a trade came about."""

    LISTED = "LISTED"  # 挂牌协议交易
    BLOCK = "BLOCK"  # 大宗协议交易


class TradeStatus(StrEnum):
    """Where a trade stands."""

    AGREED = "AGREED"
    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A trade; price in fen per tCO2e, quantity in tCO2e, turnover = price times quantity in fen."""

    trade_no: TradeId
    market: MarketCode
    trading_date: date
    mode: TradeMode
    seller_account_no: AccountNo
    buyer_account_no: AccountNo
    seller_holder_account_no: AccountNo
    buyer_holder_account_no: AccountNo
    product: ProductCode
    price_fen_per_tco2e: int
    quantity_tco2e: int
    order_no: str = ""
    status: TradeStatus = TradeStatus.AGREED
    agreed_time: datetime

    def __post_init__(self) -> None:
        ensure(self.seller_account_no != self.buyer_account_no, "Nobody trades with himself")
        ensure(self.price_fen_per_tco2e > 0 and self.quantity_tco2e > 0, "A trade has price and quantity")

    @property
    def turnover_fen(self) -> int:
        """Give price times quantity."""
        return self.price_fen_per_tco2e * self.quantity_tco2e


def take(sheet: Sheet, order: Order, *, trade_no: TradeId, taker: AccountNo, quantity_tco2e: int) -> Trade:
    """Make a trade of a listed order: hold what the taker gives, and keep held what the order gives.

    INSUFFICIENT_CASH, BOUGHT_TODAY, INSUFFICIENT_POSITION.
    """
    is_taker_seller = order.side is Side.BUY
    seller, buyer = (taker, order.account_no) if is_taker_seller else (order.account_no, taker)
    trade = Trade(
        trade_no=trade_no,
        market=order.market,
        trading_date=order.trading_date,
        mode=TradeMode.LISTED,
        seller_account_no=seller,
        buyer_account_no=buyer,
        seller_holder_account_no=sheet.account(seller).holder_account_no,
        buyer_holder_account_no=sheet.account(buyer).holder_account_no,
        product=order.product,
        price_fen_per_tco2e=order.price_fen_per_tco2e,
        quantity_tco2e=quantity_tco2e,
        order_no=order.order_no,
        agreed_time=sheet.now,
    )
    if is_taker_seller:
        sheet.freeze_units(Cause.TRADE_AGREED, trade_no, taker, order.product, quantity_tco2e)
    else:
        sheet.freeze_cash(Cause.TRADE_AGREED, trade_no, taker, trade.turnover_fen)
    _expect_units(sheet, trade, quantity_tco2e)
    return trade


def accept(sheet: Sheet, proposal: Proposal, trade_no: TradeId) -> Trade:
    """Make a trade of a block deal: hold the buyer's cash; INSUFFICIENT_CASH."""
    trade = Trade(
        trade_no=trade_no,
        market=proposal.market,
        trading_date=proposal.trading_date,
        mode=TradeMode.BLOCK,
        seller_account_no=proposal.seller_account_no,
        buyer_account_no=proposal.buyer_account_no,
        seller_holder_account_no=sheet.account(proposal.seller_account_no).holder_account_no,
        buyer_holder_account_no=sheet.account(proposal.buyer_account_no).holder_account_no,
        product=proposal.product,
        price_fen_per_tco2e=proposal.price_fen_per_tco2e,
        quantity_tco2e=proposal.quantity_tco2e,
        agreed_time=sheet.now,
    )
    sheet.freeze_cash(Cause.TRADE_AGREED, trade_no, trade.buyer_account_no, trade.turnover_fen)
    _expect_units(sheet, trade, trade.quantity_tco2e)
    return trade


def settle(sheet: Sheet, trade: Trade) -> Trade:
    """Move units and cash of a trade whose unit leg was accepted."""
    ensure(trade.status is TradeStatus.SETTLING, "Only a trade that is being settled is settled")
    sheet.post_cash(
        Cause.TRADE_SETTLED,
        trade.trade_no,
        {
            trade.buyer_account_no: CashMove(frozen_fen=-trade.turnover_fen),
            trade.seller_account_no: CashMove(available_fen=trade.turnover_fen),
        },
    )
    sheet.post_units(
        Cause.TRADE_SETTLED,
        trade.trade_no,
        trade.product,
        {
            trade.seller_account_no: UnitMove(frozen_tco2e=-trade.quantity_tco2e),
            trade.buyer_account_no: bought_move(
                sheet.calendar,
                trading_date=trade.trading_date,
                today=sheet.today,
                quantity_tco2e=trade.quantity_tco2e,
            ),
        },
    )
    return replace(trade, status=TradeStatus.SETTLED)


def fail(sheet: Sheet, trade: Trade) -> Trade:
    """Give both sides of a trade free whose unit leg was refused."""
    ensure(trade.status is TradeStatus.SETTLING, "Only a trade that is being settled fails")
    sheet.free_cash(Cause.TRADE_FAILED, trade.trade_no, trade.buyer_account_no, trade.turnover_fen)
    sheet.free_units(
        Cause.TRADE_FAILED, trade.trade_no, trade.seller_account_no, trade.product, trade.quantity_tco2e
    )
    _expect_units(sheet, trade, -trade.quantity_tco2e)
    return replace(trade, status=TradeStatus.FAILED)


def _expect_units(sheet: Sheet, trade: Trade, quantity_tco2e: int) -> None:
    move = UnitMove(incoming_tco2e=quantity_tco2e)
    cause = Cause.TRADE_AGREED if quantity_tco2e > 0 else Cause.TRADE_FAILED
    sheet.post_units(cause, trade.trade_no, trade.product, {trade.buyer_account_no: move})
