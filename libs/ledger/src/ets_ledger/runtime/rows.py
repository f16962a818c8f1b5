"""Running the reads of a ledger."""

from collections.abc import Sequence

from ets_kernel.runtime.sql import AnyRow
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.runtime.tables import LedgerTables


async def rows_of(
    connection: AsyncConnection, tables: LedgerTables, sql: str, **values: object
) -> Sequence[AnyRow]:
    """Return the rows of a query whose tables are named as those of a ledger called "ledger"."""
    statement = text(sql.replace("ledger_", f"{tables.prefix}_"))
    return (await connection.execute(statement, values)).all()
