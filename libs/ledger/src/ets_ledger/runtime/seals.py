"""Tree heads of the journal: signing one per business date, proving entries and histories against them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.sealing import Signer
from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_ledger.domain.entries import entry_bytes
from ets_ledger.domain.journal import BatchRecord, EntryProof, TreeHead, tree_head_digest
from ets_ledger.domain.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from ets_ledger.runtime.queries import LedgerQueries
from ets_ledger.runtime.tables import LedgerTables


class LedgerSeals:
    """The signed side of one ledger, on one connection."""

    def __init__(self, connection: AsyncConnection, tables: LedgerTables, *, ledger: str) -> None:
        self._connection = connection
        self._tables = tables
        self._ledger = ledger

    async def sign_tree_head(self, business_date: date, *, signer: Signer, signed_time: datetime) -> TreeHead:
        """Sign the head over all committed batches, once per business date; a repeat gives the first."""
        known = await self.tree_head(business_date)
        if known is not None:
            return known
        hashes = await self._batch_hashes()
        root = root_of(hashes)
        digest = tree_head_digest(
            ledger=self._ledger,
            business_date=business_date,
            tree_size=len(hashes),
            root=root,
            signed_time=signed_time,
        )
        head = TreeHead(
            ledger=self._ledger,
            business_date=business_date,
            tree_size=len(hashes),
            root=root,
            signed_time=signed_time,
            key_id=signer.key_id,
            signature=signer.sign(digest),
        )
        await self._connection.execute(insert(self._tables.tree_head).values(**asdict(head)))
        return head

    async def tree_head(self, business_date: date) -> TreeHead | None:
        """Return the head signed for a business date."""
        table = self._tables.tree_head
        rows = await self._connection.execute(select(table).where(table.c.business_date == business_date))
        row = rows.mappings().one_or_none()
        return None if row is None else TreeHead(**row)

    async def tree_heads(
        self,
        *,
        first: date = date.min,
        last: date = date.max,
        signed_by: datetime | None = None,
        page_size: int | None = None,
    ) -> Sequence[TreeHead]:
        """Return signed heads by business date: of a range of dates, signed by a moment, at most a page."""
        table = self._tables.tree_head
        query = select(table).where(table.c.business_date.between(first, last))
        if signed_by is not None:
            query = query.where(table.c.signed_time <= signed_by)
        rows = await self._connection.execute(query.order_by(table.c.business_date).limit(page_size))
        return [TreeHead(**row) for row in rows.mappings()]

    async def first_head_over(self, batch_no: int) -> TreeHead | None:
        """Return the smallest of the heads that cover a batch."""
        table = self._tables.tree_head
        query = select(table).where(table.c.tree_size >= batch_no)
        rows = await self._connection.execute(
            query.order_by(table.c.tree_size, table.c.business_date).limit(1)
        )
        row = rows.mappings().one_or_none()
        return None if row is None else TreeHead(**row)

    async def batches(self) -> Sequence[BatchRecord]:
        """Return all batch records in order."""
        table = self._tables.journal_batch
        rows = await self._connection.execute(select(table).order_by(table.c.batch_no))
        return [_record(row) for row in rows]

    async def batches_behind(
        self, batch_no: int, *, last_batch_no: int, entry_count: int
    ) -> Sequence[BatchRecord]:
        """Return the batches behind one that have so many entries together, at least one if there is one."""
        table = self._tables.journal_batch
        first = select(table.c.entries_before).where(table.c.batch_no == batch_no + 1).scalar_subquery()
        query = select(table).where(
            table.c.batch_no > batch_no,
            table.c.batch_no <= last_batch_no,
            table.c.entries_before < first + entry_count,
        )
        rows = await self._connection.execute(query.order_by(table.c.batch_no))
        return [_record(row) for row in rows]

    async def prove_entry(self, batch_no: int, entry_index: int, *, tree_size: int) -> EntryProof:
        """Return the evidence that an entry is in the log of the first `tree_size` batches."""
        ensure(0 < batch_no <= tree_size, "a proof is for a batch under the tree head")
        table = self._tables.journal_batch
        row = (await self._connection.execute(select(table).where(table.c.batch_no == batch_no))).one()
        queries = LedgerQueries(self._connection, self._tables)
        lines = await queries.journal_page(after_batch_no=batch_no, page_size=max(row.entry_count, 1))
        leaves = [leaf_hash(entry_bytes(line.entry)) for line in lines]
        hashes = await self._batch_hashes(tree_size)
        return EntryProof(
            batch=_record(row),
            entry_index=entry_index,
            entry_path=inclusion_path(entry_index, leaves),
            tree_size=tree_size,
            batch_path=inclusion_path(batch_no - 1, hashes),
        )

    async def prove_consistency(self, *, old_size: int, new_size: int) -> Sequence[bytes]:
        """Return the proof that the log of `new_size` batches only appended to that of `old_size`."""
        return consistency_path(old_size, await self._batch_hashes(new_size))

    async def _batch_hashes(self, tree_size: int | None = None) -> Sequence[bytes]:
        table = self._tables.journal_batch
        query = select(table.c.hash).order_by(table.c.batch_no)
        if tree_size is not None:
            query = query.where(table.c.batch_no <= tree_size)
        hashes = [bytes(value) for value in (await self._connection.execute(query)).scalars()]
        ensure(tree_size in (None, len(hashes)), "the log has as many batches as the tree head says")
        return hashes


def _record(row: Row[Any]) -> BatchRecord:
    return BatchRecord(
        batch_no=row.batch_no,
        prev_hash=bytes(row.prev_hash),
        merkle_root=bytes(row.merkle_root),
        entry_count=row.entry_count,
        recorded_time=row.recorded_time,
    )
