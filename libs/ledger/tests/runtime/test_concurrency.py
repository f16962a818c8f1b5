"""Posters at once: no unit lost, no gap in the journal, and the same end as the journal tells."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from ets_kernel.domain.errors import DatabaseUnavailable, EtsError
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.retries import attempts
from ets_ledger.domain import Bucket, Command, Entry, Place, SerialRange, Transfer, TransferIdReused
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerQueries, LedgerSeals, LedgerStore, LedgerTables, export_lines
from ets_ledger.testing.load import PRODUCT, START, account, open_accounts, run_load
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

ACCOUNTS = 12
WAITING = text("select count(*) from pg_locks where not granted")


def random_transfers(chance: Random, prefix: str) -> list[Transfer]:
    """Transfers that fail often, name serials sometimes, are linked sometimes, and open new positions."""
    batch = []
    for index in range(chance.randint(1, 20)):
        source, destination = chance.sample(range(ACCOUNTS), 2)
        place = account(destination)
        if chance.random() < 0.3:
            place = Place(place.account, Bucket.TRADING)
        quantity = chance.choice([1, 10, 1_000, 400_000])
        start = chance.randint(1, ACCOUNTS * 1_000_000)
        batch.append(
            Transfer(
                transfer_id=f"{prefix}-{index}",
                kind="move",
                product=PRODUCT,
                quantity=quantity,
                source=account(source),
                destination=place,
                serials=(SerialRange(start, start + quantity - 1),) if chance.random() < 0.2 else (),
                group="g" if chance.random() < 0.1 else "",
            )
        )
    return batch


async def test_posters_at_once_leave_a_journal_that_explains_the_state(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await open_accounts(engine, tables, ACCOUNTS)
    outcomes: list[object] = []

    async def post(batch: Sequence[Command], at: datetime) -> Sequence[object]:
        async with Database(engine).begin() as transaction:
            return await LedgerStore(transaction, tables).post(batch, effective_time=at, recorded_time=at)

    async def poster(number: int) -> None:
        chance = Random(number)
        for round_no in range(12):
            batch = random_transfers(chance, f"p{number}-{round_no}")
            # As the door does it: posters that open one position at once may be broken off as a deadlock.
            outcomes.extend(await attempts()(post, batch, START + timedelta(seconds=round_no)))

    await asyncio.gather(*(poster(number) for number in range(3)))

    assert any(isinstance(outcome, Entry) for outcome in outcomes)
    assert any(isinstance(outcome, EtsError) for outcome in outcomes)
    async with engine.connect() as connection:
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
        queries = LedgerQueries(connection, tables)
        replayed = await queries.blocks_as_of(PRODUCT)
        assert list(replayed) == list(await queries.blocks(product=PRODUCT))
        as_of_now = await queries.holdings(effective=START + timedelta(days=1))
        assert list(as_of_now) == list(await queries.holdings())
        batches = await LedgerSeals(connection, tables, ledger="registry").batches()
    assert verify_export(lines).wrong == []
    assert [batch.batch_no for batch in batches] == list(range(1, len(batches) + 1))
    assert all(a.recorded_time <= b.recorded_time for a, b in pairwise(batches))


async def test_load_is_accepted_whole_and_explained_by_the_journal(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await open_accounts(engine, tables, 50)
    result = await run_load(engine, tables, account_count=50, batch_size=20, run_seconds=0.2)

    assert result.transfers == result.batches * 20
    assert result.batch_quantile_seconds(0.5) <= result.batch_quantile_seconds(1)
    async with engine.connect() as connection:
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
    assert verify_export(lines).wrong == []


async def test_a_failed_transaction_leaves_nothing(engine: AsyncEngine, tables: LedgerTables) -> None:
    await open_accounts(engine, tables, 2)
    batch = random_transfers(Random(5), "x")[:1]

    async def post_and_fail() -> None:
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(batch, effective_time=START, recorded_time=START)
            transaction.at_last(fail)

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await post_and_fail()
    async with engine.connect() as connection:
        batches = await LedgerSeals(connection, tables, ledger="registry").batches()
    assert len(batches) == 1


async def test_a_transfer_id_used_at_once_between_other_accounts_is_tried_again_and_refused(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await open_accounts(engine, tables, 4)

    async def post(source: int) -> Sequence[object]:
        command = Transfer(
            transfer_id="same", kind="move", product=PRODUCT, quantity=1, source=account(source),
            destination=account(source + 1),
        )  # fmt: skip
        async with Database(engine).begin() as transaction:
            results = await LedgerStore(transaction, tables).post(
                [command], effective_time=START, recorded_time=START
            )
            if source == 0:
                # The second one cannot see the first's entry, and waits for it in the index.
                waiting = asyncio.create_task(post(2))
                while not await transaction.connection.scalar(WAITING):
                    assert not waiting.done()
                waits.append(waiting)
            return results

    waits: list[asyncio.Task[Sequence[object]]] = []
    assert isinstance((await post(0))[0], Entry)
    with pytest.raises(DatabaseUnavailable):
        await waits[0]
    assert isinstance((await post(2))[0], TransferIdReused)


async def test_posts_of_one_transaction_are_chained_in_their_order_just_before_the_commit(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await open_accounts(engine, tables, 2)
    first, second = (
        Transfer(
            transfer_id=name,
            kind="move",
            product=PRODUCT,
            quantity=1,
            source=account(0),
            destination=account(1),
        )
        for name in ("first", "second")
    )
    async with Database(engine).begin() as transaction:
        store = LedgerStore(transaction, tables)
        seals = LedgerSeals(transaction.connection, tables, ledger="registry")
        await store.post([first], effective_time=START + timedelta(1), recorded_time=START + timedelta(1))
        await store.post([second], effective_time=START, recorded_time=START)
        assert len(await seals.batches()) == 1
    async with engine.connect() as connection:
        batches = await LedgerSeals(connection, tables, ledger="registry").batches()
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
        journal = await LedgerQueries(connection, tables).journal_page()
    assert [batch.recorded_time for batch in batches[1:]] == [START + timedelta(1)] * 2
    assert [line.entry.transfer_id for line in journal][-2:] == ["first", "second"]
    assert verify_export(lines).wrong == []
