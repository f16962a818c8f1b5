"""Make the tables that the voluntary-reduction registry shares with others: the kernel's and the ledger's."""

from collections.abc import Sequence

from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001
from ets_ledger.runtime.ledger_schema import create_ledger_tables_0001

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    create_kernel_tables_0001()
    create_ledger_tables_0001()


def downgrade() -> None:
    raise NotImplementedError("the first migration is not taken back: drop the database instead")
