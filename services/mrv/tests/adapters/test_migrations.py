from pathlib import Path

import mrv
from ets_kernel.testing.migrations import assert_migrations_make, assert_rows_of_every_revision_fit
from ets_kernel.testing.plugin import TestServer
from mrv.adapters.db.tables import metadata

MIGRATIONS = Path(mrv.__file__).parent / "migrations"


async def test_migrations_make_exactly_the_tables_that_the_code_knows(postgres_server: TestServer):
    await assert_migrations_make(metadata, MIGRATIONS, postgres_server)


async def test_rows_of_every_revision_fit_behind_the_last(postgres_server: TestServer):
    await assert_rows_of_every_revision_fit(MIGRATIONS, postgres_server)
