from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import (
    SURRENDERED,
    BlocksNotHeld,
    Bucket,
    Command,
    Entry,
    InsufficientHolding,
    Issue,
    LinkedTransferRefused,
    Place,
    Position,
    Result,
    SerialBlock,
    SerialOverlap,
    SerialRange,
    Transfer,
    TransferIdReused,
)
from ets_ledger.runtime import LedgerQueries, LedgerStore, LedgerTables
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
A = Place(AccountNo("R-E-A"), Bucket.REGISTERED)
B = Place(AccountNo("R-E-B"), Bucket.REGISTERED)
C = Place(AccountNo("R-E-C"), Bucket.REGISTERED)


def issue(transfer_id: str, quantity: int, to: Place = A, *, origin: str = "37", **rest: object) -> Issue:
    return Issue(
        transfer_id=transfer_id,
        kind="issue",
        product=CEA,
        quantity=quantity,
        destination=to,
        origin=origin,
        **rest,
    )


def move(transfer_id: str, quantity: int, source: Place = A, to: Place = B, **rest: object) -> Transfer:
    return Transfer(
        transfer_id=transfer_id,
        kind="move",
        product=CEA,
        quantity=quantity,
        source=source,
        destination=to,
        **rest,
    )


class Ledger:
    """Posts in a transaction of its own, and reads back."""

    def __init__(self, engine: AsyncEngine, tables: LedgerTables) -> None:
        self._engine = engine
        self._tables = tables

    async def post(self, *batch: Command, at: datetime = NOON) -> Sequence[Result]:
        async with Database(self._engine).begin() as transaction:
            return await LedgerStore(transaction, self._tables).post(
                batch, effective_time=at, recorded_time=at
            )

    async def judge(self, *batch: Command, at: datetime = NOON) -> Sequence[Result]:
        async with Database(self._engine).begin() as transaction:
            return await LedgerStore(transaction, self._tables).judge(batch, effective_time=at)

    async def holdings(self, **filters: object) -> dict[Position, int]:
        async with self._engine.connect() as connection:
            found = await LedgerQueries(connection, self._tables).holdings(**filters)
        return {holding.position: holding.quantity for holding in found}

    async def blocks(self) -> list[tuple[Place, SerialBlock]]:
        async with self._engine.connect() as connection:
            found = await LedgerQueries(connection, self._tables).blocks(product=CEA)
        return [(Place(held.position.account, held.position.bucket), held.block) for held in found]


@pytest.fixture
def ledger(engine: AsyncEngine, tables: LedgerTables) -> Ledger:
    return Ledger(engine, tables)


def at(place: Place) -> Position:
    return Position(place.account, CEA, place.bucket)


async def test_units_are_issued_with_the_next_serials_and_moved_lowest_first(ledger: Ledger) -> None:
    results = await ledger.post(issue("i1", 100), issue("i2", 50, B), move("m1", 30))

    assert all(isinstance(result, Entry) for result in results)
    holdings = await ledger.holdings()
    assert holdings[at(A)] == 70
    assert holdings[at(B)] == 80
    assert sum(holdings.values()) == 0
    assert await ledger.blocks() == [
        (B, SerialBlock(1, 30, "37")),
        (A, SerialBlock(31, 100, "37")),
        (B, SerialBlock(101, 150, "37")),
    ]


async def test_neighbouring_blocks_of_one_owner_and_origin_join_again(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 100), issue("i2", 100, origin="42"))
    await ledger.post(move("m1", 30))
    await ledger.post(move("m2", 40))
    await ledger.post(move("m3", 70, B, A))

    assert await ledger.blocks() == [(A, SerialBlock(1, 100, "37")), (A, SerialBlock(101, 200, "42"))]


async def test_a_refused_transfer_changes_nothing_and_the_others_are_written(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10))
    results = await ledger.post(move("m1", 8), move("m2", 3), move("m3", 2))

    assert [type(result) for result in results] == [Entry, InsufficientHolding, Entry]
    assert results[1].metadata["available_quantity"] == "2"
    assert await ledger.holdings(bucket="registered") == {at(B): 10}


