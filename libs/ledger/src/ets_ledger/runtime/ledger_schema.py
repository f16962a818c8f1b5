"""The tables of a ledger as services' migrations make them, one function per revision of their schema.

As the kernel's (MIG-3): a revision that has been released is never changed, a new one is added, and every service
calls it in a migration of its own. The last of them gives exactly `ledger_tables` with the default prefix.

Alembic's `op` stands for the migration that is running, so these work only inside one.
"""

import sqlalchemy as sa
from alembic import op


def create_ledger_tables_0001() -> None:
    """Make balances, serial blocks, journal with its chain, and signed heads."""
    _state()
    _journal()
    for table in ("ledger_journal", "ledger_journal_batch"):
        _make_append_only(table)


def _state() -> None:
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


def _journal() -> None:
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


def _make_append_only(table: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
