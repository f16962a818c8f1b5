"""Writing the export of a ledger in pages: the journal up to a batch, and the state that it leads to.

Pages may be read from snapshots of different moments: the first one fixes the batch, and what is recorded behind it is
left out of all of them, also of the balances and blocks.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, ProductCode
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
from ets_ledger.domain.values import Position
from ets_ledger.runtime.closing import ClosingState
from ets_ledger.runtime.queries import LedgerQueries
from ets_ledger.runtime.seals import LedgerSeals
from ets_ledger.runtime.tables import LedgerTables

PAGE_SIZE: Final = 5_000
EXPORT_SECTIONS: Final = ("batch", "balance", "block")


class ExportCursor(NamedTuple):
    """Where an export goes on: behind a batch, a balance, or the blocks of an account."""

    # The last batch that is exported.
    last_batch_no: int
    # One of `EXPORT_SECTIONS`.
    section: str
    batch_no: int
    account: AccountNo
    product: ProductCode
    bucket: str


class ExportPage(NamedTuple):
    """Some lines, and where they go on; None behind the last."""

    lines: Sequence[Line]
    following: ExportCursor | None


async def export_lines(
    connection: AsyncConnection, tables: LedgerTables, *, ledger: str
) -> AsyncIterator[Line]:
    """Yield the lines of the export, all from one snapshot."""
    page = await export_page(connection, tables, ledger=ledger, cursor=None)
    while True:
        for line in page.lines:
            yield line
        if page.following is None:
            return
        page = await export_page(connection, tables, ledger=ledger, cursor=page.following)


async def export_page(
    connection: AsyncConnection,
    tables: LedgerTables,
    *,
    ledger: str,
    cursor: ExportCursor | None,
    page_size: int = PAGE_SIZE,
) -> ExportPage:
    """Return the lines behind a cursor, about as many as asked for; batches and accounts stay whole."""
    export = _Export(connection, tables, ledger)
    if cursor is None:
        return await export.first(page_size)
    if cursor.section == "batch":
        return await export.journal(cursor, page_size)
    if cursor.section == "balance":
        return await export.balances(cursor, page_size)
    ensure(cursor.section in EXPORT_SECTIONS, "an export has three sections")
    return await export.blocks(cursor, page_size)


class _Export:
    def __init__(self, connection: AsyncConnection, tables: LedgerTables, ledger: str) -> None:
        self._queries = LedgerQueries(connection, tables)
        self._closing = ClosingState(connection, tables)
        self._seals = LedgerSeals(connection, tables, ledger=ledger)
        self._has_blocks = tables.has_blocks
        self._ledger = ledger

    async def first(self, page_size: int) -> ExportPage:
        last_batch_no = await self._closing.last_batch_no()
        start = ExportCursor(last_batch_no, "batch", 0, AccountNo(""), ProductCode(""), "")
        page = await self.journal(start, page_size)
        return ExportPage(
            [ledger_line(self._ledger, has_blocks=self._has_blocks), *page.lines], page.following
        )

    async def journal(self, cursor: ExportCursor, page_size: int) -> ExportPage:
        records = await self._seals.batches_behind(
            cursor.batch_no, last_batch_no=cursor.last_batch_no, entry_count=page_size
        )
        by_number = {record.batch_no: record for record in records}
        entries = await self._queries.entries_of_batches(sorted(by_number))
        lines: list[Line] = []
        for number, found in groupby(entries, key=lambda line: line.batch_no):
            lines.append(batch_line(by_number[number]))
            lines += [entry_line(line.entry) for line in found]
        reached = records[-1].batch_no if records else cursor.last_batch_no
        if reached < cursor.last_batch_no:
            return ExportPage(lines, cursor._replace(batch_no=reached))
        heads = await self._seals.tree_heads()
        lines += [head_line(head) for head in heads if head.tree_size <= cursor.last_batch_no]
        return ExportPage(lines, cursor._replace(section="balance"))

    async def balances(self, cursor: ExportCursor, page_size: int) -> ExportPage:
        after = Position(cursor.account, cursor.product, cursor.bucket)
        held = await self._closing.holdings(cursor.last_batch_no, after=after, page_size=page_size)
        lines = [balance_line(one.position, one.quantity) for one in held]
        if len(held) == page_size:
            account, product, bucket = held[-1].position
            return ExportPage(lines, cursor._replace(account=account, product=product, bucket=bucket))
        start = cursor._replace(section="block", account=AccountNo(""), product=ProductCode(""), bucket="")
        return ExportPage(lines, start if self._has_blocks else None)

    async def blocks(self, cursor: ExportCursor, page_size: int) -> ExportPage:
        lines: list[Line] = []
        account = cursor.account
        while len(lines) < page_size:
            behind = await self._closing.account_behind(account)
            if behind is None:
                return ExportPage(lines, None)
            account = behind
            owned = await self._closing.blocks(cursor.last_batch_no, account)
            lines += [block_line(one.position, one.block) for one in owned]
        return ExportPage(lines, cursor._replace(account=account))
