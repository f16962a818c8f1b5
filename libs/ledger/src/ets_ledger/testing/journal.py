"""A long journal in minutes: entries, chain, balances and blocks as years of posting would have left them, by COPY.

Each product is cut into lots that change hands, so every entry moves units that its source owned; chain, Merkle roots
and state are valid, as `ets_ledger.verify` finds, and what positions own is remembered along the way. Some entries are
recorded a month after they count, and one account is hot: a share of all lots goes to it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from ets_kernel.domain.ids import ProductCode
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ets_ledger.domain.entries import Entry, canonical_time, entry_bytes, serials_text
from ets_ledger.domain.journal import GENESIS_HASH, BatchRecord
from ets_ledger.domain.merkle import leaf_hash, root_of
from ets_ledger.domain.values import ISSUANCE, Place, Position, SerialBlock, SerialRange, merged_blocks
from ets_ledger.runtime.remembering import remember_past
from ets_ledger.runtime.tables import LedgerTables, position_id

START: Final = datetime(2015, 1, 1, tzinfo=UTC)
SEED: Final = 2021
LOT_UNITS: Final = 1_000_000
LOTS_PER_ACCOUNT: Final = 10
# The account with index 0 gets this share of all lots that move, in percent.
HOT_PERCENT: Final = 5
# One entry of every so many batches was recorded this long after it counts.
LATE_EVERY_BATCHES: Final = 500
LATE_BY: Final = timedelta(days=30)
COPY_BATCHES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How long a journal is wanted, and among whom."""

    entry_count: int
    account_count: int
    products: Sequence[ProductCode]
    place: Callable[[int], Place]
    batch_size: int = 100
    # Between the records of two batches.
    step: timedelta = timedelta(minutes=30)


class _Lot(NamedTuple):
    product: int
    number: int


@dataclass(slots=True)
class State:
    """What is held at the end: balances and owned blocks, by position."""

    balances: dict[Position, int] = field(default_factory=dict)
    blocks: dict[Position, list[SerialBlock]] = field(default_factory=dict)
    next_serials: dict[ProductCode, int] = field(default_factory=dict)


class _Post(NamedTuple):
    record: BatchRecord
    entries: Sequence[Entry]
    # What source and destination hold after each entry.
    balances: Sequence[tuple[int, int]]
    entries_before: int


async def load_journal(engine: AsyncEngine, tables: LedgerTables, history: History) -> State:
    """Fill empty tables with the journal of a history and the state it leads to, and return that state.

    Indexes by position are dropped while rows come in, and made again.
    """
    writer = _History(history)
    by_position = [index for index in tables.journal.indexes if "position_id" in str(index.columns.keys())]
    async with engine.begin() as connection:
        for index in by_position:
            await connection.run_sync(index.drop)
        posts: list[_Post] = []
        batch_rows: list[str] = []
        for post in writer.posts():
            posts.append(post)
            batch_rows.append(_batch_row(post))
            if len(posts) == COPY_BATCHES:
                await _copy(connection, tables.journal, _JOURNAL, _journal_rows(posts))
                posts.clear()
        await _copy(connection, tables.journal, _JOURNAL, _journal_rows(posts))
        await _copy(connection, tables.journal_batch, _BATCH, batch_rows)
        await connection.execute(text("set local maintenance_work_mem = '256MB'"))
        for index in by_position:
            await connection.run_sync(index.create)
        await connection.execute(
            tables.journal_head.insert().values(
                id=1,
                batch_no=writer.batch_no,
                hash=writer.last_hash,
                recorded_time=writer.recorded_time,
                entry_count=writer.entry_no,
                post_id_max=writer.batch_no,
            )
        )
        await connection.execute(
            text(f"select setval('{tables.prefix}_post_id', :last)"), {"last": writer.batch_no}
        )
    state = writer.state()
    await write_state(engine, tables, state)
    if tables.has_blocks:
        async with engine.begin() as connection:
            await connection.run_sync(remember_past, tables.prefix)
    return state


