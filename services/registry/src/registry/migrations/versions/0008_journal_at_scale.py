"""The journal at scale: entries tell the balances after them, batches the entries before them."""

from collections.abc import Sequence

from ets_ledger.runtime.ledger_schema import alter_ledger_tables_0002

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    alter_ledger_tables_0002()


def downgrade() -> None:
    raise NotImplementedError("what the journal tells of itself is not taken away again")
