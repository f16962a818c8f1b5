"""Domain values as contract messages, and the texts of requests as domain values."""

import re
from datetime import date
from typing import Final

from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.runtime.grpc.messages import to_timestamp

from trading.domain.accounts import Position, TradingAccount
from trading.domain.orders import Order, OrderStatus, Side
from trading.domain.quotes import DailyQuote
from trading.domain.trades import Trade, TradeMode, TradeStatus

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

SIDES: Final = {types.SIDE_BUY: Side.BUY, types.SIDE_SELL: Side.SELL}
_SIDE_OF: Final = {side: wire for wire, side in SIDES.items()}
_ORDER_STATUS_OF: Final = {
    OrderStatus.OPEN: types.ORDER_STATUS_OPEN,
    OrderStatus.PARTLY_FILLED: types.ORDER_STATUS_PARTLY_FILLED,
    OrderStatus.FILLED: types.ORDER_STATUS_FILLED,
    OrderStatus.CANCELLED: types.ORDER_STATUS_CANCELLED,
    OrderStatus.EXPIRED: types.ORDER_STATUS_EXPIRED,
}
_MODE_OF: Final = {TradeMode.LISTED: types.TRADE_MODE_LISTED, TradeMode.BLOCK: types.TRADE_MODE_BLOCK}
_TRADE_STATUS_OF: Final = {
    TradeStatus.AGREED: types.TRADE_STATUS_AGREED,
    TradeStatus.SETTLING: types.TRADE_STATUS_SETTLING,
    TradeStatus.SETTLED: types.TRADE_STATUS_SETTLED,
    TradeStatus.FAILED: types.TRADE_STATUS_FAILED,
}


def parse_date(text: str, field: str) -> date:
    """Take a date YYYY-MM-DD; MALFORMED_REQUEST for any other text and for a day that no calendar has."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest(f"{field} {text!r} is no date.", field=field, rule="YYYY-MM-DD") from error
    raise MalformedRequest(f"{field} {text!r} is no date.", field=field, rule="YYYY-MM-DD")


def account_message(account: TradingAccount) -> types.TradingAccount:
    """Encode an account."""
    return types.TradingAccount(
        account_no=account.account_no,
        market=account.market,
        credit_code=account.credit_code,
        name=account.name,
        holder_account_no=account.holder_account_no,
        available_fen=account.available_fen,
        frozen_fen=account.frozen_fen,
    )


def position_message(position: Position) -> types.Position:
    """Encode a position; what was bought is one figure there, settled or not."""
    return types.Position(
        account_no=position.account_no,
        product=position.product,
        available_tco2e=position.available_tco2e,
        frozen_tco2e=position.frozen_tco2e,
        bought_today_tco2e=position.bought_tco2e + position.incoming_tco2e,
        in_transit_tco2e=position.in_transit_tco2e,
    )


def order_message(order: Order) -> types.ListedOrder:
    """Encode a listed order."""
    return types.ListedOrder(
        order_no=order.order_no,
        account_no=order.account_no,
        product=order.product,
        side=_SIDE_OF[order.side],
        price_fen_per_tco2e=order.price_fen_per_tco2e,
        quantity_tco2e=order.quantity_tco2e,
        filled_tco2e=order.filled_tco2e,
        status=_ORDER_STATUS_OF[order.status],
        placed_time=to_timestamp(order.placed_time),
    )


def trade_message(trade: Trade) -> types.Trade:
    """Encode a trade."""
    return types.Trade(
        trade_no=trade.trade_no,
        market=trade.market,
        trading_date=trade.trading_date.isoformat(),
        mode=_MODE_OF[trade.mode],
        seller_account_no=trade.seller_account_no,
        buyer_account_no=trade.buyer_account_no,
        product=trade.product,
        price_fen_per_tco2e=trade.price_fen_per_tco2e,
        quantity_tco2e=trade.quantity_tco2e,
        turnover_fen=trade.turnover_fen,
        order_no=trade.order_no,
        status=_TRADE_STATUS_OF[trade.status],
        agreed_time=to_timestamp(trade.agreed_time),
    )


def quote_message(quote: DailyQuote) -> types.DailyQuote:
    """Encode a daily quote."""
    return types.DailyQuote(
        market=quote.market,
        product=quote.product,
        trading_date=quote.trading_date.isoformat(),
        open_fen_per_tco2e=quote.open_fen_per_tco2e,
        high_fen_per_tco2e=quote.high_fen_per_tco2e,
        low_fen_per_tco2e=quote.low_fen_per_tco2e,
        close_fen_per_tco2e=quote.close_fen_per_tco2e,
        listed_tco2e=quote.listed_tco2e,
        listed_turnover_fen=quote.listed_turnover_fen,
        block_tco2e=quote.block_tco2e,
        block_turnover_fen=quote.block_turnover_fen,
    )
