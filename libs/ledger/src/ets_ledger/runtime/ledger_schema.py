"""The tables of a ledger as services' migrations make them, one function per revision of their schema.

As the kernel's (MIG-3): a revision that has been released is never changed, a new one is added, and every service
calls it in a migration of its own. The last of them gives exactly `ledger_tables` with the default prefix.

Alembic's `op` stands for the migration that is running, so these work only inside one.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from ets_kernel.runtime.append_only import append_only_statements
from sqlalchemy.dialects import postgresql

from ets_ledger.runtime.old_writers import fill_in_statements
from ets_ledger.runtime.remembering import remember_past

_FILLED: Final = {
    "ledger_journal": ("source_balance", "destination_balance"),
    "ledger_journal_batch": ("entries_before", "post_id_max", "effective_span"),
    "ledger_journal_head": ("entry_count", "post_id_max"),
}

# Posts of one position follow each other, so the order of their numbers is that of the journal.
FILL_JOURNAL: Final = """
WITH posting AS (
  SELECT post_id, entry_index, true AS is_source, source_position_id AS position_id, -quantity AS change
  FROM ledger_journal
  UNION ALL
  SELECT post_id, entry_index, false, destination_position_id, quantity FROM ledger_journal
), held AS (
  SELECT post_id, entry_index, is_source,
    CAST(sum(change) OVER (PARTITION BY position_id ORDER BY post_id, entry_index) AS bigint) AS balance
  FROM posting
), entry AS (
  SELECT post_id, entry_index, max(balance) FILTER (WHERE is_source) AS source_balance,
    max(balance) FILTER (WHERE NOT is_source) AS destination_balance
  FROM held GROUP BY post_id, entry_index
)
UPDATE ledger_journal AS stored
SET source_balance = entry.source_balance, destination_balance = entry.destination_balance
FROM entry WHERE entry.post_id = stored.post_id AND entry.entry_index = stored.entry_index
"""

FILL_BATCHES: Final = """
WITH times AS (
  SELECT post_id, min(effective_time) AS effective_from, max(effective_time) AS effective_to
  FROM ledger_journal GROUP BY post_id
), batch AS (
  SELECT batch_no, sum(entry_count) OVER along - entry_count AS entries_before,
    max(post_id) OVER along AS post_id_max,
    tstzrange(least(effective_from, recorded_time), greatest(effective_to, recorded_time)) AS effective_span
  FROM ledger_journal_batch JOIN times USING (post_id) WINDOW along AS (ORDER BY batch_no)
)
UPDATE ledger_journal_batch AS stored
SET entries_before = batch.entries_before, post_id_max = batch.post_id_max, effective_span = batch.effective_span
FROM batch WHERE batch.batch_no = stored.batch_no
"""

FILL_HEAD: Final = """
UPDATE ledger_journal_head SET
  entry_count = coalesce((SELECT sum(entry_count) FROM ledger_journal_batch), 0),
  post_id_max = coalesce((SELECT max(post_id) FROM ledger_journal_batch), 0)
