from pathlib import Path

import registry
from ets_kernel.testing.migrations import assert_migrations_make
from ets_kernel.testing.plugin import TestServer
from registry.adapters.db.schema import metadata

MIGRATIONS = Path(registry.__file__).parent / "migrations"


async def test_migrations_make_exactly_the_tables_that_the_code_knows(postgres_server: TestServer):
    await assert_migrations_make(metadata, MIGRATIONS, postgres_server)
