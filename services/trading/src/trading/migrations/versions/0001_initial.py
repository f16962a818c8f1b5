"""Make the tables of trading."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    _accounts()
    _journals()
    _movements()
    _orders()
    _trades()
    _quotes()


def downgrade() -> None:
    for table in (
        "unit_withdrawal",
        "unit_entry",
        "transfer_in",
        "trading_account",
        "trade_change",
        "trade",
        "reference_price",
        "position",
        "order_change",
        "number_series",
        "listed_order",
        "holder_account",
        "deposit",
        "daily_quote",
        "closed_day",
        "cash_withdrawal",
        "cash_entry",
        "block_proposal",
    ):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "holder_account",
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_no"),
        comment="Accounts in the registries, as they told of them",
    )
    op.create_table(
        "position",
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("available_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("frozen_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("bought_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("bought_date", sa.Date(), nullable=True),
        sa.Column("in_transit_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("incoming_tco2e", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "available_tco2e >= 0 AND frozen_tco2e >= 0 AND bought_tco2e >= 0 AND in_transit_tco2e >= 0 AND incoming_tco2e >= 0",
            name="position_not_negative",
        ),
        sa.CheckConstraint("bought_tco2e = 0 OR bought_date IS NOT NULL", name="position_bought_has_date"),
        sa.PrimaryKeyConstraint("account_no", "product", name="position_pkey"),
        comment="Units in trading accounts",
    )
    op.create_index(
        "position_bought",
        "position",
        ["bought_date"],
        unique=False,
        postgresql_where=sa.text("bought_tco2e > 0"),
    )
    op.create_table(
        "trading_account",
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder_account_no", sa.Text(), nullable=False),
        sa.Column("available_fen", sa.BigInteger(), nullable=False),
        sa.Column("frozen_fen", sa.BigInteger(), nullable=False),
        sa.Column("opened_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("available_fen >= 0 AND frozen_fen >= 0", name="trading_account_not_negative"),
        sa.PrimaryKeyConstraint("account_no"),
        sa.UniqueConstraint("market", "holder_account_no", name="trading_account_holder_unique"),
        comment="Trading accounts with their cash",
    )


def _journals() -> None:
    op.create_table(
        "cash_entry",
        sa.Column("entry_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("available_fen", sa.BigInteger(), nullable=False),
        sa.Column("frozen_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_no"),
        comment="Journal of cash; the legs of a posting sum to zero",
    )
    op.create_index("cash_entry_account", "cash_entry", ["account_no", "recorded_time"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last_ordinal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series"),
        comment="Last ordinal given out per series of numbers",
    )
    op.create_table(
        "unit_entry",
        sa.Column("entry_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("available_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("frozen_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("bought_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("bought_date", sa.Date(), nullable=True),
        sa.Column("in_transit_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("incoming_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_no"),
        comment="Journal of units; the legs of a posting sum to zero, incoming apart",
    )
    op.create_index("unit_entry_account", "unit_entry", ["account_no", "recorded_time"], unique=False)


def _movements() -> None:
    op.create_table(
        "cash_withdrawal",
        sa.Column("cash_withdrawal_no", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("quantity_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cash_withdrawal_no"),
    )
    op.create_table(
        "deposit",
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("quantity_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bank_reference"),
    )
    op.create_table(
        "transfer_in",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("transfer_no", sa.Text(), nullable=False),
        sa.Column("holder_account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("market", "transfer_no", name="transfer_in_pkey"),
    )
    op.create_table(
        "unit_withdrawal",
        sa.Column("withdrawal_no", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("holder_account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("withdrawal_no"),
    )


def _orders() -> None:
    op.create_table(
        "block_proposal",
        sa.Column("proposal_no", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("seller_account_no", sa.Text(), nullable=False),
        sa.Column("buyer_account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("price_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("proposal_no"),
    )
    op.create_index(
        "block_proposal_open",
        "block_proposal",
        ["trading_date"],
        unique=False,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_table(
        "listed_order",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("price_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("filled_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("placed_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("filled_tco2e BETWEEN 0 AND quantity_tco2e", name="listed_order_filled"),
        sa.PrimaryKeyConstraint("order_no"),
    )
    op.create_index(
        "listed_order_open",
        "listed_order",
        ["market", "product", "side", "price_fen_per_tco2e"],
        unique=False,
        postgresql_where=sa.text("status IN ('OPEN', 'PARTLY_FILLED')"),
    )
    op.create_index(
        "listed_order_product", "listed_order", ["market", "product", "trading_date"], unique=False
    )
    op.create_table(
        "order_change",
        sa.Column("change_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("filled_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_no"),
        comment="Every state that an order has had",
    )
    op.create_index("order_change_order", "order_change", ["order_no", "change_no"], unique=False)


def _trades() -> None:
    op.create_table(
        "trade",
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("seller_account_no", sa.Text(), nullable=False),
        sa.Column("buyer_account_no", sa.Text(), nullable=False),
        sa.Column("seller_holder_account_no", sa.Text(), nullable=False),
        sa.Column("buyer_holder_account_no", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("price_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("turnover_fen", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("agreed_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seller_account_no <> buyer_account_no", name="trade_parties_differ"),
        sa.CheckConstraint("turnover_fen = price_fen_per_tco2e * quantity_tco2e", name="trade_turnover"),
        sa.PrimaryKeyConstraint("trade_no"),
    )
    op.create_index("trade_date", "trade", ["trading_date"], unique=False)
    op.create_index(
        "trade_unsettled",
        "trade",
        ["trading_date"],
        unique=False,
        postgresql_where=sa.text("status IN ('AGREED', 'SETTLING')"),
    )
    op.create_table(
        "trade_change",
        sa.Column("change_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_no"),
        comment="Every state that a trade has had",
    )
    op.create_index("trade_change_trade", "trade_change", ["trade_no", "change_no"], unique=False)


def _quotes() -> None:
    op.create_table(
        "closed_day",
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("expired_count", sa.Integer(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trading_date"),
    )
    op.create_table(
        "daily_quote",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("open_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("high_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("low_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("close_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("listed_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("listed_turnover_fen", sa.BigInteger(), nullable=False),
        sa.Column("block_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("block_turnover_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("market", "product", "trading_date", name="daily_quote_pkey"),
    )
    op.create_index("daily_quote_date", "daily_quote", ["trading_date"], unique=False)
    op.create_table(
        "reference_price",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("price_fen_per_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_fen_per_tco2e > 0", name="reference_price_positive"),
        sa.PrimaryKeyConstraint("market", "product", name="reference_price_pkey"),
    )
