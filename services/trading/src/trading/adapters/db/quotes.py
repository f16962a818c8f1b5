"""Reference prices, daily quotes and closed days: rows ↔ domain values, set-based."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.runtime.sql import arrays, insert_rows, put_rows, rows_of
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from trading.adapters.db import tables
from trading.app.ports import DayClosed
from trading.domain.quotes import DailyQuote, ProductOnMarket

_KEY: Final = ("market", "product")
_CLOSED: Final = text(f"""
SELECT DISTINCT market, product
FROM daily_quote JOIN {rows_of(tables.daily_quote, _KEY, "wanted")} USING (market, product)
""")
_REFERENCE: Final = (*_KEY, "price_fen_per_tco2e", "recorded_time")
# A product without a reference price has no close either, so the reference prices name all products.
_BASE_ALL: Final = """
SELECT market, product, coalesce(last.close_fen_per_tco2e, reference.price_fen_per_tco2e) AS base_fen
FROM reference_price AS reference LEFT JOIN LATERAL (
    SELECT close_fen_per_tco2e FROM daily_quote AS quote
    WHERE quote.market = reference.market AND quote.product = reference.product AND quote.trading_date < :day
    ORDER BY quote.trading_date DESC LIMIT 1
) AS last ON true
"""
_BASE_PRICES: Final = text(_BASE_ALL)
_BASE_PRICES_OF: Final = text(
    f"{_BASE_ALL} JOIN {rows_of(tables.reference_price, _KEY, 'wanted')} USING (market, product)"
)
QUOTE: Final = (
    *_KEY,
    "trading_date",
    "open_fen_per_tco2e",
    "high_fen_per_tco2e",
    "low_fen_per_tco2e",
    "close_fen_per_tco2e",
    "listed_tco2e",
    "listed_turnover_fen",
    "block_tco2e",
    "block_turnover_fen",
)
_ADD_QUOTE: Final = (*QUOTE, "recorded_time")
_OF_DATE: Final = text(f"""
SELECT {", ".join(QUOTE)} FROM daily_quote WHERE trading_date = :day ORDER BY market COLLATE "C", product COLLATE "C"
""")
# One close at a time, and none while somebody trades; "mkcl" in ASCII.
_LOCK_CLOSE: Final = text(f"SELECT pg_advisory_xact_lock({0x6D6B636C})")
_JOIN_DAY: Final = text(f"SELECT pg_advisory_xact_lock_shared({0x6D6B636C})")
_CLOSED_DAY: Final = text("SELECT trading_date, expired_count FROM closed_day WHERE trading_date = :day")
_ADD_CLOSED_DAY: Final = text("INSERT INTO closed_day VALUES (:day, :expired_count, :now)")
_UNCLOSED: Final = text("""
SELECT trading_date FROM (
    SELECT trading_date FROM listed_order WHERE status IN ('OPEN', 'PARTLY_FILLED')
    UNION SELECT trading_date FROM block_proposal WHERE status = 'OPEN'
    UNION SELECT trading_date FROM trade WHERE status = 'AGREED'
) AS busy
WHERE trading_date <= :day AND NOT EXISTS (SELECT FROM closed_day WHERE closed_day.trading_date = busy.trading_date)
ORDER BY trading_date
""")


class SqlQuotes:
    """Reference prices, daily quotes and closed days in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def closed_products(self, keys: Collection[ProductOnMarket]) -> set[ProductOnMarket]:
        """Tell which of these products have a close."""
        rows = await self._connection.execute(_CLOSED, arrays(_KEY, sorted(keys)))
        return {(row.market, row.product) for row in rows}

    async def set_references(self, prices: Mapping[ProductOnMarket, int]) -> None:
        """Write reference prices in fen per tCO2e."""
        rows = [(*key, price, self._now) for key, price in sorted(prices.items())]
        await put_rows(
            self._connection,
            tables.reference_price,
            _REFERENCE,
            rows,
            keys=_KEY,
            changes=("price_fen_per_tco2e", "recorded_time"),
        )

    async def base_prices(
        self, before: date, keys: Collection[ProductOnMarket] | None = None
    ) -> dict[ProductOnMarket, int]:
        """Give the last close before a date, else the reference price, of these products or of all."""
        if keys is None:
            rows = await self._connection.execute(_BASE_PRICES, {"day": before})
        else:
            rows = await self._connection.execute(
                _BASE_PRICES_OF, {"day": before, **arrays(_KEY, sorted(keys))}
            )
        return {(row.market, row.product): row.base_fen for row in rows}

    async def add(self, quotes: Sequence[DailyQuote]) -> None:
        """Keep the quotes of a day."""
        rows = [(*(getattr(quote, name) for name in QUOTE), self._now) for quote in quotes]
        await insert_rows(self._connection, tables.daily_quote, _ADD_QUOTE, rows)

    async def of_date(self, trading_date: date) -> list[DailyQuote]:
        """Give the quotes of a date by market and product."""
        rows = await self._connection.execute(_OF_DATE, {"day": trading_date})
        return [quote_of(row) for row in rows]

    async def join_day(self, trading_date: date) -> bool:
        """Tell whether a date is closed; if not, nobody closes any until the transaction ends."""
        await self._connection.execute(_JOIN_DAY)
        return (await self._connection.execute(_CLOSED_DAY, {"day": trading_date})).first() is not None

    async def closed_day(self, trading_date: date) -> DayClosed | None:
        """Give what the close of a date did, if it was closed; locks the close of days against others."""
        await self._connection.execute(_LOCK_CLOSE)
        row = (await self._connection.execute(_CLOSED_DAY, {"day": trading_date})).one_or_none()
        return DayClosed(trading_date=row.trading_date, expired_count=row.expired_count) if row else None

    async def unclosed_dates(self, up_to: date) -> list[date]:
        """Give the dates up to one with orders, proposals or trades that were not closed, in order."""
        rows = await self._connection.execute(_UNCLOSED, {"day": up_to})
        return [row.trading_date for row in rows]

    async def add_closed_day(self, day: DayClosed) -> None:
        """Keep that a day was closed."""
        values = {"day": day.trading_date, "expired_count": day.expired_count, "now": self._now}
        await self._connection.execute(_ADD_CLOSED_DAY, values)


def quote_of(row: Row[Any]) -> DailyQuote:
    """Make a quote of its row."""
    return DailyQuote(**{name: getattr(row, name) for name in QUOTE})
