"""LED-8: what the journal tells of a moment, by SQL, is what replaying it entry by entry gives.

The histories have entries recorded long after they count, some before they count, and batches of the same instant.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from ets_kernel.runtime.db import Database
from ets_ledger.domain import Bucket, Entry, Issue, Position, SerialBlock, Transfer
from ets_ledger.domain.replay import Replay
from ets_ledger.runtime import JournalLine, LedgerQueries, LedgerStore, LedgerTables
from ets_ledger.runtime.ledger_schema import FILL_BATCHES, FILL_HEAD, FILL_JOURNAL
from ledger_histories import ACCOUNTS, CCER, CEA, DAYS, MOMENTS, NOON, PLACES, history
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SEEDS = range(4)


async def posted(engine: AsyncEngine, tables: LedgerTables, seed: int) -> None:
    accepted = 0
    for recorded, batch in history(seed, has_blocks=tables.has_blocks):
        async with Database(engine).begin() as transaction:
            results = await LedgerStore(transaction, tables).post(
                batch, effective_time=recorded, recorded_time=recorded
            )
        accepted += sum(isinstance(result, Entry) for result in results)
    assert accepted > DAYS


def counted(
    lines: Sequence[JournalLine], effective: datetime | None, recorded: datetime | None
) -> list[Entry]:
    return [
        line.entry
        for line in lines
        if (effective is None or line.entry.effective_time <= effective)
        and (recorded is None or line.recorded_time <= recorded)
    ]


def balances(entries: Sequence[Entry]) -> dict[Position, int]:
    replay = Replay(has_blocks=False)
    for entry in entries:
        replay.apply(entry)
    return dict(replay.balances())


async def journal(connection: AsyncConnection, tables: LedgerTables) -> Sequence[JournalLine]:
    return await LedgerQueries(connection, tables).journal_page()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("which", ["tables", "plain_tables"])
async def test_holdings_of_any_two_moments_are_those_of_a_replay(
    engine: AsyncEngine, request: pytest.FixtureRequest, which: str, seed: int
) -> None:
    tables: LedgerTables = request.getfixturevalue(which)
    await posted(engine, tables, seed)
    async with engine.connect() as connection:
        queries, lines = LedgerQueries(connection, tables), await journal(connection, tables)
        for effective in [None, *MOMENTS]:
            for recorded in [None, *MOMENTS[::3]]:
                replayed = balances(counted(lines, effective, recorded))
                held = await queries.holdings(effective=effective, recorded=recorded)
                assert {one.position: one.quantity for one in held} == replayed
                first = await queries.holdings(effective=effective, recorded=recorded, page_size=3)
                after = first[-1].position if first else None
                rest = await queries.holdings(effective=effective, recorded=recorded, after=after)
                assert not first or [*first, *rest] == held
        own = await queries.holdings(account=ACCOUNTS[0], product=CEA, effective=MOMENTS[5])
        replayed = balances(counted(lines, MOMENTS[5], None))
        assert {one.position: one.quantity for one in own} == {
            position: quantity
            for position, quantity in replayed.items()
            if position[:2] == (ACCOUNTS[0], CEA)
        }


@pytest.mark.parametrize("moment", [None, MOMENTS[5]])
async def test_holdings_of_some_accounts_are_listed_without_the_source(
    engine: AsyncEngine, tables: LedgerTables, moment: datetime | None
) -> None:
    await posted(engine, tables, 1)
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        whole = await queries.holdings(effective=moment)
        wanted = ACCOUNTS[:2]
        found = await queries.holdings(accounts=wanted, effective=moment)
        assert found == [one for one in whole if one.position.account in wanted]
        customers = await queries.holdings(is_source_left_out=True, effective=moment)
        assert customers == [one for one in whole if one.quantity > 0]
        assert await queries.holdings(accounts=[], effective=moment) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_blocks_as_recorded_by_any_moment_are_those_of_a_replay(
    engine: AsyncEngine, tables: LedgerTables, seed: int
) -> None:
    await posted(engine, tables, seed)
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        for recorded in MOMENTS:
            replayed = [
                one
                for product in (CCER, CEA)
                for one in await queries.blocks_as_of(product, recorded=recorded)
                if one.position.bucket != Bucket.ISSUANCE
            ]
            for account in ACCOUNTS:
                found = await queries.blocks_held(account, recorded=recorded)
                assert found == [one for one in replayed if one.position.account == account]


async def test_what_was_recorded_late_is_owned_from_when_it_counts_and_believed_from_when_it_was_recorded(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    own, other = PLACES[0], PLACES[2]
    issue = Issue(
        transfer_id="i", kind="issue", product=CEA, quantity=10, destination=own, origin="37"
    )  # fmt: skip
    late = Transfer(
        transfer_id="m", kind="move", product=CEA, quantity=4, source=own, destination=other,
        effective_time=NOON + timedelta(days=1),
    )  # fmt: skip
    for day, command in ((0, issue), (5, late)):
        moment = NOON + timedelta(days=day)
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(
                [command], effective_time=moment, recorded_time=moment
            )
    before, after = NOON + timedelta(hours=1), NOON + timedelta(days=2)
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        for effective, recorded, start in (
            (before, None, 1), (after, None, 5), (after, after, 1), (None, after, 1), (None, None, 5),
        ):  # fmt: skip
            moments = {"effective": effective, "recorded": recorded}
            blocks = await queries.blocks_held(own.account, **moments)
            assert [one.block for one in blocks] == [SerialBlock(start, 10, "37")]
            held = await queries.holdings(account=own.account, **moments)
            assert [one.quantity for one in held] == [11 - start]
            got = await queries.blocks_held(other.account, **moments)
            assert [one.block for one in got] == ([SerialBlock(1, 4, "37")] if start > 1 else [])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("page_size", [1, 7, 1_000])
async def test_postings_are_both_sides_of_the_journal_in_pages(
    engine: AsyncEngine, tables: LedgerTables, seed: int, page_size: int
) -> None:
    await posted(engine, tables, seed)
    async with engine.connect() as connection:
        queries, lines = LedgerQueries(connection, tables), await journal(connection, tables)
        sides = [
            (at, change) for line in lines for at, change in (
                (line.entry.source, -line.entry.quantity), (line.entry.destination, line.entry.quantity)
            )
        ]  # fmt: skip
        for account in (None, *ACCOUNTS[:2]):
            expected = [
                (number, at, change)
                for number, (at, change) in enumerate(sides, start=1)
                if account in (None, at.account)
            ]
            found = []
            while page := await queries.postings(
                account, after=found[-1].posting_no if found else 0, page_size=page_size
            ):
                found += page
            assert [(one.posting_no, one.position, one.change) for one in found] == expected
            held: dict[Position, int] = {}
            for one in found:
                held[one.position] = held.get(one.position, 0) + one.change
                assert one.balance == held[one.position]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("which", ["tables", "plain_tables"])
async def test_a_statement_leads_from_the_opening_to_the_closing_holdings(
    engine: AsyncEngine, request: pytest.FixtureRequest, which: str, seed: int
) -> None:
    tables: LedgerTables = request.getfixturevalue(which)
    await posted(engine, tables, seed)
    account = ACCOUNTS[seed % len(ACCOUNTS)]
    async with engine.connect() as connection:
        queries = LedgerQueries(connection, tables)
        whole = await queries.postings(account)
        for opening, closing in zip(MOMENTS, MOMENTS[3:], strict=False):
            for recorded in (None, opening, MOMENTS[6]):
                period = {"opening": opening, "closing": closing, "recorded": recorded}
                found = await queries.statement(account, **period)
                assert found == [
                    one
                    for one in whole
                    if opening < one.effective_time <= closing
                    and (recorded is None or one.recorded_time <= recorded)
                ]
                assert await queries.statement(account, **period, page_size=2) == found[:2]
                if len(found) > 1:
                    rest = await queries.statement(account, **period, after=found[1].posting_no)
                    assert rest == found[2:]
                held = {
                    one.position: one.quantity
                    for one in await queries.holdings(account=account, effective=opening, recorded=recorded)
                }
                for one in found:
                    held[one.position] = held.get(one.position, 0) + one.change
                closed = await queries.holdings(account=account, effective=closing, recorded=recorded)
                assert {at: held_ for at, held_ in held.items() if held_} == {
                    one.position: one.quantity for one in closed
                }


async def test_migrating_a_journal_fills_in_what_posting_writes(
    engine: AsyncEngine, tables: LedgerTables
) -> None:
    await posted(engine, tables, 7)
    told = (
        "select source_balance, destination_balance from ledger_journal order by post_id, entry_index",
        "select entries_before, post_id_max, effective_span from ledger_journal_batch order by batch_no",
        "select entry_count, post_id_max from ledger_journal_head",
    )
    forget = (
        "alter table ledger_journal disable trigger user",
        "alter table ledger_journal_batch disable trigger user",
        "update ledger_journal set source_balance = 0, destination_balance = 0",
        "update ledger_journal_batch set entries_before = -batch_no, post_id_max = 0, effective_span = 'empty'",
        "update ledger_journal_head set entry_count = 0, post_id_max = 0",
    )
    async with engine.connect() as connection:
        written = [(await connection.execute(text(query))).all() for query in told]
        for statement in (*forget, FILL_JOURNAL, FILL_BATCHES, FILL_HEAD):
            await connection.execute(text(statement))
        assert [(await connection.execute(text(query))).all() for query in told] == written
