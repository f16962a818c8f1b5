"""The books of trading for whoever compares them."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from typing import Final

from ets_kernel.runtime.books import Book


def _book(name: str, columns: str, source: str, quantity_column: str | None = None) -> Book:
    names = tuple(columns.split())
    return Book(name=name, columns=names, sql=source, quantity_column=quantity_column)


def _table_book(name: str, table: str, columns: str, quantity_column: str | None = None) -> Book:
    return _book(name, columns, f"SELECT {', '.join(columns.split())} FROM {table}", quantity_column)


# Positions with nothing in them are left out, so that having once held a product is no difference.
_POSITIONS: Final = """
SELECT account_no, account.market, account.holder_account_no, product, available_tco2e, frozen_tco2e,
       bought_tco2e AS bought_today_tco2e, in_transit_tco2e
FROM position JOIN trading_account AS account USING (account_no)
WHERE available_tco2e + frozen_tco2e + bought_tco2e + in_transit_tco2e > 0
"""
_CASH_TOTALS: Final = """
SELECT 'deposits' AS kind, coalesce(sum(quantity_fen), 0)::bigint AS quantity_fen FROM deposit
UNION ALL SELECT 'paid_withdrawals', coalesce(sum(quantity_fen), 0)::bigint FROM cash_withdrawal WHERE status = 'PAID'
UNION ALL SELECT 'available', coalesce(sum(available_fen), 0)::bigint FROM trading_account
UNION ALL SELECT 'frozen', coalesce(sum(frozen_fen), 0)::bigint FROM trading_account
UNION ALL SELECT 'bank', coalesce(sum(available_fen + frozen_fen), 0)::bigint FROM cash_entry
          WHERE account_no = 'SYS-BANK'
UNION ALL SELECT 'journal', coalesce(sum(available_fen + frozen_fen), 0)::bigint FROM cash_entry
"""
_JOURNAL_TOTALS: Final = """
SELECT account_no, product, sum(available_tco2e)::bigint AS available_tco2e, sum(frozen_tco2e)::bigint AS frozen_tco2e,
       sum(bought_tco2e)::bigint AS bought_today_tco2e, sum(in_transit_tco2e)::bigint AS in_transit_tco2e
FROM unit_entry GROUP BY account_no, product
HAVING sum(available_tco2e) <> 0 OR sum(frozen_tco2e) <> 0 OR sum(bought_tco2e) <> 0 OR sum(in_transit_tco2e) <> 0
"""

_CASH_JOURNAL_TOTALS: Final = """
SELECT account_no, sum(available_fen)::bigint AS available_fen, sum(frozen_fen)::bigint AS frozen_fen
FROM cash_entry GROUP BY account_no HAVING sum(available_fen) <> 0 OR sum(frozen_fen) <> 0
"""

BOOKS: Final = (
    _table_book("accounts", "trading_account", "account_no market credit_code holder_account_no"),
    _book(
        "positions",
        "account_no market holder_account_no product available_tco2e frozen_tco2e bought_today_tco2e in_transit_tco2e",
        _POSITIONS,
        "available_tco2e",
    ),
    _table_book("cash", "trading_account", "account_no available_fen frozen_fen", "available_fen"),
    _book("cash_totals", "kind quantity_fen", _CASH_TOTALS),
    _book("cash_journal_totals", "account_no available_fen frozen_fen", _CASH_JOURNAL_TOTALS),
    _table_book(
        "orders",
        "listed_order",
        "order_no account_no product side price_fen_per_tco2e quantity_tco2e filled_tco2e status",
        "quantity_tco2e",
    ),
    _table_book(
        "trades",
        "trade",
        "trade_no market trading_date mode seller_account_no buyer_account_no seller_holder_account_no"
        " buyer_holder_account_no product price_fen_per_tco2e quantity_tco2e turnover_fen status",
        "quantity_tco2e",
    ),
    _table_book(
        "quotes",
        "daily_quote",
        "market product trading_date close_fen_per_tco2e listed_tco2e listed_turnover_fen block_tco2e"
        " block_turnover_fen",
        "listed_tco2e",
    ),
    _table_book(
        "transfers_in",
        "transfer_in",
        "transfer_no market holder_account_no product quantity_tco2e state",
        "quantity_tco2e",
    ),
    _table_book(
        "withdrawals",
        "unit_withdrawal",
        "withdrawal_no market holder_account_no product quantity_tco2e state",
        "quantity_tco2e",
    ),
    _book(
        "journal_totals",
        "account_no product available_tco2e frozen_tco2e bought_today_tco2e in_transit_tco2e",
        _JOURNAL_TOTALS,
    ),
)
