"""Make all tables of the registration system: the kernel's, the ledger's, its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001
from ets_ledger.runtime.ledger_schema import create_ledger_tables_0001

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    create_kernel_tables_0001()
    create_ledger_tables_0001()
    _accounts()
    _issuances()
    _trading()
    _handovers()
    _credits()
    _surrenders()


def downgrade() -> None:
    raise NotImplementedError("the first migration is not taken back: drop the database instead")


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("opened_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_no"),
        comment="Registration accounts",
    )
    op.create_index("account_by_province", "account", ["province_code"], unique=False)
    op.create_table(
        "obligation",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("offset_limit_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("deadline_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("surrendered_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("offset_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("completed_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "surrendered_tco2e >= 0 AND offset_tco2e >= 0 AND offset_tco2e <= offset_limit_tco2e AND surrendered_tco2e + offset_tco2e <= obligation_tco2e",
            name="obligation_is_not_exceeded",
        ),
        sa.PrimaryKeyConstraint("credit_code", "period"),
        comment="What entities owe, and what is registered towards it",
    )
    op.create_index(
        "obligation_by_province", "obligation", ["period", "province_code", "credit_code"], unique=False
    )
    op.create_table(
        "project",
        sa.Column("project_no", sa.Text(collation="C"), nullable=False),
        sa.Column("is_inside_national_market", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project_no"),
        comment="Voluntary-reduction projects with their mark",
    )
    op.create_table(
        "roster_entity",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", "period"),
        comment="Key emitters as the management platform listed them, by period",
    )


def _issuances() -> None:
    op.create_table(
        "issuance",
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("entity_count", sa.Integer(), nullable=False),
        sa.Column("difference_count", sa.Integer(), nullable=False),
        sa.Column("recomputed_digest", sa.LargeBinary(), nullable=False),
        sa.Column("transmitted_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_finding", sa.Text(collation="C"), nullable=False),
        sa.Column("initiated_by", sa.Text(collation="C"), nullable=False),
        sa.Column("initiated_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(collation="C"), nullable=False),
        sa.Column("confirmed_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'issued' OR initiated_by <> confirmed_by", name="issuance_by_two_people"
        ),
        sa.PrimaryKeyConstraint("table_no"),
        comment="Allocation tables: the last transmission of each",
    )
    op.create_table(
        "issuance_difference",
        sa.Column("difference_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_no", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.Text(collation="C"), nullable=False),
        sa.Column("transmitted_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recomputed_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["issuance.table_no"],
        ),
        sa.PrimaryKeyConstraint("difference_id"),
        comment="Figures that differ, of every transmission",
    )
    op.create_table(
        "issuance_row",
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("pre_allocated_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("verified_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("emissions_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("is_capped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["issuance.table_no"],
        ),
        sa.PrimaryKeyConstraint("table_no", "credit_code"),
        comment="The registry's own figures per entity",
    )


def _trading() -> None:
    op.create_table(
        "settled_trade",
        sa.Column("trade_no", sa.Text(collation="C"), nullable=False),
        sa.Column("trading_date", sa.Date(), nullable=False),
        sa.Column("seller_account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("buyer_account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("trade_no"),
        comment="Trades whose unit leg is done",
    )
    op.create_table(
        "trading_return",
        sa.Column("withdrawal_no", sa.Text(collation="C"), nullable=False),
        sa.Column("account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_no"],
            ["account.account_no"],
        ),
        sa.PrimaryKeyConstraint("withdrawal_no"),
        comment="Units that trading released",
    )
    op.create_table(
        "trading_transfer",
        sa.Column("transfer_no", sa.Text(collation="C"), nullable=False),
        sa.Column("account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_no"],
            ["account.account_no"],
        ),
        sa.PrimaryKeyConstraint("transfer_no"),
        sa.UniqueConstraint("account_no", "ordinal", name="trading_transfer_ordinal"),
        comment="Units sent to trading",
    )


def _handovers() -> None:
    op.create_table(
        "handover",
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("manifest_digest", sa.LargeBinary(), nullable=False),
        sa.Column("taken_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handover_no"),
        sa.UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
        comment="Hand-overs that were taken",
    )
    op.create_table(
        "handover_rejection",
        sa.Column("rejection_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("manifest_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("message", sa.Text(collation="C"), nullable=False),
        sa.Column("rejected_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rejection_id"),
        comment="Hand-overs that were rejected as a whole",
    )
    op.create_table(
        "handover_row",
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("offset_application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("ccer_product", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("is_credited", sa.Boolean(), nullable=False),
        sa.CheckConstraint("is_accepted OR NOT is_credited", name="handover_row_credits_need_acceptance"),
        sa.ForeignKeyConstraint(
            ["handover_no"],
            ["handover.handover_no"],
        ),
        sa.PrimaryKeyConstraint("handover_no", "row_no"),
        comment="Rows of hand-overs with their outcome",
    )
    op.create_index(
        "handover_row_accepted_once",
        "handover_row",
        ["cancellation_no"],
        unique=True,
        postgresql_where="is_accepted",
    )
    op.create_index("handover_row_by_application", "handover_row", ["offset_application_no"], unique=False)
    op.create_index("handover_row_by_entity", "handover_row", ["credit_code", "period"], unique=False)


def _credits() -> None:
    op.create_table(
        "credit_block",
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("block_no", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_ordinal", sa.BigInteger(), nullable=True),
        sa.Column("created_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "serial_start >= 1 AND serial_end >= serial_start", name="credit_block_is_a_range"
        ),
        sa.PrimaryKeyConstraint("cancellation_no", "block_no"),
        sa.UniqueConstraint("product", "serial_start", name="credit_block_start"),
        comment="CCER serials of accepted rows, and the credits made of them",
    )
    op.create_index(
        "credit_block_by_entity", "credit_block", ["credit_code", "credit_ordinal", "block_no"], unique=False
    )


def _surrenders() -> None:
    op.create_table(
        "surrender_application",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("submitted_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(collation="C"), nullable=False),
        sa.Column("registered_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("application_no"),
        sa.UniqueConstraint("credit_code", "period", "ordinal", name="surrender_application_ordinal"),
        comment="Surrender applications",
    )
    op.create_index(
        "surrender_application_by_province",
        "surrender_application",
        ["period", "province_code", "application_no"],
        unique=False,
    )
    op.create_index(
        "surrender_application_by_status", "surrender_application", ["status", "application_no"], unique=False
    )
    op.create_table(
        "surrender_line",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("is_offset", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity_tco2e > 0", name="surrender_line_is_positive"),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["surrender_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("application_no", "line_no"),
        comment="Units in surrender applications",
    )
    op.create_table(
        "credit_use",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("use_no", sa.Integer(), nullable=False),
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("block_no", sa.Integer(), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no", "line_no"],
            ["surrender_line.application_no", "surrender_line.line_no"],
        ),
        sa.ForeignKeyConstraint(
            ["cancellation_no", "block_no"],
            ["credit_block.cancellation_no", "credit_block.block_no"],
        ),
        sa.PrimaryKeyConstraint("application_no", "line_no", "use_no"),
        comment="Which credits a surrender application holds, by serial",
    )
    op.create_index("credit_use_by_credit", "credit_use", ["cancellation_no", "block_no"], unique=False)
