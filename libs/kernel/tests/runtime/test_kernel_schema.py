"""The kernel's schema revisions (MIG-3): services' migrations make the tables that the kernel knows."""

import pytest
from ets_kernel.runtime.db import kernel_tables
from ets_kernel.testing.migrations import assert_migrations_make
from sqlalchemy import MetaData

ENVIRONMENT = "from ets_kernel.runtime.migrations import run_environment\n\nrun_environment()\n"
REVISION = """
from ets_kernel.runtime.kernel_schema import create_kernel_tables_0001, drop_kernel_tables_0001

revision = "0001"
down_revision = None


def upgrade():
"""


@pytest.mark.parametrize(
    "calls",
    [
        ("create_kernel_tables_0001",),
        ("create_kernel_tables_0001", "drop_kernel_tables_0001", "create_kernel_tables_0001"),
    ],
    ids=["made", "made, dropped and made again"],
)
async def test_the_revisions_make_exactly_the_tables_of_the_kernel(calls, tmp_path, postgres_server):
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT)
    (tmp_path / "versions" / "0001_initial.py").write_text(
        REVISION + "".join(f"    {call}()\n" for call in calls)
    )
    tables = MetaData()
    kernel_tables(tables)
    await assert_migrations_make(tables, tmp_path, postgres_server)
