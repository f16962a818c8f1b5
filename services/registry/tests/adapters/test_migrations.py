from pathlib import Path

import registry
from ets_kernel.testing.migrations import assert_migrations_make, assert_rows_of_every_revision_fit
from ets_kernel.testing.plugin import TestServer
from registry.adapters.db.schema import metadata

MIGRATIONS = Path(registry.__file__).parent / "migrations"
# By triggers (LED-9).
FILLED_IN = (
    "ledger_journal.source_balance",
    "ledger_journal.destination_balance",
    "ledger_journal_batch.entries_before",
    "ledger_journal_batch.post_id_max",
    "ledger_journal_batch.effective_span",
)


async def test_migrations_make_exactly_the_tables_that_the_code_knows(postgres_server: TestServer):
    await assert_migrations_make(metadata, MIGRATIONS, postgres_server)


async def test_rows_of_every_revision_fit_behind_the_last(postgres_server: TestServer):
    await assert_rows_of_every_revision_fit(MIGRATIONS, postgres_server, filled_in=FILLED_IN)
