"""The kernel's tables as services' migrations make them, one function per revision of their schema.

MIG-3  A revision that has been released is never changed: a new one is added, and every service calls it in a
       migration of its own. The last of them gives exactly `kernel_tables`.

Alembic's `op` stands for the migration that is running, so these work only inside one.
"""

import sqlalchemy as sa
from alembic import op


def create_kernel_tables_0001() -> None:
    """Make the tables of messaging, requests, dead letters and the clock."""
    _outbox()
    _inbox_and_requests()
    _dead_letters_and_clock()


def drop_kernel_tables_0001() -> None:
    """Take back what `create_kernel_tables_0001` made, with all that is in it."""
    for table in (
        "kernel_service_clock",
        "kernel_dead_letter",
        "kernel_request",
        "kernel_inbox",
        "kernel_outbox_stream",
        "kernel_outbox_relay",
        "kernel_outbox",
    ):
        op.drop_table(table)


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


def _dead_letters_and_clock() -> None:
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
        "kernel_service_clock",
        sa.Column("clock_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("business_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("clock_id = 1", name="kernel_service_clock_single"),
        sa.PrimaryKeyConstraint("clock_id"),
        comment="The simulated business time",
    )
