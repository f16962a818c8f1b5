"""Processes of the version before go on: what they leave out is filled in."""

from collections.abc import Sequence

from ets_ledger.runtime.ledger_schema import alter_ledger_tables_0003

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    alter_ledger_tables_0003()


def downgrade() -> None:
    raise NotImplementedError("what processes of the version before need is not taken away again")
