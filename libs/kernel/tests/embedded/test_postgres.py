"""The private PostgreSQL: keeps its data over a restart, opens no port, sorts by code point."""

import subprocess

import pytest
from ets_kernel.embedded.postgres import THROWAWAY_SETTINGS, EmbeddedPostgres
from ets_kernel.runtime.db import Database
from sqlalchemy import text


async def ask(postgres, name, question):
    database = Database.create(postgres.url(name))
    async with database.begin() as transaction:
        result = await transaction.connection.execute(text(question))
        answer = result.scalar_one() if result.returns_rows else None
    await database.dispose()
    return answer


async def test_data_is_there_after_a_restart_and_making_a_database_again_changes_nothing(tmp_path):
    folder = tmp_path / "postgres"
    with EmbeddedPostgres.start(folder, THROWAWAY_SETTINGS) as postgres:
        await postgres.create_database("mrv")
        await ask(postgres, "mrv", "CREATE TABLE kept AS SELECT 7 AS number")
    with EmbeddedPostgres.start(folder) as postgres:
        await postgres.create_database("mrv")
        assert await ask(postgres, "mrv", "SELECT number FROM kept") == 7
        assert await ask(postgres, "mrv", "SHOW fsync") == "on"


async def test_a_start_that_takes_longer_than_the_wheel_waits_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("ets_kernel.embedded.postgres.LOOK_SECONDS", 0)
    with EmbeddedPostgres.start(tmp_path / "postgres", THROWAWAY_SETTINGS) as postgres:
        server = type(postgres._server)
        start, failures = server.start, [subprocess.TimeoutExpired("pg_ctl", 10), AssertionError("ready")]

        def slow_start(self):
            if failures:
                raise failures.pop(0)
            start(self)

        monkeypatch.setattr(server, "start", slow_start)
        again = EmbeddedPostgres.start(tmp_path / "postgres", THROWAWAY_SETTINGS)
        assert failures == []
        assert await ask(again, "postgres", "SELECT 7") == 7


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("SHOW listen_addresses", ""),
        ("SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b', 'A', 'a', 'B']) AS x", "ABab"),
        ("SHOW server_encoding", "UTF8"),
    ],
)
async def test_a_new_database_is_private_and_the_same_everywhere(postgres_server, question, answer):
    postgres = postgres_server.postgres
    await postgres.create_database("fresh-one")
    assert await ask(postgres, "fresh-one", question) == answer
    await postgres.drop_database("fresh-one")
    await postgres.drop_database("fresh-one")
