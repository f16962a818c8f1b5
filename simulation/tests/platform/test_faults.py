"""Cutting connections: those of others to the database are ended, those of a cut never."""

import asyncio

import asyncpg
import pytest
from simulation.platform.faults import OWN_NAME, cut_connections
from sqlalchemy import MetaData


async def test_connections_are_cut_and_counted_but_not_those_of_another_cut(postgres_server):
    name = await postgres_server.fresh_database(MetaData())
    url = postgres_server.postgres.url(name)
    address = url.replace("+asyncpg", "")
    victim = await asyncpg.connect(address)
    other = await asyncpg.connect(address, server_settings={"application_name": OWN_NAME})
    ended = asyncio.Event()
    victim.add_termination_listener(lambda _connection: ended.set())
    assert await cut_connections([url]) == 1
    await ended.wait()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await victim.fetchval("SELECT 1")
    assert await other.fetchval("SELECT 1") == 1
    await other.close()
    await postgres_server.postgres.drop_database(name)
