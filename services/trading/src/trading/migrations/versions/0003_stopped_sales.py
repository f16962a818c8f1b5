"""Holder accounts tell whether a restriction of the registry stops sales.

What was restricted before is followed from the next restriction or lifting of that account on.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column(
        "holder_account",
        sa.Column("is_sale_stopped", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("holder_account", "is_sale_stopped")
