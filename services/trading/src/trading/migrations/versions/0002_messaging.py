"""Make the kernel's tables: outbox, inbox, requests, dead letters, clock."""

from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001, drop_kernel_tables_0001

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    create_kernel_tables_0001()


def downgrade() -> None:
    drop_kernel_tables_0001()
