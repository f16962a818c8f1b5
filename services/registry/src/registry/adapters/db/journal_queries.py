"""Port `JournalReader` in SQL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import fetch
from ets_ledger.domain.entries import entry_bytes
from ets_ledger.domain.journal import GENESIS_HASH, TreeHead
from ets_ledger.runtime.queries import LedgerQueries, Posting
from ets_ledger.runtime.seals import LedgerSeals
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.queries import SqlReader, posting_view
from registry.adapters.db.unit_of_work import LEDGER_NAME, batch_hash
from registry.app.journal_queries import (
    Consistency,
    Inclusion,
    SealedHead,
    Statement,
    StatementBalance,
    StatementLine,
    StatementPeriod,
)
from registry.app.queries import PageOf
from registry.domain.errors import TransferNotFound, TreeHeadNotFound

_BATCH_HASHES: Final = text(
    "SELECT batch_no, hash FROM ledger_journal_batch WHERE batch_no = ANY(CAST(:batch_nos AS bigint[]))"
)


class SqlJournalReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._seals = LedgerSeals(connection, tables.ledger, ledger=LEDGER_NAME)
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
            account_no,
            credit_code=credit_code,
            province_code=province_code,
            at=min(period.closing, period.recorded_by),
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

    async def tree_heads(
        self, *, first: date, last: date, signed_by: datetime, size: int
    ) -> Sequence[SealedHead]:
        """Give signed heads of a range of business dates."""
        heads = await self._seals.tree_heads(first=first, last=last, signed_by=signed_by, page_size=size)
        batches = {head.tree_size for head in heads}
        rows = await fetch(self._connection, _BATCH_HASHES, batch_nos=sorted(batches))
        hashes = {row.batch_no: bytes(row.hash) for row in rows}
        return [(head, hashes.get(head.tree_size, GENESIS_HASH)) for head in heads]

    async def consistency(self, first: date, last: date) -> Consistency:
        """Prove that the heads of two dates are of one history; TREE_HEAD_NOT_FOUND."""
        heads = [await self._head(business_date) for business_date in (first, last)]
        # A date may have been signed after the one behind it.
        smaller, larger = sorted(heads, key=lambda sealed: sealed[0].tree_size)
        path = await self._seals.prove_consistency(
            old_size=smaller[0].tree_size, new_size=larger[0].tree_size
        )
        return Consistency(smaller=smaller, larger=larger, path=path)

    async def inclusion(self, transfer_no: str, business_date: date | None) -> Inclusion:
        """Prove that a transfer is under the head of a date, or under the first that covers it.

        TRANSFER_NOT_FOUND, TREE_HEAD_NOT_FOUND.
        """
        lines = await self._ledger.entries_by_id([transfer_no])
        if not lines:
            raise TransferNotFound(f"there is no transfer {transfer_no}", transfer_no=transfer_no)
        (line,) = lines
        if business_date is None:
            head = await self._seals.first_head_over(line.batch_no)
        else:
            head, _ = await self._head(business_date)
        if head is None or head.tree_size < line.batch_no:
            raise TreeHeadNotFound(
                f"no head that was signed covers {transfer_no}", business_date=business_date or ""
            )
        proof = await self._seals.prove_entry(line.batch_no, line.entry_index, tree_size=head.tree_size)
        return Inclusion(proof=proof, leaf=entry_bytes(line.entry), head=await self._sealed(head))

    async def _head(self, business_date: date) -> SealedHead:
        return await self._accounts.tree_head(business_date)

    async def _sealed(self, head: TreeHead) -> SealedHead:
        return head, await batch_hash(self._connection, head)

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
