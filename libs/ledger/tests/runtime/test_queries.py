from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Issue, Place, Position, SerialBlock, Transfer
from ets_ledger.runtime import LedgerQueries, LedgerStore, LedgerTables
from ets_ledger.runtime.driver import numbers, texts
from ets_ledger.runtime.queries import PAGE_SIZE_MAX
from sqlalchemy.ext.asyncio import AsyncEngine

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
A = Place(AccountNo("R-E-A"), Bucket.REGISTERED)
B = Place(AccountNo("R-E-B"), Bucket.REGISTERED)
# Text that an array or a JSON list has to quote.
FLOW = 'a "case", {of} back\\slash, NULL'


@pytest.fixture
async def filled(engine: AsyncEngine, tables: LedgerTables) -> AsyncEngine:
    issue = Issue(
        transfer_id="i1", kind="issue", product=CEA, quantity=100, destination=A, origin="37", flow_id=FLOW
    )
    move = Transfer(
        transfer_id="m1", kind="move", product=CEA, quantity=30, source=A, destination=B, flow_id="m"
    )
    for day, command in enumerate((issue, move)):
        at = NOON + timedelta(days=day)
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post([command], effective_time=at, recorded_time=at)
    return engine


async def test_entries_are_found_by_case_id_and_serial(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        queries = LedgerQueries(connection, tables)

        def ids(lines):
            return [line.entry.transfer_id for line in lines]

        assert ids(await queries.entries_of_flow(FLOW)) == ["i1"]
        assert ids(await queries.entries_by_id(["m1", "absent"])) == ["m1"]
        assert ids(await queries.trail(CEA, 30, 30)) == ["i1", "m1"]
        assert ids(await queries.trail(CEA, 31, 31)) == ["i1"]
        assert ids(await queries.trail(CEA, 101, 200)) == []


async def test_the_journal_is_read_in_pages(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        queries = LedgerQueries(connection, tables)
        (first,) = await queries.journal_page(page_size=1)
        (second,) = await queries.journal_page(
            after_batch_no=first.batch_no, after_index=first.entry_index, page_size=1
        )
        rest = await queries.journal_page(after_batch_no=second.batch_no, after_index=second.entry_index)
    assert (first.entry.transfer_id, second.entry.transfer_id, rest) == ("i1", "m1", [])


async def test_totals_of_a_product_sum_to_zero(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        totals = await LedgerQueries(connection, tables).totals()
    assert totals == [(CEA, "issuance", -100), (CEA, "registered", 100)]


async def test_ownership_is_told_for_any_moment(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        queries = LedgerQueries(connection, tables)
        then = await queries.blocks_as_of(CEA, effective=NOON)
        believed = await queries.blocks_as_of(CEA, recorded=NOON)
        now = await queries.blocks(account=B.account)
        quantity = await queries.quantity_of(Position(B.account, CEA, B.bucket))
        absent = await queries.quantity_of(Position(B.account, CEA, "other"))
    assert [(held.position.account, held.block) for held in then] == [("R-E-A", SerialBlock(1, 100, "37"))]
    assert believed == then
    assert [held.block for held in now] == [SerialBlock(1, 30, "37")]
    assert (quantity, absent) == (30, 0)


def test_columns_become_the_text_of_an_array() -> None:
    assert numbers([]) == "{}"
    assert numbers([1, -2]) == "{1,-2}"
    assert texts([]) == "{}"
    assert texts([""]) == '{""}'
    assert texts(["a", "b,c"]) == '{"a","b,c"}'
    assert texts(['a"', "b\\"]) == '{"a\\"","b\\\\"}'


async def test_behind_the_last_posting_is_nothing_however_far(
    filled: AsyncEngine, tables: LedgerTables
) -> None:
    period = {"opening": NOON - timedelta(days=1), "closing": NOON + timedelta(days=9)}
    async with filled.connect() as connection:
        queries = LedgerQueries(connection, tables)
        for after in (4, 2**62, 2**63 - 1):
            for account in (None, A.account):
                assert await queries.postings(account, after=after, page_size=PAGE_SIZE_MAX) == []
            assert await queries.statement(A.account, **period, after=after) == []
