"""Corrections in full: what they take back of surrenders, cancellations and carry-overs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # An entry whose correction was undone is corrected again.
    op.drop_constraint("entry_correction_pkey", "entry_correction", type_="primary")
    op.create_primary_key("entry_correction_pkey", "entry_correction", ["corrects", "registration_no"])
    op.create_table(
        "record_correction",
        sa.Column("registration_no", sa.Text(collation="C"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("record_no", sa.Text(collation="C"), nullable=False),
        sa.Column("record_line_no", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("change_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("completed_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("change_tco2e <> 0", name="record_correction_changes"),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("registration_no", "line_no"),
        comment="What corrections took back of what was registered, or registered again",
    )
    op.create_index("record_correction_by_record", "record_correction", ["record_no", "record_line_no"])
    op.create_index("record_correction_by_obligation", "record_correction", ["credit_code", "period"])
    op.create_table(
        "credit_correction",
        sa.Column("registration_no", sa.Text(collation="C"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("block_no", sa.Integer(), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "serial_start >= 1 AND serial_end >= serial_start", name="credit_correction_is_a_range"
        ),
        sa.ForeignKeyConstraint(
            ["registration_no", "line_no"], ["record_correction.registration_no", "record_correction.line_no"]
        ),
        sa.ForeignKeyConstraint(
            ["cancellation_no", "block_no"], ["credit_block.cancellation_no", "credit_block.block_no"]
        ),
        sa.PrimaryKeyConstraint("registration_no", "line_no", "part_no"),
        comment="Which credits corrections took out of surrenders, or put back, by serial",
    )
    op.create_index("credit_correction_by_credit", "credit_correction", ["cancellation_no", "block_no"])


def downgrade() -> None:
    op.drop_table("credit_correction")
    op.drop_table("record_correction")
    op.drop_constraint("entry_correction_pkey", "entry_correction", type_="primary")
    op.create_primary_key("entry_correction_pkey", "entry_correction", ["corrects"])
