from ets_kernel.testing.migrations import assert_migrations_make, assert_rows_of_every_revision_fit
from ets_kernel.testing.plugin import TestServer
from trading.adapters.db.tables import metadata as trading_metadata
from trading.main import MIGRATIONS


async def test_migrations_make_exactly_the_tables_of_the_code(postgres_server: TestServer):
    await assert_migrations_make(trading_metadata, MIGRATIONS, postgres_server)


async def test_rows_of_every_revision_fit_behind_the_last(postgres_server: TestServer):
    await assert_rows_of_every_revision_fit(MIGRATIONS, postgres_server)
