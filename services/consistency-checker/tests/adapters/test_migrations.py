from consistency_checker.adapters.db.tables import metadata
from consistency_checker.main import MIGRATIONS
from ets_kernel.testing.migrations import assert_migrations_make
from ets_kernel.testing.plugin import TestServer


async def test_migrations_make_the_tables_that_the_code_knows(postgres_server: TestServer):
    await assert_migrations_make(metadata, MIGRATIONS, postgres_server)
