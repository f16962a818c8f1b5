"""Port `JournalReader` in SQL."""

from datetime import datetime

from ets_kernel.domain.ids import AccountNo
from ets_ledger.runtime.queries import LedgerQueries, Posting
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.queries import SqlReader, posting_view
from registry.app.journal_queries import Statement, StatementBalance, StatementLine, StatementPeriod
from registry.app.queries import PageOf


class SqlJournalReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._accounts = SqlReader(connection)
        self._ledger = LedgerQueries(connection, tables.ledger)

    async def statement(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        period: StatementPeriod,
        page: PageOf,
    ) -> Statement:
        """Give the statement of an account, its lines by posting number; ACCOUNT_NOT_FOUND."""
        account = await self._accounts.account(
            account_no, credit_code=credit_code, province_code=province_code, at=period.closing
        )
        opening = await self._held(account_no, period.opening, period.recorded_by)
        closing = await self._held(account_no, period.closing, period.recorded_by)
        postings = await self._ledger.statement(
            AccountNo(account_no),
            opening=period.opening,
            closing=period.closing,
            recorded=period.recorded_by,
            after=int(page.after[0]) if page.after else 0,
            page_size=page.size,
        )
        return Statement(
            account=account,
            balances=[
                StatementBalance(
                    product=product,
                    bucket=bucket,
                    opening_tco2e=opening.get((product, bucket), 0),
                    closing_tco2e=closing.get((product, bucket), 0),
                )
                for product, bucket in sorted(opening.keys() | closing.keys())
            ],
            lines=[_line(posting) for posting in postings],
        )

    async def _held(self, account_no: str, at: datetime, recorded: datetime) -> dict[tuple[str, str], int]:
        held = await self._ledger.holdings(account=AccountNo(account_no), effective=at, recorded=recorded)
        return {(one.position.product, str(one.position.bucket)): one.quantity for one in held}


def _line(posting: Posting) -> StatementLine:
    return StatementLine(
        posting=posting_view(posting),
        corrects=posting.corrects,
        balance_tco2e=posting.balance,
        counter_account_no=posting.counterpart.account,
        counter_bucket=posting.counterpart.bucket,
    )
