"""Entries are found by account, kind, product, case and time, each once, page by page, as of any moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Issue, Place, Position, Transfer
from ets_ledger.runtime import LedgerStore, LedgerTables
from ets_ledger.runtime.transactions import TransactionFilter, find_transaction, find_transactions
from sqlalchemy.ext.asyncio import AsyncEngine

OLD, NEW = ProductCode("CEA-2019-2020"), ProductCode("CEA-2021")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = (AccountNo(f"R-E-{name}") for name in "ABC")


def registered(account: AccountNo) -> Place:
    return Place(account, Bucket.REGISTERED)


def move(number: str, source: Place, target: Place, product: ProductCode = OLD) -> Transfer:
    return Transfer(
        transfer_id=number,
        kind="move" if source.account != target.account else "send",
        product=product,
        quantity=1,
        source=source,
        destination=target,
        flow_id=f"case/{number}",
    )


@pytest.fixture
async def filled(engine: AsyncEngine, tables: LedgerTables) -> AsyncEngine:
    """Four days: issues, a move and a send, two moves of one batch, a move of the other product."""
    issues = [
        Issue(
            transfer_id=f"i{product}",
            kind="issue",
            product=product,
            quantity=9,
            destination=registered(A),
            origin="o",
        )
        for product in (OLD, NEW)
    ]
    days: Sequence[Sequence[Issue | Transfer]] = [
        issues,
        [move("m1", registered(A), registered(B)), move("s1", registered(A), Place(A, Bucket.TRADING))],
        [move("m2", registered(B), registered(C)), move("m3", registered(A), registered(C))],
        [move("m4", registered(A), registered(C), NEW)],
    ]
    for number, commands in enumerate(days):
        at = NOON + number * DAY
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(commands, effective_time=at, recorded_time=at)
    return engine


async def found(
    engine: AsyncEngine,
    tables: LedgerTables,
    *,
    days: int = 9,
    after: int = 0,
    size: int = 100,
    **wanted: Any,
) -> list[tuple[int, str]]:
    async with engine.connect() as connection:
        lines = await find_transactions(
            connection,
            tables,
            TransactionFilter(**wanted),
            recorded=NOON + days * DAY,
            after=after,
            page_size=size,
        )
    return [(number, line.entry.transfer_id) for number, line in lines]


ALL = [(1, f"i{OLD}"), (2, f"i{NEW}"), (3, "m1"), (4, "s1"), (5, "m2"), (6, "m3"), (7, "m4")]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"accounts": [A]}, [1, 2, 3, 4, 6, 7]),
        ({"accounts": [B]}, [3, 5]),
        ({"accounts": [A, B, C]}, [1, 2, 3, 4, 5, 6, 7]),
        ({"accounts": []}, []),
        ({"accounts": [AccountNo("R-E-none")]}, []),
        ({"kind": "move"}, [3, 5, 6, 7]),
        ({"accounts": [A], "kind": "send"}, [4]),
        ({"product": NEW}, [2, 7]),
        ({"accounts": [C], "product": NEW}, [7]),
        ({"flow_id": "case/m3"}, [6]),
        ({"accounts": [B], "flow_id": "case/m3"}, []),
        ({"opening": NOON + DAY}, [5, 6, 7]),
        ({"accounts": [A], "opening": NOON + DAY}, [6, 7]),
    ],
)
async def test_entries_are_found_once_by_every_filter(
    filled: AsyncEngine, tables: LedgerTables, wanted: dict[str, Any], numbers: list[int]
) -> None:
    expected = [one for one in ALL if one[0] in numbers]
    assert await found(filled, tables, **wanted) == expected
    assert await found(filled, tables, days=1, **wanted) == [one for one in expected if one[0] <= 4]
    paged, after = [], 0
    while page := await found(filled, tables, after=after, size=1, **wanted):
        paged += page
        after = page[-1][0]
    assert paged == expected
    assert await found(filled, tables, after=2**63 - 1, **wanted) == []


async def test_one_entry_is_found_by_its_transfer_id(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        found = await find_transaction(connection, tables, "m3", recorded=NOON + 2 * DAY)
        assert found is not None
        assert (found[0], found[1].entry.destination, found[1].batch_no) == (
            6,
            Position(C, OLD, "registered"),
            3,
        )
        assert await find_transaction(connection, tables, "m3", recorded=NOON + DAY) is None
        assert await find_transaction(connection, tables, "none", recorded=NOON + DAY) is None
