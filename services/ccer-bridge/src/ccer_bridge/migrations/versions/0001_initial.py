"""Make the tables that the voluntary-reduction registry shares with others: the kernel's and the ledger's."""

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
