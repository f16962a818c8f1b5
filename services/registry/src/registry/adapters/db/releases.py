"""What courts have released since a moment, serial by serial: by the journal, not by what anybody says."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import fetch
from ets_ledger.domain.entries import parse_serials
from ets_ledger.domain.values import Bucket, SerialRange
from ets_ledger.runtime.queries import PAGE_SIZE_MAX, LedgerQueries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables

_FREED: Final = text("""
SELECT frozen.account, frozen.product, entry.serials
FROM ledger_balance AS frozen
JOIN ledger_journal AS entry ON entry.source_position_id = frozen.id
JOIN ledger_balance AS taker ON taker.id = entry.destination_position_id
WHERE frozen.account = ANY(CAST(:account_nos AS text[])) AND frozen.bucket = 'judicially_frozen'
AND taker.account = frozen.account AND taker.bucket = 'registered' AND entry.effective_time >= :since
""")
_INSTANT: Final = timedelta(microseconds=1)

Ranges = Mapping[tuple[str, str], Sequence[SerialRange]]


async def released(
    connection: AsyncConnection, account_nos: Collection[str], *, since: datetime
) -> Mapping[tuple[str, str], int]:
    """Give the units that were frozen before a moment and are released since, by account and product."""
    freed: dict[tuple[str, str], list[SerialRange]] = {}
    for account, product, serials in await fetch(
        connection, _FREED, account_nos=sorted(account_nos), since=since
    ):
        freed.setdefault((account, product), []).extend(parse_serials(serials))
    frozen = await _frozen(connection, {account for account, _ in freed}, before=since)
    return {
        key: sum(part.quantity for part in _common(_union(ranges), frozen.get(key, ())))
        for key, ranges in freed.items()
    }


async def _frozen(connection: AsyncConnection, account_nos: Collection[str], *, before: datetime) -> Ranges:
    ledger = LedgerQueries(connection, tables.ledger)
    found: dict[tuple[str, str], list[SerialRange]] = {}
    for account_no in sorted(account_nos):
        after = ("", 0)
        while blocks := await ledger.blocks_held(
            AccountNo(account_no), effective=before - _INSTANT, after=after, page_size=PAGE_SIZE_MAX
        ):
            for held in blocks:
                if held.position.bucket == Bucket.JUDICIALLY_FROZEN:
                    key = (account_no, held.position.product)
                    found.setdefault(key, []).append(SerialRange(held.block.start, held.block.end))
            after = (blocks[-1].position.product, blocks[-1].block.start)
    return found


def _union(ranges: Sequence[SerialRange]) -> list[SerialRange]:
    # The same serials may be released more than once.
    joined: list[SerialRange] = []
    for one in sorted(ranges):
        if joined and one.start <= joined[-1].end:
            joined[-1] = SerialRange(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return joined


def _common(some: Sequence[SerialRange], others: Sequence[SerialRange]) -> Iterator[SerialRange]:
    for one in some:
        for other in others:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if start <= end:
                yield SerialRange(start, end)
