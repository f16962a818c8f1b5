"""Make the kernel's tables: outbox, inbox, requests, dead letters, clock."""

from collections.abc import Sequence

from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001, drop_kernel_tables_0001

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    create_kernel_tables_0001()


def downgrade() -> None:
    drop_kernel_tables_0001()
