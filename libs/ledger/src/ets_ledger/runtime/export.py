"""Writing the export of a ledger, page by page, from one snapshot."""

from collections.abc import AsyncIterator
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.export import (
    Line,
    balance_line,
    batch_line,
    block_line,
    entry_line,
    head_line,
    ledger_line,
)
from ets_ledger.runtime.queries import LedgerQueries
from ets_ledger.runtime.seals import LedgerSeals
from ets_ledger.runtime.tables import LedgerTables

PAGE_SIZE = 5_000


async def export_lines(
    connection: AsyncConnection, tables: LedgerTables, *, ledger: str
) -> AsyncIterator[Line]:
    """Yield the lines of the export; give it one snapshot, or the closing state may not match the journal."""
    queries = LedgerQueries(connection, tables)
    seals = LedgerSeals(connection, tables, ledger=ledger)
    yield ledger_line(ledger, has_blocks=tables.has_blocks)
    records = {record.batch_no: record for record in await seals.batches()}
    batch_no, entry_index = 0, -1
    while page := await queries.journal_page(
        after_batch_no=batch_no, after_index=entry_index, page_size=PAGE_SIZE
    ):
        for number, lines in groupby(page, key=lambda line: line.batch_no):
            if number != batch_no:
                yield batch_line(records[number])
            for line in lines:
                batch_no, entry_index = number, line.entry_index
                yield entry_line(line.entry)
    for head in await seals.tree_heads():
        yield head_line(head)
    for holding in await queries.holdings():
        yield balance_line(holding.position, holding.quantity)
    if tables.has_blocks:
        for held in await queries.blocks():
            yield block_line(held.position, held.block)
