"""Set-based writing: every row of many is written as given, and names are locked one transaction at a time."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import pytest_asyncio
from ets_kernel.runtime import sql
from ets_kernel.runtime.db import Database
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    text,
)

METADATA = MetaData()
MEASURE = Table(
    "measure",
    METADATA,
    Column("meter", Text, primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("quantity_tco2e", BigInteger),
    Column("factor", Numeric),
    Column("is_checked", Boolean),
    Column("on_date", Date),
    Column("recorded_time", DateTime(timezone=True)),
    Column("digest", LargeBinary),
)
READING = Table("reading", METADATA, Column("place", BigInteger, Identity()), Column("meter", Text))
COLUMNS = tuple(MEASURE.c.keys())
AT = datetime(2021, 7, 16, 1, 30, tzinfo=UTC)
ROWS = [
    ("A", 1, 2**62, Decimal("0.5703"), True, date(2021, 7, 16), AT, b"\x00\xff"),
    ("A", 2, -1, Decimal("-1.10"), False, date(1970, 1, 1), AT, b""),
    ("煤", 1, None, None, None, None, None, None),
]
ALL = text(f"SELECT {', '.join(COLUMNS)} FROM measure ORDER BY meter, hour")


@pytest_asyncio.fixture
async def measures(postgres_url):
    database = Database.create(postgres_url, pool_size_max=3)
    async with database.begin() as transaction:
        await transaction.connection.run_sync(METADATA.create_all)
    yield database
    await database.dispose()


async def test_rows_of_every_type_are_inserted_as_given(measures):
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, MEASURE, COLUMNS, ROWS)
        assert [tuple(row) for row in await sql.fetch(transaction.connection, ALL)] == ROWS


async def test_identities_follow_the_order_of_the_rows(measures):
    meters = [f"{number * 7 % 100:02}" for number in range(100)]
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, READING, ("meter",), [(meter,) for meter in meters])
        query = text("SELECT meter FROM reading ORDER BY place")
        assert [row.meter for row in await sql.fetch(transaction.connection, query)] == meters


@pytest.mark.parametrize(
    ("changes", "kept"),
    [(("quantity_tco2e",), (7, Decimal("0.5703"))), ((), (2**62, Decimal("0.5703")))],
)
async def test_of_rows_that_are_there_only_the_columns_to_change_are_written(measures, changes, kept):
    columns = ("meter", "hour", "quantity_tco2e", "factor")
    rows = [("A", 1, 7, Decimal(9)), ("B", 1, 8, None)]
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, MEASURE, COLUMNS, ROWS)
        await sql.put_rows(transaction.connection, MEASURE, columns, rows, keys=columns[:2], changes=changes)
        found = [tuple(row) for row in await sql.fetch(transaction.connection, ALL)]
    assert found == [("A", 1, *kept, *ROWS[0][4:]), ROWS[1], ("B", 1, 8, *(None,) * 5), ROWS[2]]


@pytest.mark.parametrize(("wanted", "hours"), [([("A", 2), ("煤", 1), ("B", 1)], [2, 1]), ([], [])])
async def test_a_query_joins_the_rows_that_it_is_given(measures, wanted, hours):
    keys = ("meter", "hour")
    query = text(
        f"SELECT hour FROM measure JOIN {sql.rows_of(MEASURE, keys, 'wanted')} USING (meter, hour) ORDER BY meter"
    )
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, MEASURE, COLUMNS, ROWS)
        rows = await sql.fetch(transaction.connection, query, **sql.arrays(keys, wanted))
    assert [row.hour for row in rows] == hours


async def test_an_update_changes_the_named_columns_of_the_rows_with_those_keys_only(measures):
    columns = ("meter", "hour", "quantity_tco2e")
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, MEASURE, COLUMNS, ROWS)
        await sql.update_rows(
            transaction.connection,
            MEASURE,
            columns,
            [("A", 2, 7), ("煤", 1, 8), ("nowhere", 1, 9)],
            keys=columns[:2],
        )
        rows = [tuple(row) for row in await sql.fetch(transaction.connection, ALL)]
    assert rows == [ROWS[0], (*ROWS[1][:2], 7, *ROWS[1][3:]), (*ROWS[2][:2], 8, *ROWS[2][3:])]


async def test_nothing_to_write_or_to_lock_is_no_statement():
    nothing_to_ask = None
    await sql.insert_rows(nothing_to_ask, MEASURE, COLUMNS, [])
    await sql.update_rows(nothing_to_ask, MEASURE, COLUMNS, [], keys=("meter",))
    await sql.put_rows(nothing_to_ask, MEASURE, COLUMNS, [], keys=("meter",), changes=())
    await sql.lock_names(nothing_to_ask, [])


async def test_a_locked_name_is_waited_for_until_the_transaction_ends(measures):
    async with measures.begin() as first:
        await sql.lock_names(first.connection, {"b", "a"})
        async with measures.begin() as second:
            await sql.lock_names(second.connection, {"c"})
            free = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
            assert [(await sql.fetch(second.connection, free, name=name))[0][0] for name in "abcd"] == [
                False,
                False,
                True,
                True,
            ]
    async with measures.begin() as third:
        await asyncio.wait_for(sql.lock_names(third.connection, {"a", "b"}), timeout=10)


async def test_rows_are_read_as_values_by_column_or_as_a_dictionary(measures):
    async with measures.begin() as transaction:
        await sql.insert_rows(transaction.connection, MEASURE, ("meter", "hour"), [("A", 1), ("B", 2)])
        query = text("SELECT meter, hour FROM measure ORDER BY meter")
        rows = await sql.fetch(transaction.connection, query)
    assert sql.values_of(rows[1]) == {"meter": "B", "hour": 2}
    assert sql.two_columns(rows) == {"A": 1, "B": 2}


@pytest.mark.parametrize(
    ("keys", "arrays"),
    [
        ([], {"first": [], "second": []}),
        ([("b", "1"), ("a", "2")], {"first": ["a", "b"], "second": ["2", "1"]}),
    ],
)
def test_pairs_are_two_arrays_in_order(keys, arrays):
    assert sql.pairs(keys) == arrays
