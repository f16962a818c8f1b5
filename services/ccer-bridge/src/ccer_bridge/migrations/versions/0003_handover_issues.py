"""Keep every issue of a hand-over: the last one in its row, those before it beside it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # The default lets code that knows of one issue only go on writing.
    op.add_column("handover", sa.Column("issue_no", sa.Integer(), server_default="1", nullable=False))
    op.create_table_comment("handover", "Daily hand-overs with their last issue and its answer")
    op.create_table(
        "handover_earlier_issue",
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("issue_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("issued_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("rejection_reason", sa.Text(collation="C"), nullable=False),
        sa.Column("acknowledged_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["handover_no"], ["handover.handover_no"]),
        sa.PrimaryKeyConstraint("handover_no", "issue_no"),
        comment="Issues of hand-overs that were issued again, as they were left",
    )


def downgrade() -> None:
    op.drop_table("handover_earlier_issue")
    op.create_table_comment("handover", "Daily hand-overs with their answers")
    op.drop_column("handover", "issue_no")
