"""The ledger's schema revisions: services' migrations make the tables that the ledger knows."""

from pathlib import Path

from ets_kernel.testing.migrations import assert_migrations_make
from ets_kernel.testing.plugin import TestServer
from ets_ledger.runtime.tables import ledger_tables
from sqlalchemy import MetaData

ENVIRONMENT = "from ets_kernel.runtime.migrations import run_environment\n\nrun_environment()\n"
REVISION = """
from ets_ledger.runtime import ledger_schema

revision = "0001"
down_revision = None


def upgrade():
    ledger_schema.create_ledger_tables_0001()
    ledger_schema.alter_ledger_tables_0002()
    ledger_schema.alter_ledger_tables_0003()
    ledger_schema.alter_ledger_tables_0004()
"""


async def test_the_revisions_make_exactly_the_tables_of_the_ledger(
    tmp_path: Path, postgres_server: TestServer
) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT)
    (tmp_path / "versions" / "0001_initial.py").write_text(REVISION)
    tables = MetaData()
    ledger_tables(tables)
    await assert_migrations_make(tables, tmp_path, postgres_server)
