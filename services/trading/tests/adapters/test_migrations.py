from ets_kernel.testing.migrations import assert_migrations_make
from trading.adapters.db.tables import metadata as trading_metadata
from trading.main import MIGRATIONS


async def test_migrations_make_exactly_the_tables_of_the_code(postgres_server):
    await assert_migrations_make(trading_metadata, MIGRATIONS, postgres_server)
