"""Set-based writing: one statement for all rows of a table, whatever their number; and reading in few words.

The tables are a service's own: names of tables and columns come from its metadata, never from outside.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Row,
    Table,
    Text,
    TextClause,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_ARRAY_TYPES: Final[Mapping[type[Any], str]] = {
    Text: "text[]",
    BigInteger: "bigint[]",
    Integer: "int[]",
    Boolean: "boolean[]",
    Date: "date[]",
    DateTime: "timestamptz[]",
    LargeBinary: "bytea[]",
    Numeric: "numeric[]",
}

_LOCK_NAMES: Final = text("""
SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS given (name, place) ORDER BY place
""")


async def insert_rows(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, given as tuples in the order of the columns; identities follow the order of the rows."""
    if rows:
        await connection.execute(_insert(table, columns), arrays(columns, rows))


async def put_rows(
    connection: AsyncConnection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: tuple[str, ...],
    changes: tuple[str, ...],
) -> None:
    """Insert rows, and of those whose keys are there already write only the columns in `changes`; none keeps them.

    No two of the rows have the same keys where there are changes.
    """
    if rows:
        await connection.execute(_put(table, columns, keys, changes), arrays(columns, rows))


async def update_rows(
    connection: AsyncConnection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    keys: tuple[str, ...],
) -> None:
    """Update rows found by their keys, given as tuples in the order of the columns, keys included."""
    if rows:
        await connection.execute(_update(table, columns, keys), arrays(columns, rows))


async def fetch(connection: AsyncConnection, statement: TextClause, **values: object) -> Sequence[AnyRow]:
    """Run a query and give its rows."""
    return (await connection.execute(statement, values)).all()


async def lock_names(connection: AsyncConnection, names: Collection[str]) -> None:
    """Lock names until the end of the transaction, in order; what they name need not exist yet."""
    if names:
        await connection.execute(_LOCK_NAMES, {"names": sorted(names)})


def values_of(row: AnyRow) -> dict[str, Any]:
    """Give a row's values by column."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it, in spite of the underscore


def two_columns(rows: Sequence[AnyRow]) -> dict[Any, Any]:
    """Give rows of a key and a value as a dictionary."""
    return {row[0]: row[1] for row in rows}


def pairs(keys: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    """Give keys of two texts as two arrays, `first` and `second`, in order."""
    ordered = sorted(keys)
    return {"first": [key[0] for key in ordered], "second": [key[1] for key in ordered]}


def arrays(columns: tuple[str, ...], rows: Collection[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Give rows as the parameters of `rows_of`: one array by column."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return {name: list(column) for name, column in zip(columns, values, strict=True)}


def rows_of(table: Table, columns: tuple[str, ...], alias: str) -> str:
    """Write rows as a source for FROM and JOIN, typed as the columns; every column is a parameter of its name."""
    return f"unnest({_unnest(table, columns)}) AS {alias} ({', '.join(columns)})"


def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    return ", ".join(f"CAST(:{name} AS {_ARRAY_TYPES[type(table.c[name].type)]})" for name in columns)


def _insert_text(table: Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    # Not a plain unnest: only WITH ORDINALITY promises an order to sort by.
    given = f"unnest({_unnest(table, columns)}) WITH ORDINALITY AS given ({names}, given_place)"
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {given} ORDER BY given_place"  # noqa: S608


@lru_cache
def _insert(table: Table, columns: tuple[str, ...]) -> TextClause:
    return text(_insert_text(table, columns))


@lru_cache
def _put(
    table: Table, columns: tuple[str, ...], keys: tuple[str, ...], changes: tuple[str, ...]
) -> TextClause:
    changed = ", ".join(f"{name} = excluded.{name}" for name in changes)
    action = f"UPDATE SET {changed}" if changes else "NOTHING"
    return text(f"{_insert_text(table, columns)} ON CONFLICT ({', '.join(keys)}) DO {action}")


@lru_cache
def _update(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> TextClause:
    changes = ", ".join(f"{name} = given.{name}" for name in columns if name not in keys)
    found = " AND ".join(f"kept.{name} = given.{name}" for name in keys)
    return text(
        f"UPDATE {table.name} AS kept SET {changes}"  # noqa: S608
        f" FROM {rows_of(table, columns, 'given')} WHERE {found}"
    )
