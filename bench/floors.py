"""What PostgreSQL and a Python driver do with transfers that come one by one, without a service around them.

Three ways of the same transfer over eight connections: lock two balances in order, check, change them, write two
journal lines and one outbox row, commit.

    statement   everything in one prepared statement, which is its own transaction
    driver      a transaction of six statements through asyncpg
    core        the same six through SQLAlchemy Core

What single calls cost in a service comes on top, and what is saved is saved by carrying them out together.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

import asyncpg
from ets_kernel.embedded.postgres import EmbeddedPostgres
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.stand import ACCOUNTS, ROUND_SECONDS

CONNECTIONS: Final = 8

Transfer = Callable[[int, int, int, str], Awaitable[Any]]
"""Moves a quantity from one account to another under an id."""

_TABLES: Final = f"""
CREATE TABLE floor_balance (id bigint PRIMARY KEY, quantity bigint NOT NULL CHECK (quantity >= 0));
INSERT INTO floor_balance SELECT number, 10000000 FROM generate_series(1, {ACCOUNTS}) AS number;
CREATE TABLE floor_journal (
    id bigserial PRIMARY KEY, transfer_id text NOT NULL, account bigint NOT NULL, change bigint NOT NULL
);
CREATE TABLE floor_outbox (id bigserial PRIMARY KEY, transfer_id text NOT NULL, body text NOT NULL);
"""
_WHOLE: Final = """
WITH held AS (
    SELECT id, quantity FROM floor_balance WHERE id IN ($1::bigint, $2::bigint) ORDER BY id FOR UPDATE
), accepted AS (
    SELECT 1 FROM held WHERE id = $1 AND quantity >= $3::bigint
), changed AS (
    UPDATE floor_balance SET quantity = quantity + CASE id WHEN $1 THEN -$3 ELSE $3 END
    WHERE id IN ($1, $2) AND EXISTS (SELECT FROM accepted)
), written AS (
    INSERT INTO floor_journal (transfer_id, account, change)
    SELECT $4::text, line.account, line.change FROM accepted, (VALUES ($1, -$3), ($2, $3)) AS line (account, change)
)
INSERT INTO floor_outbox (transfer_id, body) SELECT $4, 'moved' FROM accepted
"""
_LOCK: Final = "SELECT id, quantity FROM floor_balance WHERE id IN ($1, $2) ORDER BY id FOR UPDATE"
_CHANGE: Final = "UPDATE floor_balance SET quantity = quantity + $2 WHERE id = $1"
_WRITE: Final = "INSERT INTO floor_journal (transfer_id, account, change) VALUES ($1, $2, $3)"
_TELL: Final = "INSERT INTO floor_outbox (transfer_id, body) VALUES ($1, 'moved')"


async def measure(postgres: EmbeddedPostgres, name: str) -> dict[str, float]:
    """Measure the three on databases of their own; transfers per second by way."""
    figures = {}
    for way, floor in (("statement", _statement), ("driver", _driver), ("core", _core)):
        database = f"{name}_{way}"
        await postgres.create_database(database)
        connection = await asyncpg.connect(
            user="postgres", database=database, host=str(postgres.socket_folder)
        )
        await connection.execute(_TABLES)
        await connection.close()
        figures[f"floor_{way}_per_s"] = await floor(postgres, database)
    return figures


async def _statement(postgres: EmbeddedPostgres, database: str) -> float:
    async with _pool(postgres, database) as pool:

        async def caller(run: Callable[[Transfer], Awaitable[int]]) -> int:
            async with pool.acquire() as connection:
                return await run((await connection.prepare(_WHOLE)).fetch)

        return await _together(caller)


async def _driver(postgres: EmbeddedPostgres, database: str) -> float:
    async with _pool(postgres, database) as pool:

        async def caller(run: Callable[[Transfer], Awaitable[int]]) -> int:
            async with pool.acquire() as connection:
                lock, change, write, tell = [
                    await connection.prepare(statement) for statement in (_LOCK, _CHANGE, _WRITE, _TELL)
                ]

                async def transfer(source: int, destination: int, quantity: int, number: str) -> None:
                    async with connection.transaction():
                        held = dict(await lock.fetch(source, destination))
                        if held[source] < quantity:
                            return
                        await change.fetch(source, -quantity)
                        await change.fetch(destination, quantity)
                        await write.executemany(
                            [(number, source, -quantity), (number, destination, quantity)]
                        )
                        await tell.fetch(number)

                return await run(transfer)

        return await _together(caller)


async def _core(postgres: EmbeddedPostgres, database: str) -> float:
    engine = create_async_engine(postgres.url(database), pool_size=CONNECTIONS)
    lock = text(
        "SELECT id, quantity FROM floor_balance WHERE id IN (:source, :destination) ORDER BY id FOR UPDATE"
    )
    change = text("UPDATE floor_balance SET quantity = quantity + :change WHERE id = :id")
    write = text("INSERT INTO floor_journal (transfer_id, account, change) VALUES (:number, :id, :change)")
    tell = text("INSERT INTO floor_outbox (transfer_id, body) VALUES (:number, 'moved')")

    async def transfer(source: int, destination: int, quantity: int, number: str) -> None:
        legs = [
            {"id": source, "change": -quantity, "number": number},
            {"id": destination, "change": quantity, "number": number},
        ]
        async with engine.begin() as connection:
            rows = await connection.execute(lock, {"source": source, "destination": destination})
            if {row.id: row.quantity for row in rows}[source] < quantity:
                return
            for leg in legs:
                await connection.execute(change, {"id": leg["id"], "change": leg["change"]})
            await connection.execute(write, legs)
            await connection.execute(tell, {"number": number})

    async def caller(run: Callable[[Transfer], Awaitable[int]]) -> int:
        return await run(transfer)

    try:
        return await _together(caller)
    finally:
        await engine.dispose()


def _pool(postgres: EmbeddedPostgres, database: str) -> asyncpg.Pool:
    return asyncpg.create_pool(
        user="postgres",
        database=database,
        host=str(postgres.socket_folder),
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
    )


async def _together(caller: Callable[[Callable[[Transfer], Awaitable[int]]], Awaitable[int]]) -> float:
    started = time.perf_counter()

    async def one(number: int) -> int:
        chance = Random(number)

        async def run(transfer: Transfer) -> int:
            done = 0
            while time.perf_counter() - started < ROUND_SECONDS:
                source, destination = chance.sample(range(1, ACCOUNTS + 1), 2)
                await transfer(source, destination, chance.randint(1, 100), f"{number}-{done}")
                done += 1
            return done

        return await caller(run)

    done = await asyncio.gather(*(one(number) for number in range(CONNECTIONS)))
    return sum(done) / (time.perf_counter() - started)
