"""Books: one moment, canonical order, digests that depend on the rows and nothing else."""

import asyncio
import hashlib
from datetime import UTC, date, datetime

import pytest
from ets_kernel.domain.canonical import canonical_row, rows_digest, segment_of
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import BookNotFound, CaptureNotFound
from ets_kernel.runtime.books import CAPTURES_KEPT, CHUNK_ROWS, Book, BookKeeper
from ets_kernel.testing.outbox_contract import note, publish
from sqlalchemy import text

GOLDEN = Book(
    name="holdings",
    columns=("account_no", "vintage", "opened_date", "quantity_tco2e"),
    sql="""VALUES ('R-P-37', 2021, DATE '2021-10-26', 5::bigint), ('中', NULL, NULL, 7),
           ('R-E-1', 2020, DATE '2021-11-05', 30), ('R-E-1', 2019, DATE '2021-11-05', 12)""",
    quantity_column="quantity_tco2e",
)
GOLDEN_ROWS = [
    ("R-E-1", 2019, date(2021, 11, 5), 12),
    ("R-E-1", 2020, date(2021, 11, 5), 30),
    ("R-P-37", 2021, date(2021, 10, 26), 5),
    ("中", None, None, 7),
]
NOTES = Book(name="notes", columns=("note", "words"), sql="SELECT note, words FROM note")


@pytest.fixture
def keeper(database, clock):
    return BookKeeper(database=database, clock=clock, books=[GOLDEN, NOTES], consumer="reader")


async def write_notes(database, count):
    async with database.begin() as transaction:
        await transaction.connection.execute(
            text("INSERT INTO note SELECT 'n' || i, 'w' || i FROM generate_series(1, :count) AS i"),
            {"count": count},
        )


async def test_the_digest_of_a_book_is_pinned(keeper):
    book = (await keeper.capture()).books["holdings"]
    assert book.digest == rows_digest(canonical_row(row) for row in GOLDEN_ROWS)
    assert book.digest.hex() == "13e3f16dd2ead8f5a40734eaeeace5c2a42d0b383a0391e259a299f5b65e821e"
    assert (book.row_count, book.quantity_sum) == (4, 54)


async def test_segments_hold_the_rows_of_their_first_values(keeper):
    book = (await keeper.capture()).books["holdings"]
    assert len(book.segment_digests) == 64
    for segment in range(64):
        rows = [canonical_row(row) for row in GOLDEN_ROWS if segment_of(row[0]) == segment]
        assert book.segment_digests[segment] == rows_digest(rows)


async def test_an_empty_book_has_the_digest_of_nothing(keeper):
    book = (await keeper.capture()).books["notes"]
    assert (book.row_count, book.quantity_sum) == (0, 0)
    assert book.digest == hashlib.sha256(b"").digest()


async def test_rows_are_listed_in_canonical_order_over_chunks_and_pages(keeper, database):
    count = CHUNK_ROWS + 5
    await write_notes(database, count)
    capture = await keeper.capture()
    found, after = [], 0
    while True:
        rows, after = await keeper.rows(
            capture_id=capture.capture_id, book="notes", segment=-1, after=after, limit=300
        )
        found += rows
        if not after:
            break
    assert found == sorted([f"n{i}", f"w{i}"] for i in range(1, count + 1))


async def test_the_pages_of_all_segments_are_all_rows(keeper, database):
    await write_notes(database, 200)
    capture = await keeper.capture()
    found = []
    for segment in range(64):
        after = 0
        while True:
            rows, after = await keeper.rows(
                capture_id=capture.capture_id, book="notes", segment=segment, after=after, limit=2
            )
            assert all(segment_of(row[0]) == segment for row in rows)
            found += rows
            if not after:
                break
    assert sorted(found) == sorted([f"n{i}", f"w{i}"] for i in range(1, 201))


@pytest.mark.usefixtures("topics")
async def test_a_capture_has_the_stream_positions_and_the_time_of_its_moment(keeper, database, clock):
    await publish(database, note("n", "one"), note("n", "two"))
    async with database.begin() as transaction:
        await transaction.connection.execute(text("INSERT INTO kernel_inbox VALUES ('reader', 'x/0', 7)"))
    capture = await keeper.capture()
    assert list(capture.produced.values()) == [2]
    assert capture.consumed == {"x/0": 7}
    assert capture.business_time == clock.now() == datetime(2021, 10, 26, 1, 0, tzinfo=UTC)


WAITING_SQL = "SELECT 'gate', count(*) FROM note, (SELECT pg_advisory_xact_lock_shared(7)) AS gate"
BLOCKED = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


@pytest.mark.usefixtures("topics")
async def test_what_is_written_while_a_capture_reads_is_in_no_part_of_it(database, clock):
    gate = Book(name="gate", columns=("gate", "notes"), sql=WAITING_SQL)
    keeper = BookKeeper(database=database, clock=clock, books=[gate, NOTES], consumer="reader")
    async with database.begin() as transaction:
        await transaction.connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
        capturing = asyncio.create_task(keeper.capture())
        while not (await transaction.connection.execute(BLOCKED)).scalar_one():
            assert not capturing.done()
        await write_notes(database, 1)
        await publish(database, note("n", "one"))
    capture = await capturing
    assert ([row for _, row in capture.books["gate"].rows()], capture.books["notes"].row_count) == (
        [["gate", "0"]],
        0,
    )
    assert sum(capture.produced.values()) == 0
    after = await keeper.capture()
    assert (after.books["notes"].row_count, sum(after.produced.values())) == (1, 1)


async def test_the_last_four_captures_are_kept(keeper):
    captures = [await keeper.capture() for _ in range(CAPTURES_KEPT + 1)]
    with pytest.raises(CaptureNotFound):
        await keeper.rows(capture_id=captures[0].capture_id, book="notes", segment=-1, after=0, limit=1)
    await keeper.rows(capture_id=captures[1].capture_id, book="notes", segment=-1, after=0, limit=1)


async def test_an_unknown_book_is_not_found(keeper):
    capture = await keeper.capture()
    with pytest.raises(BookNotFound):
        await keeper.rows(capture_id=capture.capture_id, book="diary", segment=-1, after=0, limit=1)


async def test_a_book_with_clock_readings_is_a_bug(database, clock):
    book = Book(name="times", columns=("at",), sql="SELECT now()")
    with pytest.raises(BrokenClaim):
        await BookKeeper(database=database, clock=clock, books=[book], consumer="reader").capture()
