"""Transactions: what is committed, what a snapshot sees, and which failures may pass by themselves."""

import asyncpg
import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.runtime.db import Database, is_transient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

TRANSIENT = {
    "08",  # connection
    "40001",
    "40003",
    "40P01",  # rolled back for another transaction
    "53",  # resources
    "55006",
    "55P03",  # locked by somebody
    "57P01",
    "57P02",
    "57P03",
    "57P05",
    "57000",  # the operator stopped it
    "58",  # the machine
    "25P03",  # we were too slow in a transaction
}


def codes():
    found = {}
    for name in dir(asyncpg.exceptions):
        exception = getattr(asyncpg.exceptions, name)
        if isinstance(exception, type) and issubclass(exception, asyncpg.PostgresError):
            found[name] = exception
    return found


def test_every_error_of_the_driver_is_either_transient_or_a_bug():
    for name, exception in codes().items():
        code = exception.sqlstate or ""
        expected = (
            code in TRANSIENT
            or code[:2] in TRANSIENT
            or issubclass(exception, asyncpg.PostgresConnectionError)
        )
        assert is_transient(exception("told")) is expected, (name, code)


def test_a_closed_connection_is_transient_and_other_misuse_is_not():
    assert is_transient(asyncpg.InterfaceError("connection is closed"))
    assert not is_transient(asyncpg.InterfaceError("the server expects 1 argument"))
    assert is_transient(PoolTimeout("QueuePool limit"))
    assert not is_transient(ValueError("ours"))


def test_only_asyncpg_will_do():
    with pytest.raises(BrokenClaim):
        Database.create("postgresql+psycopg://nobody@/nowhere")


async def test_a_block_that_raises_is_rolled_back(database):
    with pytest.raises(ZeroDivisionError):
        await write_and_break(database)
    async with database.snapshot() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM note"))).scalar_one() == 0


async def write_and_break(database):
    async with database.begin() as transaction:
        await transaction.connection.execute(text("INSERT INTO note VALUES ('a', 'b')"))
        raise ZeroDivisionError


async def test_last_acts_run_once_in_order_before_the_commit_and_what_they_raise_rolls_back(database):
    done = []

    async def act(words):
        done.append(words)

    async def broken():
        raise ZeroDivisionError

    async with database.begin() as transaction:
        transaction.before_commit(lambda: act("first"))
        transaction.at_last(lambda: act("last"))
        transaction.before_commit(lambda: act("second"))
        assert done == []
    assert done == ["first", "second", "last"]

    async def write_and_break():
        async with database.begin() as transaction:
            await transaction.connection.execute(text("INSERT INTO kernel_outbox_relay VALUES ('s')"))
            transaction.before_commit(broken)

    with pytest.raises(ZeroDivisionError):
        await write_and_break()
    async with database.snapshot() as connection:
        assert (await connection.execute(text("SELECT * FROM kernel_outbox_relay"))).all() == []


async def test_a_snapshot_does_not_see_what_is_committed_meanwhile_and_does_not_write(database):
    async with database.snapshot() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM note"))).scalar_one() == 0
        async with database.begin() as transaction:
            await transaction.connection.execute(text("INSERT INTO note VALUES ('a', 'b')"))
        assert (await connection.execute(text("SELECT count(*) FROM note"))).scalar_one() == 0
    with pytest.raises(DBAPIError, match="read-only"):
        await write_in_snapshot(database)


async def write_in_snapshot(database):
    async with database.snapshot() as connection:
        await connection.execute(text("INSERT INTO note VALUES ('c', 'd')"))


async def test_a_connection_is_read_committed_and_writes_again_after_a_snapshot(postgres_url):
    single = Database.create(postgres_url, pool_size_max=1)
    for _ in range(2):
        async with single.snapshot() as connection:
            assert await setting(connection, "transaction_isolation") == "repeatable read"
        async with single.begin() as transaction:
            assert await setting(transaction.connection, "transaction_isolation") == "read committed"
            assert await setting(transaction.connection, "transaction_read_only") == "off"
    await single.dispose()


async def setting(connection, name):
    return (await connection.execute(text(f"SHOW {name}"))).scalar_one()


async def test_a_broken_constraint_is_a_bug_and_stays_what_it_is(database):
    with pytest.raises(IntegrityError):
        await insert_twice(database)


async def insert_twice(database):
    async with database.begin() as transaction:
        for _ in range(2):
            await transaction.connection.execute(text("INSERT INTO note VALUES ('a', 'b')"))


async def test_a_text_that_no_column_can_hold_is_the_callers_mistake(database):
    with pytest.raises(MalformedRequest):
        async with database.snapshot() as connection:
            await connection.execute(text("SELECT CAST(:name AS text)"), {"name": "a\0b"})
    with pytest.raises(MalformedRequest):
        async with database.begin() as transaction:
            await transaction.connection.execute(text("SELECT CAST(:name AS text)"), {"name": "a\0b"})