async def write_state(engine: AsyncEngine, tables: LedgerTables, state: State) -> None:
    """Fill empty tables with balances and blocks alone: the same holdings over an empty journal."""
    async with engine.begin() as connection:
        rows = ("\t".join((str(position_id(at)), *at, str(held))) for at, held in state.balances.items())
        await _copy(connection, tables.balance, ("id", "account", "product", "bucket", "quantity"), rows)
        if tables.block is None or tables.serial_counter is None:
            return
        blocks = (
            "\t".join((at.product, str(block.end), str(block.start), block.origin, str(position_id(at))))
            for at, owned in state.blocks.items()
            for block in owned
        )
        columns = ("product", "end_serial", "start_serial", "origin", "position_id")
        await _copy(connection, tables.block, columns, blocks)
        counters = (f"{product}\t{serial}" for product, serial in state.next_serials.items())
        await _copy(connection, tables.serial_counter, ("product", "next_serial"), counters)
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("vacuum analyze"))


class _History:
    """Makes the posts of a history, one by one, and keeps the state."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._chance = Random(SEED)  # noqa: S311 (load, not secrets)
        places = [history.place(index) for index in range(history.account_count)]
        self._positions = [
            [Position(place.account, product, place.bucket) for place in places]
            for product in history.products
        ]
        lots = history.account_count * LOTS_PER_ACCOUNT
        # Who holds each lot of each product, as the index of an account.
        self._holders = [[lot // LOTS_PER_ACCOUNT for lot in range(lots)] for _ in history.products]
        self._balances: dict[Position, int] = {}
        self.batch_no = 0
        self.entry_no = 0
        self.last_hash = GENESIS_HASH
        self.recorded_time = START

    def posts(self) -> Iterator[_Post]:
        """Give every post: first those that issue, then those that move lots."""
        entries: list[Entry] = []
        balances: list[tuple[int, int]] = []
        for entry in self._entries():
            entries.append(entry)
            balances.append(self._carry_out(entry))
            if len(entries) == self._history.batch_size:
                yield self._post(entries, balances)
                entries, balances = [], []
        if entries:
            yield self._post(entries, balances)

    def state(self) -> State:
        """Give what is held now."""
        state = State(balances=dict(self._balances))
        for product, positions, holders in zip(
            self._history.products, self._positions, self._holders, strict=True
        ):
            owned: dict[Position, list[SerialBlock]] = {}
            for lot, holder in enumerate(holders):
                serials = _serials(lot)
                origin = f"origin-{lot // LOTS_PER_ACCOUNT}"
                owned.setdefault(positions[holder], []).append(SerialBlock(*serials, origin))
            state.blocks |= {position: merged_blocks(blocks) for position, blocks in owned.items()}
            state.next_serials[product] = len(holders) * LOT_UNITS + 1
        return state

    def _entries(self) -> Iterator[Entry]:
        for product, positions in zip(self._history.products, self._positions, strict=True):
            source = Position(ISSUANCE.account, product, ISSUANCE.bucket)
            for index, position in enumerate(positions):
                first, last = _serials(index * LOTS_PER_ACCOUNT), _serials((index + 1) * LOTS_PER_ACCOUNT - 1)
                serials = SerialRange(first.start, last.end)
                yield self._entry("issue", source, position, serials, f"origin-{index}")
        while self.entry_no < self._history.entry_count:
            lot = self._drawn_lot()
            holders, positions = self._holders[lot.product], self._positions[lot.product]
            holder = holders[lot.number]
            taker = holders[lot.number] = self._drawn_taker(holder)
            yield self._entry("move", positions[holder], positions[taker], _serials(lot.number), "")

    def _drawn_lot(self) -> _Lot:
        product = self.entry_no % len(self._holders)
        return _Lot(product, int(self._chance.random() * len(self._holders[product])))

    def _drawn_taker(self, holder: int) -> int:
        """Draw the hot account now and then, any other else; never who holds the lot."""
        if holder and self._chance.random() * 100 < HOT_PERCENT:
            return 0
        others = self._history.account_count - 1
        return (holder + 1 + int(self._chance.random() * others)) % self._history.account_count

    def _entry(
        self, kind: str, source: Position, destination: Position, serials: SerialRange, origin: str
    ) -> Entry:
        number = self.entry_no
        is_late = number % (LATE_EVERY_BATCHES * self._history.batch_size) == LATE_EVERY_BATCHES
        name = f"{kind}-{number:012d}"
        return Entry(
            name,
            kind,
            source,
            destination,
            serials.quantity,
            (serials,),
            origin,
            "",
            name,
            "",
            self.recorded_time - LATE_BY if is_late and kind == "move" else self.recorded_time,
        )

    def _carry_out(self, entry: Entry) -> tuple[int, int]:
        self.entry_no += 1
        self._balances[entry.source] = self._balances.get(entry.source, 0) - entry.quantity
        self._balances[entry.destination] = self._balances.get(entry.destination, 0) + entry.quantity
        return self._balances[entry.source], self._balances[entry.destination]

    def _post(self, entries: Sequence[Entry], balances: Sequence[tuple[int, int]]) -> _Post:
        self.batch_no += 1
        record = BatchRecord(
            batch_no=self.batch_no,
            prev_hash=self.last_hash,
            merkle_root=root_of([leaf_hash(entry_bytes(entry)) for entry in entries]),
            entry_count=len(entries),
            recorded_time=self.recorded_time,
        )
        self.last_hash = record.hash
        self.recorded_time += self._history.step
        return _Post(record, entries, balances, self.entry_no - len(entries))


def _serials(lot: int) -> SerialRange:
    return SerialRange(lot * LOT_UNITS + 1, (lot + 1) * LOT_UNITS)


_JOURNAL: Final = (
    "post_id", "entry_index", "transfer_id", "kind", "source_position_id", "destination_position_id", "quantity",
    "serials", "origin", "group_id", "flow_id", "corrects", "effective_time", "source_balance",
    "destination_balance",
)  # fmt: skip
_BATCH: Final = (
    "batch_no", "post_id", "prev_hash", "merkle_root", "entry_count", "recorded_time", "hash", "entries_before",
    "post_id_max", "effective_span",
)  # fmt: skip


def _journal_rows(posts: Iterable[_Post]) -> Iterator[str]:
    for post in posts:
        number = post.record.batch_no
        for index, (entry, (source, destination)) in enumerate(zip(post.entries, post.balances, strict=True)):
            yield (
                f"{number}\t{index}\t{entry.transfer_id}\t{entry.kind}\t{position_id(entry.source)}\t"
                f"{position_id(entry.destination)}\t{entry.quantity}\t{serials_text(entry.serials)}\t"
                f"{entry.origin}\t{entry.group}\t{entry.flow_id}\t{entry.corrects}\t"
                f"{canonical_time(entry.effective_time)}\t{source}\t{destination}"
            )


def _batch_row(post: _Post) -> str:
    record = post.record
    first = min(entry.effective_time for entry in post.entries)
    span = "empty" if first == record.recorded_time else f"[{first},{record.recorded_time})"
    hashes = (f"\\\\x{value.hex()}" for value in (record.prev_hash, record.merkle_root, record.hash))
    prev_hash, merkle_root, own_hash = hashes
    return (
        f"{record.batch_no}\t{record.batch_no}\t{prev_hash}\t{merkle_root}\t{record.entry_count}\t"
        f"{record.recorded_time}\t{own_hash}\t{post.entries_before}\t{record.batch_no}\t{span}"
    )


async def _copy(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Iterable[str]
) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection

    async def chunks() -> AsyncIterator[bytes]:
        lines: list[str] = []
        for row in rows:
            lines.append(row)
            if len(lines) == 5_000:
                yield ("\n".join(lines) + "\n").encode()
                lines = []
        if lines:
            yield ("\n".join(lines) + "\n").encode()

    await driver.copy_to_table(table.name, source=chunks(), columns=list(columns), format="text")
