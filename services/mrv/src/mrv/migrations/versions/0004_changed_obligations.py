"""Keep with what the registry tells of an entity what it owes then: obligations change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("compliance_status", sa.Column("obligation_tco2e", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("compliance_status", "obligation_tco2e")
