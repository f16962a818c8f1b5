"""Writing many rows with one statement: columns as arrays, `unnest` on the server."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

ARRAY_OF = {"text": "text[]", "bigint": "bigint[]", "date": "date[]", "time": "timestamptz[]", "int": "int[]"}


def source(columns: Mapping[str, str], alias: str) -> str:
    """Write `unnest(…) AS alias (…)` for columns with their types; every column is a parameter of its name."""
    arrays = ", ".join(f"CAST(:{name} AS {ARRAY_OF[kind]})" for name, kind in columns.items())
    return f"unnest({arrays}) AS {alias} ({', '.join(columns)})"


def upsert(
    table: str, columns: Mapping[str, str], *, key: Sequence[str], update: Sequence[str] = ()
) -> TextClause:
    """Make the statement that inserts rows, and updates some columns of those that are there; none keeps them."""
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in update)
    on_conflict = f" ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {changes}" if changes else "NOTHING")
    return text(f"INSERT INTO {table} ({names}) SELECT {names} FROM {source(columns, 'given')}{on_conflict}")


def insert(table: str, columns: Mapping[str, str]) -> TextClause:
    """Make the statement that inserts rows in the given order, so that identities follow it."""
    names = ", ".join(columns)
    # Not a plain unnest: only WITH ORDINALITY promises an order to sort by.
    arrays = ", ".join(f"CAST(:{name} AS {ARRAY_OF[kind]})" for name, kind in columns.items())
    rows = f"unnest({arrays}) WITH ORDINALITY AS given ({names}, ordinality)"
    return text(f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows} ORDER BY ordinality")


async def write(
    connection: AsyncConnection,
    statement: TextClause,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Run a statement of this module for rows whose values are in column order; no rows, no statement."""
    if not rows:
        return
    await connection.execute(statement, dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
