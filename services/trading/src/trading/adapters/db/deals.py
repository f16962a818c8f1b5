"""Orders, proposals, trades and quotes: rows ↔ domain values, set-based."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.ids import OrderId, TradeId
from ets_kernel.runtime.sql import arrays, fetch, insert_rows, put_rows, rows_of, update_rows
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from trading.adapters.db import tables
from trading.app.ports import SettlementBatch
from trading.domain.orders import Order, OrderStatus, Proposal, ProposalStatus, Side
from trading.domain.price_levels import LevelKey, PriceLevels
from trading.domain.trades import Trade, TradeMode, TradeStatus

ORDER: Final = (
    "order_no",
    "market",
    "trading_date",
    "account_no",
    "product",
    "side",
    "price_fen_per_tco2e",
    "quantity_tco2e",
    "filled_tco2e",
    "status",
    "placed_time",
)
_ORDER_NAMES: Final = ", ".join(ORDER)
_LOCK_ORDERS: Final = text(
    f"SELECT {_ORDER_NAMES} FROM listed_order WHERE order_no = ANY(:numbers) ORDER BY order_no FOR UPDATE"
)
_LOCK_OPEN: Final = text(f"""
SELECT {_ORDER_NAMES} FROM listed_order WHERE status IN ('OPEN', 'PARTLY_FILLED') AND trading_date <= :day
ORDER BY order_no FOR UPDATE
""")
_CHANGE: Final = ("order_no", "filled_tco2e", "status", "recorded_time")
_LEVEL: Final = ("market", "product", "side")
_LEVELS: Final = text(f"""
SELECT market, product, side, price_fen_per_tco2e, count(*) AS order_count
FROM listed_order JOIN {rows_of(tables.listed_order, _LEVEL, "wanted")} USING (market, product, side)
WHERE status IN ('OPEN', 'PARTLY_FILLED') AND trading_date = :day
GROUP BY market, product, side, price_fen_per_tco2e
""")
_PROPOSAL: Final = (
    "proposal_no",
    "market",
    "trading_date",
    "seller_account_no",
    "buyer_account_no",
    "product",
    "price_fen_per_tco2e",
    "quantity_tco2e",
    "status",
)
_PROPOSAL_NAMES: Final = ", ".join(_PROPOSAL)
_LOCK_PROPOSALS: Final = text(f"""
SELECT {_PROPOSAL_NAMES} FROM block_proposal WHERE proposal_no = ANY(:numbers) ORDER BY proposal_no FOR UPDATE
""")
_LOCK_OPEN_PROPOSALS: Final = text(f"""
SELECT {_PROPOSAL_NAMES} FROM block_proposal WHERE status = 'OPEN' AND trading_date <= :day
ORDER BY proposal_no FOR UPDATE
""")
TRADE: Final = (
    "trade_no",
    "market",
    "trading_date",
    "mode",
    "seller_account_no",
    "buyer_account_no",
    "seller_holder_account_no",
    "buyer_holder_account_no",
    "product",
    "price_fen_per_tco2e",
    "quantity_tco2e",
    "order_no",
    "status",
    "agreed_time",
)
_TRADE_NAMES: Final = ", ".join(TRADE)
_ADD_TRADE: Final = (*TRADE, "turnover_fen", "reason", "batch_id")
_OF_DATE: Final = text(
    f'SELECT {_TRADE_NAMES} FROM trade WHERE trading_date = :day ORDER BY trade_no COLLATE "C"'
)
_LOCK_AGREED: Final = text(f"""
SELECT {_TRADE_NAMES} FROM trade WHERE status = 'AGREED' AND trading_date <= :day
ORDER BY trade_no COLLATE "C" FOR UPDATE
""")
_LOCK_SETTLING: Final = text(f"""
SELECT {_TRADE_NAMES} FROM trade WHERE status = 'SETTLING' AND trade_no = ANY(:numbers)
ORDER BY trade_no COLLATE "C" FOR UPDATE
""")
_UNANSWERED: Final = text(f"""
SELECT batch_id, {_TRADE_NAMES} FROM trade
WHERE batch_id IN (SELECT batch_id FROM trade WHERE status = 'SETTLING' AND trading_date <= :day)
ORDER BY trading_date, market COLLATE "C", trade_no COLLATE "C"
""")
_BATCHED: Final = ("trade_no", "status", "batch_id")
_RESULT: Final = ("trade_no", "status", "reason")
_TRADE_CHANGE: Final = ("trade_no", "status", "recorded_time")


class SqlOrders:
    """Listed orders and proposals of block deals in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def lock(self, order_nos: Collection[OrderId]) -> dict[OrderId, Order]:
        """Lock and read orders."""
        rows = await self._connection.execute(_LOCK_ORDERS, {"numbers": sorted(order_nos)})
        return {row.order_no: order_of(row) for row in rows}

    async def lock_open(self, up_to: date) -> list[Order]:
        """Lock and read the open orders of all dates up to one, in number order."""
        rows = await self._connection.execute(_LOCK_OPEN, {"day": up_to})
        return sorted(map(order_of, rows), key=lambda order: order.order_no)

    async def levels(self, keys: Collection[LevelKey], trading_date: date) -> PriceLevels:
        """Count the open orders per price of some lists."""
        wanted = sorted(keys)
        counts: dict[LevelKey, dict[int, int]] = {}
        if wanted:
            for row in await fetch(self._connection, _LEVELS, **arrays(_LEVEL, wanted), day=trading_date):
                prices = counts.setdefault((row.market, row.product, Side(row.side)), {})
                prices[row.price_fen_per_tco2e] = row.order_count
        return PriceLevels(counts)

    async def save(self, orders: Sequence[Order]) -> None:
        """Write new orders and new states of known ones."""
        rows = [tuple(getattr(order, name) for name in ORDER) for order in orders]
        await put_rows(
            self._connection,
            tables.listed_order,
            ORDER,
            rows,
            keys=("order_no",),
            changes=("filled_tco2e", "status"),
        )
        changes = [(order.order_no, order.filled_tco2e, order.status, self._now) for order in orders]
        await insert_rows(self._connection, tables.order_change, _CHANGE, changes)

    async def lock_proposals(self, proposal_nos: Collection[str]) -> dict[str, Proposal]:
        """Lock and read proposals."""
        rows = await self._connection.execute(_LOCK_PROPOSALS, {"numbers": sorted(proposal_nos)})
        return {row.proposal_no: _proposal_of(row) for row in rows}

    async def lock_open_proposals(self, up_to: date) -> list[Proposal]:
        """Lock and read the open proposals of all dates up to one, in number order."""
        rows = await self._connection.execute(_LOCK_OPEN_PROPOSALS, {"day": up_to})
        return sorted(map(_proposal_of, rows), key=lambda proposal: proposal.proposal_no)

    async def save_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Write new proposals and new states of known ones."""
        await put_rows(
            self._connection,
            tables.block_proposal,
            (*_PROPOSAL, "recorded_time"),
            [(*(getattr(proposal, name) for name in _PROPOSAL), self._now) for proposal in proposals],
            keys=("proposal_no",),
            changes=("status", "recorded_time"),
        )


class SqlTrades:
    """Trades and their settlement batches in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def add(self, trades: Sequence[Trade]) -> None:
        """Keep new trades."""
        rows = [(*(getattr(trade, name) for name in TRADE), trade.turnover_fen, "", "") for trade in trades]
        await insert_rows(self._connection, tables.trade, _ADD_TRADE, rows)
        await self._changed([(trade.trade_no, trade.status) for trade in trades])

    async def of_date(self, trading_date: date) -> list[Trade]:
        """Give the trades of a date, in number order."""
        rows = await self._connection.execute(_OF_DATE, {"day": trading_date})
        return [trade_of(row) for row in rows]

    async def lock_agreed(self, up_to: date) -> list[Trade]:
        """Lock and read the agreed trades of all dates up to one, in number order."""
        rows = await self._connection.execute(_LOCK_AGREED, {"day": up_to})
        return [trade_of(row) for row in rows]

    async def put_in_batches(self, batches: Sequence[SettlementBatch]) -> None:
        """Write that the trades of batches are being settled, each in its batch."""
        rows = [
            (trade.trade_no, TradeStatus.SETTLING, batch.batch_id)
            for batch in batches
            for trade in batch.trades
        ]
        await update_rows(self._connection, tables.trade, _BATCHED, rows, keys=("trade_no",))
        await self._changed([(trade_no, status) for trade_no, status, _ in rows])

    async def unanswered_batches(self, up_to: date) -> list[SettlementBatch]:
        """Give the batches of all dates up to one that have trades without an answer, in order of date and market."""
        trades: dict[str, list[Trade]] = {}
        for row in await self._connection.execute(_UNANSWERED, {"day": up_to}):
            trades.setdefault(row.batch_id, []).append(trade_of(row))
        return [
            SettlementBatch(
                batch_id=batch_id,
                market=batch[0].market,
                trading_date=batch[0].trading_date,
                trades=tuple(batch),
            )
            for batch_id, batch in trades.items()
        ]

    async def lock_settling(self, trade_nos: Collection[TradeId]) -> dict[TradeId, Trade]:
        """Lock and read those of these trades that are still being settled."""
        rows = await self._connection.execute(_LOCK_SETTLING, {"numbers": sorted(trade_nos)})
        return {row.trade_no: trade_of(row) for row in rows}

    async def save_results(self, trades: Sequence[Trade], reasons: Mapping[TradeId, str]) -> None:
        """Write trades that are settled, and those that failed with the reason why."""
        rows = [(trade.trade_no, trade.status, reasons.get(trade.trade_no, "")) for trade in trades]
        await update_rows(self._connection, tables.trade, _RESULT, rows, keys=("trade_no",))
        await self._changed([(trade.trade_no, trade.status) for trade in trades])

    async def _changed(self, states: Sequence[tuple[TradeId, TradeStatus]]) -> None:
        rows = [(trade_no, status, self._now) for trade_no, status in states]
        await insert_rows(self._connection, tables.trade_change, _TRADE_CHANGE, rows)


def order_of(row: Row[Any]) -> Order:
    """Make an order of its row."""
    values = {name: getattr(row, name) for name in ORDER}
    return Order(**{**values, "side": Side(row.side), "status": OrderStatus(row.status)})


def _proposal_of(row: Row[Any]) -> Proposal:
    values = {name: getattr(row, name) for name in _PROPOSAL}
    return Proposal(**{**values, "status": ProposalStatus(row.status)})


def trade_of(row: Row[Any]) -> Trade:
    """Make a trade of its row."""
    values = {name: getattr(row, name) for name in TRADE}
    return Trade(**{**values, "mode": TradeMode(row.mode), "status": TradeStatus(row.status)})
