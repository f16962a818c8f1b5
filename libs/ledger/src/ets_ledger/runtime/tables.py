"""Tables of one ledger, registered in the service's own metadata so that its migrations create them.

LED-7  Journal rows and batch records are only ever inserted: triggers refuse UPDATE, DELETE and TRUNCATE.
LED-8  Every entry says what its two positions hold after it, and every batch how many entries stand before it: what was
       held at a moment is read from one entry, never summed over the journal.
LED-10 What is remembered of a position is what it owned behind that post: a shorter way to what the journal says, which
       is the same with any of these rows or none.

Text is compared bytewise (collation C): faster, and in the same order as Python. There are no foreign keys
from block and journal to balance: each costs a second look-up and a lock per row on the hot path, for what
the poster has just locked; the verifier and the consistency checker re-derive the same facts from outside.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.append_only import make_append_only
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, TSTZRANGE

from ets_ledger.domain.values import SOURCE_BUCKET, Position
from ets_ledger.runtime.old_writers import fill_in


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTables:
    """The tables of one ledger; `block` is None where units are counted and not told apart."""

    prefix: str
    balance: Table
    block: Table | None
    remembered_blocks: Table | None
    serial_counter: Table | None
    journal: Table
    journal_batch: Table
    journal_head: Table
    tree_head: Table

    @property
    def has_blocks(self) -> bool:
        """Whether units have serials here."""
        return self.block is not None


@lru_cache(maxsize=1 << 16)
def position_id(position: Position) -> int:
    """Return the key of a position's row: the first 8 bytes of the SHA-256 of its names, as a signed integer.

    So the key needs no look-up and is the same in every run. Two positions with one key (1 in 36 million for
    a million positions) are noticed when the second is opened, and never mixed up.
    """
    digest = sha256("\x1f".join(position).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class PositionKeys:
    """The keys of a batch's positions, each worked out once: as parameters for statements, and back."""

    def __init__(self, positions: Collection[Position]) -> None:
        ids = {position: position_id(position) for position in positions}
        self.text: Mapping[Position, str] = {position: str(key) for position, key in ids.items()}
        self.position: Mapping[int, Position] = {key: position for position, key in ids.items()}
        ensure(len(self.position) == len(positions), "no two positions have one id")


def ledger_tables(metadata: MetaData, prefix: str = "ledger", *, has_blocks: bool = True) -> LedgerTables:
    """Define the tables of a ledger whose names start with `prefix`."""
    journal = _journal(metadata, prefix)
    journal_batch = _journal_batch(metadata, prefix)
    for table in (journal, journal_batch):
        make_append_only(table)
    journal_head = _journal_head(metadata, prefix)
    fill_in(prefix=prefix, journal=journal, batch=journal_batch, head=journal_head)
    return LedgerTables(
        prefix=prefix,
        balance=_balance(metadata, prefix),
        block=_block(metadata, prefix) if has_blocks else None,
        remembered_blocks=_remembered_blocks(metadata, prefix) if has_blocks else None,
        serial_counter=_serial_counter(metadata, prefix) if has_blocks else None,
        journal=journal,
        journal_batch=journal_batch,
        journal_head=journal_head,
        tree_head=_tree_head(metadata, prefix),
    )


def _text(name: str) -> Column[str]:
    return Column(name, Text(collation="C"), nullable=False)


def _balance(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}_balance",
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        _text("account"),
        _text("product"),
        _text("bucket"),
        Column("quantity", BigInteger, nullable=False),
        UniqueConstraint("account", "product", "bucket", name=f"{prefix}_balance_position"),
        CheckConstraint(
            f"quantity >= 0 OR bucket = '{SOURCE_BUCKET}'", name=f"{prefix}_balance_is_not_negative"
        ),
        # Room on each page for the next version of a row, so that an update touches no index.
        postgresql_with={"fillfactor": 70},
    )


def _block(metadata: MetaData, prefix: str) -> Table:
    # The key is the last serial: taking the lowest serials of a block leaves its end where it is, so what
    # remains is an update that touches no index.
    return Table(
        f"{prefix}_block",
        metadata,
        Column("product", Text(collation="C"), primary_key=True),
        Column("end_serial", BigInteger, primary_key=True, autoincrement=False),
        Column("start_serial", BigInteger, nullable=False),
        _text("origin"),
        Column("position_id", BigInteger, nullable=False),
        CheckConstraint(
            "start_serial >= 1 AND end_serial >= start_serial", name=f"{prefix}_block_is_a_range"
        ),
        Index(f"{prefix}_block_by_position", "position_id", "end_serial"),
        postgresql_with={"fillfactor": 70},
    )


