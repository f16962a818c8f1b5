"""The tables that every service's database has beside its own, all named `kernel_…`.

KRN-1  A stream's sequence numbers are contiguous from 1 and in commit order: they are given out under the
       lock of the stream's row, as the last statement of the business transaction.
KRN-2  Outbox rows are kept after they are sent; the outbox is the log of record and the bus only carries it.
KRN-3  An inbox position moves in the transaction of the effect, and by exactly one per event.
KRN-4  A request id has one answer for ever.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTables:
    """The kernel's tables as registered in one service's metadata."""

    outbox: Table
    outbox_stream: Table
    outbox_relay: Table
    inbox: Table
    request: Table
    dead_letter: Table
    service_clock: Table


def kernel_tables(metadata: MetaData) -> KernelTables:
    """Register the kernel's tables in the service's metadata, so that its migrations make them."""
    return KernelTables(
        outbox=_outbox(metadata),
        outbox_stream=_outbox_stream(metadata),
        outbox_relay=Table(
            "kernel_outbox_relay",
            metadata,
            Column("stream", Text, primary_key=True),
            comment="One row per stream; whoever has locked it is the only one that sends from the stream",
        ),
        inbox=_inbox(metadata),
        request=_request(metadata),
        dead_letter=_dead_letter(metadata),
        service_clock=Table(
            "kernel_service_clock",
            metadata,
            Column("clock_id", SmallInteger, primary_key=True, autoincrement=False),
            Column("business_time", DateTime(timezone=True), nullable=False),
            CheckConstraint("clock_id = 1", name="kernel_service_clock_single"),
            comment="The simulated business time",
        ),
    )


def _outbox(metadata: MetaData) -> Table:
    table = Table(
        "kernel_outbox",
        metadata,
        Column("stream", Text, primary_key=True),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("type", Text, nullable=False),
        Column("aggregate", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        Column("aggregate_version", BigInteger, nullable=False),
        Column("flow_id", Text, nullable=False),
        Column("occurred_time", DateTime(timezone=True), nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("traceparent", Text, nullable=False),
        Column(
            "recorded_time", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
        ),
        Column("sent_time", DateTime(timezone=True)),
        CheckConstraint("sequence > 0", name="kernel_outbox_sequence_positive"),
        comment="Every event that this service has published, in order per stream",
    )
    Index(
        "kernel_outbox_unsent",
        table.c.stream,
        table.c.sequence,
        postgresql_where=text("sent_time IS NULL"),
    )
    return table


def _outbox_stream(metadata: MetaData) -> Table:
    return Table(
        "kernel_outbox_stream",
        metadata,
        Column("stream", Text, primary_key=True),
        Column("head_sequence", BigInteger, nullable=False),
        CheckConstraint("head_sequence > 0", name="kernel_outbox_stream_head_positive"),
        comment="The last sequence number given out per stream",
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "kernel_inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("stream", Text, primary_key=True),
        Column("last_sequence", BigInteger, nullable=False),
        Column("duplicate_count", BigInteger, nullable=False, server_default="0"),
        Column("repaired_count", BigInteger, nullable=False, server_default="0"),
        CheckConstraint("last_sequence >= 0", name="kernel_inbox_last_not_negative"),
        comment="The last event that took effect, per stream consumed",
    )


def _request(metadata: MetaData) -> Table:
    return Table(
        "kernel_request",
        metadata,
        Column("method", Text, primary_key=True),
        Column("request_id", Text, primary_key=True),
        Column("body_hash", LargeBinary, nullable=False),
        Column("answer_type", Text),
        Column("answer", LargeBinary),
        Column(
            "recorded_time", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()
        ),
        comment="The first answer to every request id; committed rows always have one",
    )


def _dead_letter(metadata: MetaData) -> Table:
    table = Table(
        "kernel_dead_letter",
        metadata,
        Column("dead_letter_id", Uuid, primary_key=True),
        Column("consumer", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("record_offset", BigInteger, nullable=False),
        Column("stream", Text),
        Column("sequence", BigInteger),
        Column("handler", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("message", Text, nullable=False),
        Column("original", LargeBinary, nullable=False),
        Column("recorded_time", DateTime(timezone=True), nullable=False),
        Column("redriven_time", DateTime(timezone=True)),
        comment="Messages that could not be applied, byte for byte, until somebody redrives them",
    )
    Index("kernel_dead_letter_open", table.c.recorded_time, postgresql_where=text("redriven_time IS NULL"))
    return table
