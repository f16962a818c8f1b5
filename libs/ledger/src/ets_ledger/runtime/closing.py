"""What is held and owned as the first so many batches of a ledger left it, whatever was recorded since."""

from collections.abc import Sequence

from ets_kernel.domain.ids import AccountNo
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.values import Position
from ets_ledger.runtime.block_pages import BlockHolding, BlockPages, JournalPlace
from ets_ledger.runtime.moments import HELD_AFTER_BATCH
from ets_ledger.runtime.queries import AFTER, IN_ORDER_UP_TO, PAGE_SIZE_MAX, Holding
from ets_ledger.runtime.rows import rows_of
from ets_ledger.runtime.tables import LedgerTables

_LAST = "select coalesce(max(batch_no), 0) from ledger_journal_batch"
_ACCOUNT_BEHIND = "select min(account) from ledger_balance where account > :account"


class ClosingState:
    """Reads of the state behind a batch, on one connection."""

    def __init__(self, connection: AsyncConnection, tables: LedgerTables) -> None:
        self._connection = connection
        self._tables = tables
        self._places: dict[int, JournalPlace] = {}

    async def last_batch_no(self) -> int:
        """Return the number of the last batch, 0 for an empty journal."""
        ((last,),) = await rows_of(self._connection, self._tables, _LAST)
        return int(last)

    async def holdings(self, batch_no: int, *, after: Position, page_size: int) -> Sequence[Holding]:
        """Return positions behind another that a batch left other than zero, in their order."""
        rows = await rows_of(
            self._connection,
            self._tables,
            HELD_AFTER_BATCH + AFTER + IN_ORDER_UP_TO,
            batch_no=batch_no,
            after_account=after.account,
            after_product=after.product,
            after_bucket=after.bucket,
            size=page_size,
        )
        return [Holding(position=Position(*row[:3]), quantity=row[3]) for row in rows]

    async def account_behind(self, account: AccountNo) -> AccountNo | None:
        """Return the next account that ever held anything, in their order."""
        ((found,),) = await rows_of(self._connection, self._tables, _ACCOUNT_BEHIND, account=account)
        return None if found is None else AccountNo(found)

    async def blocks(self, batch_no: int, account: AccountNo) -> Sequence[BlockHolding]:
        """Return what an account owned when a batch was recorded, by product and serial."""
        pages = BlockPages(self._connection, self._tables, account)
        if batch_no not in self._places:
            self._places[batch_no] = await pages.place_of_batch(batch_no)
        owned: list[BlockHolding] = []
        after = ("", 0)
        while True:
            page = await pages.page(self._places[batch_no], after=after, page_size=PAGE_SIZE_MAX)
            owned += page
            if len(page) < PAGE_SIZE_MAX:
                return owned
            after = (page[-1].position.product, page[-1].block.start)
