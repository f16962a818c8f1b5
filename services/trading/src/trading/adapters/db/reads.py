"""The reads of trading on PostgreSQL, as of a moment."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.domain.ids import AccountNo, MarketCode, ProductCode
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trading.adapters.db.deals import ORDER, TRADE, order_of, trade_of
from trading.adapters.db.quotes import QUOTE, quote_of
from trading.app.queries import DateRange, Key
from trading.domain.accounts import Position, TradingAccount
from trading.domain.orders import Order
from trading.domain.quotes import DailyQuote
from trading.domain.trades import Trade

_ACCOUNT: Final = text("""
SELECT account_no, market, credit_code, name, holder_account_no,
       coalesce(entry.available_fen, 0)::bigint AS available_fen, coalesce(entry.frozen_fen, 0)::bigint AS frozen_fen
FROM trading_account AS account CROSS JOIN LATERAL (
    SELECT sum(available_fen) AS available_fen, sum(frozen_fen) AS frozen_fen FROM cash_entry
    WHERE cash_entry.account_no = account.account_no AND recorded_time <= :as_of
) AS entry
WHERE account_no = :account_no AND opened_time <= :as_of
""")
_POSITIONS: Final = text("""
SELECT account_no, product, sum(available_tco2e)::bigint AS available_tco2e, sum(frozen_tco2e)::bigint AS frozen_tco2e,
       sum(bought_tco2e)::bigint AS bought_tco2e, max(bought_date) AS bought_date,
       sum(in_transit_tco2e)::bigint AS in_transit_tco2e, sum(incoming_tco2e)::bigint AS incoming_tco2e
FROM unit_entry WHERE account_no = :account_no AND recorded_time <= :as_of
GROUP BY account_no, product ORDER BY product COLLATE "C"
""")
_ORDER_NAMES: Final = ", ".join(
    name if name not in ("filled_tco2e", "status") else f"state.{name}" for name in ORDER
).replace("order_no", "listed_order.order_no")
_OPEN_ORDERS: Final = text(f"""
SELECT {_ORDER_NAMES} FROM listed_order CROSS JOIN LATERAL (
    SELECT filled_tco2e, status FROM order_change
    WHERE order_change.order_no = listed_order.order_no AND recorded_time <= :as_of ORDER BY change_no DESC LIMIT 1
) AS state
WHERE market = :market AND product = :product AND state.status IN ('OPEN', 'PARTLY_FILLED')
  AND (side COLLATE "C", price_fen_per_tco2e, order_no COLLATE "C")
      > (CAST(:after_side AS text), CAST(:after_price AS bigint), CAST(:after_no AS text))
ORDER BY side COLLATE "C", price_fen_per_tco2e, order_no COLLATE "C" LIMIT :limit
""")
_TRADE_NAMES: Final = ", ".join("state.status" if name == "status" else f"trade.{name}" for name in TRADE)
_TRADES: Final = text(f"""
SELECT {_TRADE_NAMES} FROM trade CROSS JOIN LATERAL (
    SELECT status FROM trade_change
    WHERE trade_change.trade_no = trade.trade_no AND recorded_time <= :as_of ORDER BY change_no DESC LIMIT 1
) AS state
WHERE (CAST(:market AS text) IS NULL OR market = :market)
  AND (CAST(:first AS date) IS NULL OR trading_date >= :first)
  AND (CAST(:last AS date) IS NULL OR trading_date <= :last)
  AND trade_no COLLATE "C" > CAST(:after_no AS text)
ORDER BY trade_no COLLATE "C" LIMIT :limit
""")
_QUOTES: Final = text(f"""
SELECT {", ".join(QUOTE)} FROM daily_quote
WHERE recorded_time <= :as_of AND (CAST(:market AS text) IS NULL OR market = :market)
  AND (CAST(:first AS date) IS NULL OR trading_date >= :first)
  AND (CAST(:last AS date) IS NULL OR trading_date <= :last)
  AND (trading_date::text COLLATE "C", market COLLATE "C", product COLLATE "C")
      > (CAST(:after_date AS text), CAST(:after_market AS text), CAST(:after_product AS text))
ORDER BY trading_date, market COLLATE "C", product COLLATE "C" LIMIT :limit
""")


class SqlReads:
    """The books of one moment in a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def account(self, account_no: AccountNo, as_of: datetime) -> TradingAccount | None:
        """Give an account with its cash as recorded then."""
        found = await self._connection.execute(_ACCOUNT, {"account_no": account_no, "as_of": as_of})
        row = found.one_or_none()
        return TradingAccount(**row._mapping) if row else None  # noqa: SLF001 - a row's public mapping

    async def positions(self, account_no: AccountNo, as_of: datetime) -> list[Position]:
        """Give an account's positions as recorded then, by product."""
        rows = await self._connection.execute(_POSITIONS, {"account_no": account_no, "as_of": as_of})
        return [Position(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public mapping

    async def open_orders(
        self, market: MarketCode, product: ProductCode, as_of: datetime, after: Key, limit: int
    ) -> Sequence[Order]:
        """Give open orders by side, price and number."""
        side, price, order_no = after or ("", 0, "")
        values = {"market": market, "product": product, "as_of": as_of, "limit": limit}
        after_values = {"after_side": side, "after_price": price, "after_no": order_no}
        return [order_of(row) for row in await self._connection.execute(_OPEN_ORDERS, values | after_values)]

    async def trades(self, wanted: DateRange, as_of: datetime, after: Key, limit: int) -> Sequence[Trade]:
        """Give trades by number, in the state as recorded then."""
        (trade_no,) = after or ("",)
        values = {**_bounds(wanted), "as_of": as_of, "after_no": trade_no, "limit": limit}
        return [trade_of(row) for row in await self._connection.execute(_TRADES, values)]

    async def quotes(
        self, wanted: DateRange, as_of: datetime, after: Key, limit: int
    ) -> Sequence[DailyQuote]:
        """Give quotes by date, market and product."""
        day, market, product = after or ("", "", "")
        values = {**_bounds(wanted), "as_of": as_of, "limit": limit}
        after_values = {"after_date": day, "after_market": market, "after_product": product}
        return [quote_of(row) for row in await self._connection.execute(_QUOTES, values | after_values)]


def _bounds(wanted: DateRange) -> dict[str, object]:
    return {"market": wanted.market, "first": wanted.first, "last": wanted.last}
