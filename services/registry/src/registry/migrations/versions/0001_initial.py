"""Make all tables of the registration system: the kernel's, the ledger's, its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Written once and never changed: a later migration has its own.
_APPEND_ONLY = ("ledger_journal", "ledger_journal_batch")


def upgrade() -> None:
    create_kernel_tables_0001()
    _ledger()
    _ledger_journal()
    _accounts()
    _issuances()
    _trading()
    _handovers()
    _credits()
    _surrenders()


def downgrade() -> None:
    raise NotImplementedError("the first migration is not taken back: drop the database instead")


def _ledger() -> None:
    op.create_table(
        "ledger_balance",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 OR bucket = 'issuance'", name="ledger_balance_is_not_negative"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "product", "bucket", name="ledger_balance_position"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "ledger_block",
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("end_serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start_serial", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "start_serial >= 1 AND end_serial >= start_serial", name="ledger_block_is_a_range"
        ),
        sa.PrimaryKeyConstraint("product", "end_serial"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ledger_block_by_position", "ledger_block", ["position_id", "end_serial"], unique=False)
    op.create_table(
        "ledger_serial_counter",
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("next_serial", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product"),
    )
    op.create_table(
        "ledger_tree_head",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ledger", sa.Text(collation="C"), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("signed_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("business_date"),
    )


def _ledger_journal() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("ledger_post_id")))
    op.create_table(
        "ledger_journal",
        sa.Column("post_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("source_position_id", sa.BigInteger(), nullable=False),
        sa.Column("destination_position_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.Text(collation="C"), nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("group_id", sa.Text(collation="C"), nullable=False),
        sa.Column("flow_id", sa.Text(collation="C"), nullable=False),
        sa.Column("corrects", sa.Text(collation="C"), nullable=False),
        sa.Column("effective_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND source_position_id <> destination_position_id",
            name="ledger_journal_moves_something",
        ),
        sa.PrimaryKeyConstraint("post_id", "entry_index"),
        sa.UniqueConstraint("transfer_id", name="ledger_journal_transfer_id"),
    )
    op.create_index(
        "ledger_journal_by_destination", "ledger_journal", ["destination_position_id"], unique=False
    )
    op.create_index("ledger_journal_by_flow", "ledger_journal", ["flow_id"], unique=False)
    op.create_index("ledger_journal_by_source", "ledger_journal", ["source_position_id"], unique=False)
    op.create_table(
        "ledger_journal_batch",
        sa.Column("batch_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("merkle_root", sa.LargeBinary(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_no"),
        sa.UniqueConstraint("post_id"),
    )
    op.create_index("ledger_journal_batch_by_time", "ledger_journal_batch", ["recorded_time"], unique=False)
    op.create_table(
        "ledger_journal_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name="ledger_journal_head_is_one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
        )


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