"""


def create_ledger_tables_0001() -> None:
    """Make balances, serial blocks, journal with its chain, and signed heads."""
    _state()
    _journal()
    for table in ("ledger_journal", "ledger_journal_batch"):
        for statement in append_only_statements(table):
            op.execute(statement)


def alter_ledger_tables_0002() -> None:
    """Let entries tell the balances after them and batches the entries before them; rows that stand are filled in.

    Takes a time that grows with the journal, which is rewritten once.
    """
    op.add_column("ledger_journal", sa.Column("source_balance", sa.BigInteger(), nullable=True))
    op.add_column("ledger_journal", sa.Column("destination_balance", sa.BigInteger(), nullable=True))
    op.add_column("ledger_journal_batch", sa.Column("entries_before", sa.BigInteger(), nullable=True))
    op.add_column("ledger_journal_batch", sa.Column("post_id_max", sa.BigInteger(), nullable=True))
    op.add_column("ledger_journal_batch", sa.Column("effective_span", postgresql.TSTZRANGE(), nullable=True))
    op.add_column("ledger_journal_head", sa.Column("entry_count", sa.BigInteger(), nullable=True))
    op.add_column("ledger_journal_head", sa.Column("post_id_max", sa.BigInteger(), nullable=True))
    for table in ("ledger_journal", "ledger_journal_batch"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_append_only")
    for statement in (FILL_JOURNAL, FILL_BATCHES, FILL_HEAD):
        op.execute(statement)
    for table in ("ledger_journal", "ledger_journal_batch"):
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_is_append_only")
    for table, columns in _FILLED.items():
        for column in columns:
            op.alter_column(table, column, nullable=False)
    _index_0002()


def alter_ledger_tables_0003() -> None:
    """Let posters that know revision 0001 only go on: what they leave out is filled in.

    Takes no time that grows with the journal.
    """
    for column in ("entry_count", "post_id_max"):
        op.alter_column("ledger_journal_head", column, server_default="0")
    for statement in fill_in_statements("ledger"):
        op.execute(statement)


def alter_ledger_tables_0004() -> None:
    """Let posting remember the blocks of positions; those along the journal that stands are remembered now.

    Takes a time that grows with the journal, which is read, and holds up nobody.
    """
    op.create_table(
        "ledger_remembered_blocks",
        sa.Column("position_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("range_count", sa.Integer(), nullable=False),
        sa.Column("serials", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.PrimaryKeyConstraint("position_id", "post_id"),
    )
    remember_past(op.get_bind())


def _index_0002() -> None:
    for side in ("source", "destination"):
        op.drop_index(f"ledger_journal_by_{side}", table_name="ledger_journal")
        op.create_index(f"ledger_journal_by_{side}", "ledger_journal", [f"{side}_position_id", "post_id"])
    op.drop_index("ledger_journal_batch_by_time", table_name="ledger_journal_batch")
    op.create_index("ledger_journal_batch_by_time", "ledger_journal_batch", ["recorded_time", "batch_no"])
    op.create_index(
        "ledger_journal_batch_by_span",
        "ledger_journal_batch",
        ["effective_span"],
        postgresql_using="gist",
        postgresql_where=sa.text("NOT isempty(effective_span)"),
    )
    op.create_unique_constraint(
        "ledger_journal_batch_entries_before_key", "ledger_journal_batch", ["entries_before"]
    )


def _state() -> None:
    op.create_table(
        "ledger_balance",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 OR bucket = 'issuance'", name="ledger_balance_is_not_negative"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "product", "bucket", name="ledger_balance_position"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "ledger_block",
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("end_serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start_serial", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "start_serial >= 1 AND end_serial >= start_serial", name="ledger_block_is_a_range"
        ),
        sa.PrimaryKeyConstraint("product", "end_serial"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ledger_block_by_position", "ledger_block", ["position_id", "end_serial"], unique=False)
    op.create_table(
        "ledger_serial_counter",
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("next_serial", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product"),
    )
    op.create_table(
        "ledger_tree_head",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ledger", sa.Text(collation="C"), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("signed_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("business_date"),
    )


def _journal() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("ledger_post_id")))
    op.create_table(
        "ledger_journal",
        sa.Column("post_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("source_position_id", sa.BigInteger(), nullable=False),
        sa.Column("destination_position_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.Text(collation="C"), nullable=False),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("group_id", sa.Text(collation="C"), nullable=False),
        sa.Column("flow_id", sa.Text(collation="C"), nullable=False),
        sa.Column("corrects", sa.Text(collation="C"), nullable=False),
        sa.Column("effective_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND source_position_id <> destination_position_id",
            name="ledger_journal_moves_something",
        ),
        sa.PrimaryKeyConstraint("post_id", "entry_index"),
        sa.UniqueConstraint("transfer_id", name="ledger_journal_transfer_id"),
    )
    op.create_index(
        "ledger_journal_by_destination", "ledger_journal", ["destination_position_id"], unique=False
    )
    op.create_index("ledger_journal_by_flow", "ledger_journal", ["flow_id"], unique=False)
    op.create_index("ledger_journal_by_source", "ledger_journal", ["source_position_id"], unique=False)
    op.create_table(
        "ledger_journal_batch",
        sa.Column("batch_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("merkle_root", sa.LargeBinary(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_no"),
        sa.UniqueConstraint("post_id"),
    )
    op.create_index("ledger_journal_batch_by_time", "ledger_journal_batch", ["recorded_time"], unique=False)
    op.create_table(
        "ledger_journal_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_no", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name="ledger_journal_head_is_one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
