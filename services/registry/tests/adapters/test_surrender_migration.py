"""What was owed and surrendered before obligations had a history is their history afterwards."""

from pathlib import Path

import registry
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.plugin import TestServer
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(registry.__file__).parent / "migrations"
NOTICED, FIRST, SECOND = "2021-10-20 00:00+00", "2021-11-01 00:00+00", "2021-12-01 00:00+00"
OWED = f"""
INSERT INTO obligation (credit_code, period, province_code, obligation_tco2e, offset_limit_tco2e, deadline_time,
                        noticed_time, surrendered_tco2e, offset_tco2e, completed_time)
VALUES ('A', '2019-2020', '37', 1000, 50, '2021-12-31 09:00+00', '{NOTICED}', 950, 50, '{SECOND}'),
       ('B', '2019-2020', '37', 0, 0, '2021-12-31 09:00+00', '{NOTICED}', 0, 0, '{NOTICED}')
"""
APPLICATIONS = f"""
INSERT INTO surrender_application (application_no, credit_code, period, ordinal, province_code, status,
                                   submitted_time, decided_by, registered_time)
VALUES ('SA-1', 'A', '2019-2020', 1, '37', 'registered', '{NOTICED}', 'x', '{FIRST}'),
       ('SA-2', 'A', '2019-2020', 2, '37', 'registered', '{NOTICED}', 'x', '{SECOND}'),
       ('SA-3', 'A', '2019-2020', 3, '37', 'refused', '{NOTICED}', 'x', NULL)
"""
LINES = """
INSERT INTO surrender_line (application_no, line_no, product, quantity_tco2e, is_offset)
VALUES ('SA-1', 1, 'CEA-2019-2020', 900, false), ('SA-1', 2, 'OFFSET-P1-2015', 20, true),
       ('SA-2', 1, 'CEA-2019-2020', 50, false), ('SA-2', 2, 'OFFSET-P1-2015', 30, true),
       ('SA-3', 1, 'CEA-2019-2020', 7, false)
"""
VERSIONS = (
    "SELECT credit_code, surrendered_tco2e, offset_tco2e, completed_time IS NOT NULL, certificate_ordinal"
    " FROM obligation_version ORDER BY credit_code, version_id"
)


async def test_every_registration_before_is_a_version(postgres_server: TestServer):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, MIGRATIONS, revision="0006")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for statement in (OWED, APPLICATIONS, LINES):
                await connection.execute(text(statement))
        await upgrade(url, MIGRATIONS)
        async with engine.connect() as connection:
            found = [tuple(row) for row in await connection.execute(text(VERSIONS))]
            present = (await connection.execute(text("SELECT certificate_ordinal FROM obligation"))).all()
    finally:
        await engine.dispose()
    assert found == [
        ("A", 0, 0, False, 0),
        ("A", 900, 20, False, 0),
        ("A", 950, 50, True, 1),
        ("B", 0, 0, True, 1),
    ]
    assert [row[0] for row in present] == [1, 1]
