"""A journal that was loaded is as valid as one that was posted, and posting goes on behind it."""

from datetime import timedelta

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Entry, Place, Transfer
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerQueries, LedgerStore, LedgerTables, export_lines
from ets_ledger.testing import journal
from ets_ledger.testing.journal import History, load_journal
from sqlalchemy.ext.asyncio import AsyncEngine

PRODUCTS = [ProductCode("CEA-2019-2020"), ProductCode("CEA-2021")]


def place(index: int) -> Place:
    return Place(AccountNo(f"R-E-{index}"), Bucket.TRADING)


async def test_it_is_verified_before_and_after_posting_goes_on(
    engine: AsyncEngine, tables: LedgerTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LATE_EVERY_BATCHES", 10)
    history = History(entry_count=995, account_count=8, products=PRODUCTS, place=place, batch_size=20)
    state = await load_journal(engine, tables, history)
    assert await verified(engine, tables) == {"entries": 995, "batches": 50}
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        late = [one for one in await queries.journal_page() if one.entry.effective_time < one.recorded_time]
        assert len(late) > 1
        assert {one.position: one.quantity for one in await queries.holdings()} == {
            position: held for position, held in state.balances.items() if held
        }
    (source, destination) = [
        at for at, held in state.balances.items() if held > 0 and at.product == PRODUCTS[0]
    ][:2]
    more = Transfer(
        transfer_id="more", kind="move", product=PRODUCTS[0], quantity=5,
        source=Place(source.account, source.bucket), destination=Place(destination.account, destination.bucket),
    )  # fmt: skip
    at = journal.START + timedelta(days=3_650)
    async with Database(engine).begin() as transaction:
        results = await LedgerStore(transaction, tables).post([more], effective_time=at, recorded_time=at)
    assert isinstance(results[0], Entry)
    assert await verified(engine, tables) == {"entries": 996, "batches": 51}


async def verified(engine: AsyncEngine, tables: LedgerTables) -> dict[str, int]:
    async with engine.connect() as connection:
        report = verify_export([line async for line in export_lines(connection, tables, ledger="registry")])
    assert report.wrong == []
    return {name: report.checked[name] for name in ("entries", "batches")}