async def test_linked_transfers_are_carried_out_together_or_not_at_all(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10))
    results = await ledger.post(
        move("m1", 8, group="g"), move("m2", 9, C, A, group="g"), move("m3", 10, A, C)
    )

    assert [type(result) for result in results] == [LinkedTransferRefused, InsufficientHolding, Entry]
    assert await ledger.blocks() == [(C, SerialBlock(1, 10, "37"))]


async def test_named_serials_move_and_missing_ones_are_refused(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 100))
    results = await ledger.post(
        move("m1", 10, serials=(SerialRange(41, 50),)), move("m2", 2, serials=(SerialRange(50, 51),))
    )

    assert [type(result) for result in results] == [Entry, BlocksNotHeld]
    assert await ledger.blocks() == [
        (A, SerialBlock(1, 40, "37")),
        (B, SerialBlock(41, 50, "37")),
        (A, SerialBlock(51, 100, "37")),
    ]


async def test_serials_are_issued_once_even_when_they_are_used_up(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10, serials=(SerialRange(101, 110),)), move("m1", 10, A, SURRENDERED))
    results = await ledger.post(
        issue("i2", 2, serials=(SerialRange(110, 111),)), issue("i3", 1, serials=(SerialRange(100, 100),))
    )

    assert [type(result) for result in results] == [SerialOverlap, Entry]
    assert (await ledger.post(issue("i4", 1)))[0].serials == ((111, 111),)


async def test_a_transfer_id_is_used_once(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10))
    results = await ledger.post(move("m1", 1), move("m1", 1), move("i1", 1))

    assert [type(result) for result in results] == [Entry, TransferIdReused, TransferIdReused]


async def test_a_position_of_many_blocks_is_read_as_far_as_needed(ledger: Ledger) -> None:
    await ledger.post(issue("i0", 200, B))
    evens = tuple(SerialRange(serial, serial) for serial in range(2, 201, 2))
    await ledger.post(move("m0", len(evens), B, A, serials=evens))
    results = await ledger.post(move("m1", 60, A, C))

    assert results[0].serials == evens[:60]
    assert len(await ledger.blocks()) == 200


async def test_what_was_held_then_and_what_was_believed_then(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10), at=NOON)
    later, latest = NOON + timedelta(days=1), NOON + timedelta(days=2)
    await ledger.post(move("m1", 4, effective_time=NOON), at=later)
    await ledger.post(move("m2", 1), at=latest)

    assert (await ledger.holdings(effective=NOON, account=A.account)) == {at(A): 6}
    assert (await ledger.holdings(effective=NOON, recorded=NOON, account=A.account)) == {at(A): 10}
    assert (await ledger.holdings(account=A.account)) == {at(A): 5}


async def test_the_journal_cannot_be_rewritten(engine: AsyncEngine, ledger: Ledger) -> None:
    await ledger.post(issue("i1", 10))
    for statement in ("update ledger_journal set quantity = 11", "delete from ledger_journal_batch"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))


async def test_a_ledger_without_blocks_counts_units(engine: AsyncEngine, plain_tables: LedgerTables) -> None:
    ledger = Ledger(engine, plain_tables)
    results = await ledger.post(issue("i1", 10), move("m1", 4), move("m2", 7))

    assert [type(result) for result in results] == [Entry, Entry, InsufficientHolding]
    assert await ledger.holdings(bucket="registered") == {at(A): 6, at(B): 4}


async def test_judging_answers_as_posting_would_and_carries_out_nothing(ledger: Ledger) -> None:
    await ledger.post(issue("i1", 100))
    held, owned = await ledger.holdings(), await ledger.blocks()
    batch = (move("t1", 60, serials=(SerialRange(41, 100),)), move("t2", 41), issue("i2", 5))
    judged = await ledger.judge(*batch)
    assert [type(result) for result in judged] == [Entry, InsufficientHolding, Entry]
    assert (await ledger.holdings(), await ledger.blocks()) == (held, owned)
    posted = await ledger.post(*batch)
    assert [posted[0], posted[2]] == [judged[0], judged[2]]
    assert await ledger.judge() == ()
