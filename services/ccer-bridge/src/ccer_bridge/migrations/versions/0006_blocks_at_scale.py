"""Blocks at scale: what positions own is remembered along the journal."""

from collections.abc import Sequence

from ets_ledger.runtime.ledger_schema import alter_ledger_tables_0004

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    alter_ledger_tables_0004()


def downgrade() -> None:
    raise NotImplementedError("what is remembered along the journal is not taken away again")
