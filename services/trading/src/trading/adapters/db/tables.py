"""The tables of trading. What is recorded when carries the business time of the recording.

Balances (`trading_account`, `position`) are what the journals (`cash_entry`, `unit_entry`) add up to; `order_change`
and `trade_change` keep every state that an order or trade has had.
"""

from ets_kernel.runtime.db import kernel_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData()
kernel = kernel_tables(metadata)


def _not_negative(table: str, *columns: str) -> CheckConstraint:
    rule = " AND ".join(f"{column} >= 0" for column in columns)
    return CheckConstraint(rule, name=f"{table}_not_negative")


holder_account = Table(
    "holder_account",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("credit_code", Text, nullable=False),
    Column("is_sale_stopped", Boolean, nullable=False, server_default=false()),
    comment="Accounts in the registries, as they told of them",
)

trading_account = Table(
    "trading_account",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("market", Text, nullable=False),
    Column("credit_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("holder_account_no", Text, nullable=False),
    Column("available_fen", BigInteger, nullable=False),
    Column("frozen_fen", BigInteger, nullable=False),
    Column("opened_time", DateTime(timezone=True), nullable=False),
    UniqueConstraint("market", "holder_account_no", name="trading_account_holder_unique"),
    _not_negative("trading_account", "available_fen", "frozen_fen"),
    comment="Trading accounts with their cash",
)

position = Table(
    "position",
    metadata,
    Column("account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("available_tco2e", BigInteger, nullable=False),
    Column("frozen_tco2e", BigInteger, nullable=False),
    Column("bought_tco2e", BigInteger, nullable=False),
    Column("bought_date", Date),
    Column("in_transit_tco2e", BigInteger, nullable=False),
    Column("incoming_tco2e", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_no", "product", name="position_pkey"),
    _not_negative(
        "position", "available_tco2e", "frozen_tco2e", "bought_tco2e", "in_transit_tco2e", "incoming_tco2e"
    ),
    CheckConstraint("bought_tco2e = 0 OR bought_date IS NOT NULL", name="position_bought_has_date"),
    comment="Units in trading accounts",
)
Index("position_bought", position.c.bought_date, postgresql_where=text("bought_tco2e > 0"))

cash_entry = Table(
    "cash_entry",
    metadata,
    Column("entry_no", BigInteger, Identity(), primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("available_fen", BigInteger, nullable=False),
    Column("frozen_fen", BigInteger, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    comment="Journal of cash; the legs of a posting sum to zero",
)
Index("cash_entry_account", cash_entry.c.account_no, cash_entry.c.recorded_time)

unit_entry = Table(
    "unit_entry",
    metadata,
    Column("entry_no", BigInteger, Identity(), primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("available_tco2e", BigInteger, nullable=False),
    Column("frozen_tco2e", BigInteger, nullable=False),
    Column("bought_tco2e", BigInteger, nullable=False),
    Column("bought_date", Date),
    Column("in_transit_tco2e", BigInteger, nullable=False),
    Column("incoming_tco2e", BigInteger, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    comment="Journal of units; the legs of a posting sum to zero, incoming apart",
)
Index("unit_entry_account", unit_entry.c.account_no, unit_entry.c.recorded_time)

number_series = Table(
    "number_series",
    metadata,
    Column("series", Text, primary_key=True),
    Column("last_ordinal", BigInteger, nullable=False),
    comment="Last ordinal given out per series of numbers",
)

deposit = Table(
    "deposit",
    metadata,
    Column("bank_reference", Text, primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("quantity_fen", BigInteger, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
)

cash_withdrawal = Table(
    "cash_withdrawal",
    metadata,
    Column("cash_withdrawal_no", Text, primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("quantity_fen", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
)

transfer_in = Table(
    "transfer_in",
    metadata,
    Column("market", Text, nullable=False),
    Column("transfer_no", Text, nullable=False),
    Column("holder_account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("quantity_tco2e", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("market", "transfer_no", name="transfer_in_pkey"),
)

unit_withdrawal = Table(
    "unit_withdrawal",
    metadata,
    Column("withdrawal_no", Text, primary_key=True),
    Column("market", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("holder_account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("quantity_tco2e", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
)

listed_order = Table(
    "listed_order",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("market", Text, nullable=False),
    Column("trading_date", Date, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("price_fen_per_tco2e", BigInteger, nullable=False),
    Column("quantity_tco2e", BigInteger, nullable=False),
    Column("filled_tco2e", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("placed_time", DateTime(timezone=True), nullable=False),
    CheckConstraint("filled_tco2e BETWEEN 0 AND quantity_tco2e", name="listed_order_filled"),
)
Index(
    "listed_order_open",
    listed_order.c.market,
    listed_order.c.product,
    listed_order.c.side,
    listed_order.c.price_fen_per_tco2e,
    postgresql_where=text("status IN ('OPEN', 'PARTLY_FILLED')"),
)
Index("listed_order_product", listed_order.c.market, listed_order.c.product, listed_order.c.trading_date)

order_change = Table(
    "order_change",
    metadata,
    Column("change_no", BigInteger, Identity(), primary_key=True),
    Column("order_no", Text, nullable=False),
    Column("filled_tco2e", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    comment="Every state that an order has had",
)
Index("order_change_order", order_change.c.order_no, order_change.c.change_no)

block_proposal = Table(
    "block_proposal",
    metadata,
    Column("proposal_no", Text, primary_key=True),
    Column("market", Text, nullable=False),
    Column("trading_date", Date, nullable=False),
    Column("seller_account_no", Text, nullable=False),
    Column("buyer_account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("price_fen_per_tco2e", BigInteger, nullable=False),
    Column("quantity_tco2e", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
)
Index("block_proposal_open", block_proposal.c.trading_date, postgresql_where=text("status = 'OPEN'"))

trade = Table(
    "trade",
    metadata,
    Column("trade_no", Text, primary_key=True),
    Column("market", Text, nullable=False),
    Column("trading_date", Date, nullable=False),
    Column("mode", Text, nullable=False),
    Column("seller_account_no", Text, nullable=False),
    Column("buyer_account_no", Text, nullable=False),
    Column("seller_holder_account_no", Text, nullable=False),
    Column("buyer_holder_account_no", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("price_fen_per_tco2e", BigInteger, nullable=False),
    Column("quantity_tco2e", BigInteger, nullable=False),
    Column("turnover_fen", BigInteger, nullable=False),
    Column("order_no", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("agreed_time", DateTime(timezone=True), nullable=False),
    CheckConstraint("turnover_fen = price_fen_per_tco2e * quantity_tco2e", name="trade_turnover"),
    CheckConstraint("seller_account_no <> buyer_account_no", name="trade_parties_differ"),
)
Index("trade_date", trade.c.trading_date)
Index("trade_unsettled", trade.c.trading_date, postgresql_where=text("status IN ('AGREED', 'SETTLING')"))

trade_change = Table(
    "trade_change",
    metadata,
    Column("change_no", BigInteger, Identity(), primary_key=True),
    Column("trade_no", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    comment="Every state that a trade has had",
)
Index("trade_change_trade", trade_change.c.trade_no, trade_change.c.change_no)

reference_price = Table(
    "reference_price",
    metadata,
    Column("market", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("price_fen_per_tco2e", BigInteger, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("market", "product", name="reference_price_pkey"),
    CheckConstraint("price_fen_per_tco2e > 0", name="reference_price_positive"),
)

daily_quote = Table(
    "daily_quote",
    metadata,
    Column("market", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("trading_date", Date, nullable=False),
    Column("open_fen_per_tco2e", BigInteger, nullable=False),
    Column("high_fen_per_tco2e", BigInteger, nullable=False),
    Column("low_fen_per_tco2e", BigInteger, nullable=False),
    Column("close_fen_per_tco2e", BigInteger, nullable=False),
    Column("listed_tco2e", BigInteger, nullable=False),
    Column("listed_turnover_fen", BigInteger, nullable=False),
    Column("block_tco2e", BigInteger, nullable=False),
    Column("block_turnover_fen", BigInteger, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("market", "product", "trading_date", name="daily_quote_pkey"),
)
Index("daily_quote_date", daily_quote.c.trading_date)

closed_day = Table(
    "closed_day",
    metadata,
    Column("trading_date", Date, primary_key=True),
    Column("expired_count", Integer, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
)
