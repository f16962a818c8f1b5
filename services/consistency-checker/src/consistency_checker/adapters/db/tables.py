"""The checker's tables, beside those of the kernel: runs and what they found, only ever inserted."""

from typing import Final

from ets_kernel.runtime.db import kernel_tables
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)

reconciliation: Final = Table(
    "reconciliation",
    metadata,
    Column("ordinal", BigInteger, primary_key=True, autoincrement=False),
    Column("reconciliation_no", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("business_time", DateTime(timezone=True), nullable=False),
    Column("kept_count", Integer, nullable=False),
    Column("broken_count", Integer, nullable=False),
    Column("unchecked_count", Integer, nullable=False),
    Column("in_flight_count", Integer, nullable=False),
    # Book digests by "<service>/<book>", read and written whole.
    Column("digests", JSONB, nullable=False),
    Column("recorded_time", DateTime(timezone=True), nullable=False),
    UniqueConstraint("reconciliation_no", name="reconciliation_number"),
    UniqueConstraint("request_id", name="reconciliation_request"),
    CheckConstraint("ordinal > 0", name="reconciliation_ordinal_positive"),
    comment="Runs of the checker",
)

finding: Final = Table(
    "finding",
    metadata,
    Column(
        "ordinal", BigInteger, ForeignKey("reconciliation.ordinal"), primary_key=True, autoincrement=False
    ),
    Column("invariant_number", Integer, primary_key=True, autoincrement=False),
    Column("statement", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("evidence_count", Integer, nullable=False),
    # Places where the invariant does not hold, read and written whole.
    Column("evidence", JSONB, nullable=False),
    CheckConstraint("verdict IN ('KEPT', 'BROKEN', 'UNCHECKED')", name="finding_verdict"),
    CheckConstraint("(verdict = 'BROKEN') = (evidence_count > 0)", name="finding_broken_has_evidence"),
    CheckConstraint("(verdict = 'UNCHECKED') = (cause <> '')", name="finding_unchecked_has_cause"),
    comment="The verdict on every invariant in every run",
)