def _remembered_blocks(metadata: MetaData, prefix: str) -> Table:
    # The serials that a position owned behind a post, whatever their origin.
    return Table(
        f"{prefix}_remembered_blocks",
        metadata,
        Column("position_id", BigInteger, primary_key=True, autoincrement=False),
        Column("post_id", BigInteger, primary_key=True, autoincrement=False),
        Column("range_count", Integer, nullable=False),
        Column("serials", INT8MULTIRANGE, nullable=False),
    )


def _serial_counter(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}_serial_counter",
        metadata,
        Column("product", Text(collation="C"), primary_key=True),
        Column("next_serial", BigInteger, nullable=False),
    )


def _journal(metadata: MetaData, prefix: str) -> Table:
    # One number per post, taken from a sequence; the batch record maps it to the gapless batch number, which
    # is given out last, so that posters wait for each other only for the length of two small writes.
    Sequence(f"{prefix}_post_id", metadata=metadata)
    return Table(
        f"{prefix}_journal",
        metadata,
        Column("post_id", BigInteger, primary_key=True, autoincrement=False),
        Column("entry_index", Integer, primary_key=True, autoincrement=False),
        _text("transfer_id"),
        _text("kind"),
        Column("source_position_id", BigInteger, nullable=False),
        Column("destination_position_id", BigInteger, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        _text("serials"),
        _text("origin"),
        _text("group_id"),
        _text("flow_id"),
        _text("corrects"),
        Column("effective_time", DateTime(timezone=True), nullable=False),
        # What each of the two positions holds after the entry, in the order of the journal.
        Column("source_balance", BigInteger, nullable=False),
        Column("destination_balance", BigInteger, nullable=False),
        UniqueConstraint("transfer_id", name=f"{prefix}_journal_transfer_id"),
        CheckConstraint(
            "quantity > 0 AND source_position_id <> destination_position_id",
            name=f"{prefix}_journal_moves_something",
        ),
        # Posts of one position follow each other, so their numbers rise with those of their batches.
        Index(f"{prefix}_journal_by_source", "source_position_id", "post_id"),
        Index(f"{prefix}_journal_by_destination", "destination_position_id", "post_id"),
        Index(f"{prefix}_journal_by_flow", "flow_id"),
    )


def _journal_batch(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}_journal_batch",
        metadata,
        Column("batch_no", BigInteger, primary_key=True, autoincrement=False),
        Column("post_id", BigInteger, nullable=False, unique=True),
        Column("prev_hash", LargeBinary, nullable=False),
        Column("merkle_root", LargeBinary, nullable=False),
        Column("entry_count", Integer, nullable=False),
        Column("recorded_time", DateTime(timezone=True), nullable=False),
        Column("hash", LargeBinary, nullable=False),
        # Entries of all batches before this one, and the greatest number of a post up to this one.
        Column("entries_before", BigInteger, nullable=False, unique=True),
        Column("post_id_max", BigInteger, nullable=False),
        # The moments at which its record and the business times of its entries stand on different sides; mostly none.
        Column("effective_span", TSTZRANGE, nullable=False),
        Index(f"{prefix}_journal_batch_by_time", "recorded_time", "batch_no"),
        Index(
            f"{prefix}_journal_batch_by_span",
            "effective_span",
            postgresql_using="gist",
            postgresql_where=text("NOT isempty(effective_span)"),
        ),
    )


def _journal_head(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}_journal_head",
        metadata,
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("batch_no", BigInteger, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("recorded_time", DateTime(timezone=True), nullable=True),
        Column("entry_count", BigInteger, nullable=False, server_default="0"),
        Column("post_id_max", BigInteger, nullable=False, server_default="0"),
        CheckConstraint("id = 1", name=f"{prefix}_journal_head_is_one_row"),
    )


def _tree_head(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}_tree_head",
        metadata,
        Column("business_date", Date, primary_key=True),
        _text("ledger"),
        Column("tree_size", BigInteger, nullable=False),
        Column("root", LargeBinary, nullable=False),
        Column("signed_time", DateTime(timezone=True), nullable=False),
        _text("key_id"),
        Column("signature", LargeBinary, nullable=False),
    )
