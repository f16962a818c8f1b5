"""Applications about accounts keep what the first reviewer said; restrictions tell which province imposed them.

A process of the version before notes a first review only where the last one is noted, so readers look there too. What
it restricts, and what was restricted before, counts as imposed for the whole country.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table, column in (
        ("account_application", "first_review_note"),
        ("account_restriction", "province_code"),
    ):
        op.add_column(table, sa.Column(column, sa.Text(collation="C"), nullable=False, server_default=""))
    op.execute(
        "UPDATE account_application SET first_review_note = review_note"
        " WHERE first_reviewed_time IS NOT NULL AND second_reviewed_time IS NULL"
    )


def downgrade() -> None:
    raise NotImplementedError("who said what, and who restricted whom, is not forgotten again")
