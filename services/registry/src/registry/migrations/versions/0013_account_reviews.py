"""Applications about accounts keep what the first reviewer said beside what the second one says.

A process of the version before notes a first review only where the last one is noted; readers look there too.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "account_application",
        sa.Column("first_review_note", sa.Text(collation="C"), nullable=False, server_default=""),
    )
    op.execute(
        "UPDATE account_application SET first_review_note = review_note"
        " WHERE first_reviewed_time IS NOT NULL AND second_reviewed_time IS NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("what first reviewers said is not forgotten again")
