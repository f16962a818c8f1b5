"""The checker's first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.create_table(
        "reconciliation",
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reconciliation_no", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("business_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_count", sa.Integer(), nullable=False),
        sa.Column("broken_count", sa.Integer(), nullable=False),
        sa.Column("unchecked_count", sa.Integer(), nullable=False),
        sa.Column("in_flight_count", sa.Integer(), nullable=False),
        sa.Column("digests", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ordinal > 0", name="reconciliation_ordinal_positive"),
        sa.PrimaryKeyConstraint("ordinal"),
        sa.UniqueConstraint("reconciliation_no", name="reconciliation_number"),
        sa.UniqueConstraint("request_id", name="reconciliation_request"),
        comment="Runs of the checker",
    )
    op.create_table(
        "finding",
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invariant_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(verdict = 'BROKEN') = (evidence_count > 0)", name="finding_broken_has_evidence"),
        sa.CheckConstraint("(verdict = 'UNCHECKED') = (cause <> '')", name="finding_unchecked_has_cause"),
        sa.CheckConstraint("verdict IN ('KEPT', 'BROKEN', 'UNCHECKED')", name="finding_verdict"),
        sa.ForeignKeyConstraint(
            ["ordinal"],
            ["reconciliation.ordinal"],
        ),
        sa.PrimaryKeyConstraint("ordinal", "invariant_number"),
        comment="The verdict on every invariant in every run",
    )


def downgrade() -> None:
    op.drop_table("finding")
    op.drop_table("reconciliation")
    op.drop_table("kernel_service_clock")
    op.drop_table("kernel_request")
    op.drop_table("kernel_outbox_stream")
    op.drop_table("kernel_outbox_relay")
    op.drop_index(
        "kernel_outbox_unsent", table_name="kernel_outbox", postgresql_where=sa.text("sent_time IS NULL")
    )
    op.drop_table("kernel_outbox")
    op.drop_table("kernel_inbox")
    op.drop_index(
        "kernel_dead_letter_open",
        table_name="kernel_dead_letter",
        postgresql_where=sa.text("redriven_time IS NULL"),
    )
    op.drop_table("kernel_dead_letter")
