"""Make the tables that the voluntary-reduction registry shares with others: the kernel's and the ledger's."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Written once and never changed: a later migration has its own.
_APPEND_ONLY = ("ledger_journal", "ledger_journal_batch")


def upgrade() -> None:
    _outbox()
    _inbox_and_requests()
    _ledger()
    _ledger_journal()


def downgrade() -> None:
    raise NotImplementedError("the first migration is not taken back: drop the database instead")


def _outbox() -> None:
    op.create_table(
        "kernel_outbox",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("aggregate_version", sa.BigInteger(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("occurred_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=False),
        sa.Column(
            "recorded_time",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sent_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sequence > 0", name="kernel_outbox_sequence_positive"),
        sa.PrimaryKeyConstraint("stream", "sequence"),
        comment="Every event that this service has published, in order per stream",
    )
    op.create_index(
        "kernel_outbox_unsent",
        "kernel_outbox",
        ["stream", "sequence"],
        unique=False,
        postgresql_where=sa.text("sent_time IS NULL"),
    )
    op.create_table(
        "kernel_outbox_relay",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
        comment="One row per stream; whoever has locked it is the only one that sends from the stream",
    )
    op.create_table(
        "kernel_outbox_stream",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("head_sequence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("head_sequence > 0", name="kernel_outbox_stream_head_positive"),
        sa.PrimaryKeyConstraint("stream"),
        comment="The last sequence number given out per stream",
    )


def _inbox_and_requests() -> None:
    op.create_table(
        "kernel_dead_letter",
        sa.Column("dead_letter_id", sa.Uuid(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("record_offset", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redriven_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dead_letter_id"),
        comment="Messages that could not be applied, byte for byte, until somebody redrives them",
    )
    op.create_index(
        "kernel_dead_letter_open",
        "kernel_dead_letter",
        ["recorded_time"],
        unique=False,
        postgresql_where=sa.text("redriven_time IS NULL"),
    )
    op.create_table(
        "kernel_inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("duplicate_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("repaired_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("last_sequence >= 0", name="kernel_inbox_last_not_negative"),
        sa.PrimaryKeyConstraint("consumer", "stream"),
        comment="The last event that took effect, per stream consumed",
    )
    op.create_table(
        "kernel_request",
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer_type", sa.Text(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column(
            "recorded_time",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("method", "request_id"),
        comment="The first answer to every request id; committed rows always have one",
    )
    op.create_table(
        "kernel_service_clock",
        sa.Column("clock_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("business_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("clock_id = 1", name="kernel_service_clock_single"),
        sa.PrimaryKeyConstraint("clock_id"),
        comment="The simulated business time",
    )


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
