"""The checker's first tables."""

import sqlalchemy as sa
from alembic import op
from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001, drop_kernel_tables_0001
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_kernel_tables_0001()
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
    drop_kernel_tables_0001()
