"""What posters of the version before leave out of the journal, filled in by the database as they write.

LED-9  What a poster of the version before leaves out of the journal (the balances and counts of LED-8) is there all the
       same.

While a new version is rolled out, processes of the version before go on behind its migration. Their statements name the
columns that they know. Rows that tell everything pass by the conditions and call nothing.

Each row sees those that the same statement wrote before it: that is what a row-level BEFORE trigger in plpgsql does.
Entries of one position follow each other, for its balance is locked; so do batches, under the lock of the head.
"""

from typing import Final

from sqlalchemy import DDL, Table, event

# The entry before within the post first: in a batch that has one account on one side it saves a walk through the post.
_FILL_ENTRY: Final = """
CREATE OR REPLACE FUNCTION ledger_journal_tells_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  side bigint;
  held bigint;
BEGIN
  FOREACH side IN ARRAY ARRAY[NEW.source_position_id, NEW.destination_position_id] LOOP
    SELECT CASE side WHEN source_position_id THEN source_balance ELSE destination_balance END INTO held
    FROM ledger_journal
    WHERE post_id = NEW.post_id AND entry_index = NEW.entry_index - 1
      AND side IN (source_position_id, destination_position_id);
    IF NOT FOUND THEN
      SELECT balance INTO held FROM (
        (SELECT post_id, entry_index, source_balance AS balance FROM ledger_journal
         WHERE source_position_id = side ORDER BY post_id DESC, entry_index DESC LIMIT 1)
        UNION ALL
        (SELECT post_id, entry_index, destination_balance FROM ledger_journal
         WHERE destination_position_id = side ORDER BY post_id DESC, entry_index DESC LIMIT 1)
      ) AS told ORDER BY post_id DESC, entry_index DESC LIMIT 1;
    END IF;
    IF side = NEW.source_position_id THEN
      NEW.source_balance := coalesce(held, 0) - NEW.quantity;
    ELSE
      NEW.destination_balance := coalesce(held, 0) + NEW.quantity;
    END IF;
  END LOOP;
  RETURN NEW;
END $$
"""
_FILL_BATCH: Final = """
CREATE OR REPLACE FUNCTION ledger_journal_batch_tells_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before record;
BEGIN
  SELECT entries_before + entry_count AS entries, post_id_max INTO before
  FROM ledger_journal_batch WHERE batch_no = NEW.batch_no - 1;
  NEW.entries_before := coalesce(before.entries, 0);
  NEW.post_id_max := greatest(before.post_id_max, NEW.post_id);
  SELECT tstzrange(least(min(effective_time), NEW.recorded_time), greatest(max(effective_time), NEW.recorded_time))
  INTO NEW.effective_span FROM ledger_journal WHERE post_id = NEW.post_id;
  RETURN NEW;
END $$
"""
# When the statement has ended, so that the batch is there in whatever order its parts ran.
_FILL_HEAD: Final = """
CREATE OR REPLACE FUNCTION ledger_journal_head_tells_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_journal_head AS head
  SET entry_count = last.entries_before + last.entry_count, post_id_max = last.post_id_max
  FROM ledger_journal_batch AS last WHERE head.id = NEW.id AND last.batch_no = NEW.batch_no;
  RETURN NULL;
END $$
"""
_WATCH_ENTRIES: Final = """
CREATE TRIGGER ledger_journal_tells_balances BEFORE INSERT ON ledger_journal
FOR EACH ROW WHEN (NEW.source_balance IS NULL) EXECUTE FUNCTION ledger_journal_tells_balances()
"""
_WATCH_BATCHES: Final = """
CREATE TRIGGER ledger_journal_batch_tells_counts BEFORE INSERT ON ledger_journal_batch
FOR EACH ROW WHEN (NEW.entries_before IS NULL) EXECUTE FUNCTION ledger_journal_batch_tells_counts()
"""
_WATCH_HEAD: Final = """
CREATE TRIGGER ledger_journal_head_tells_counts AFTER UPDATE ON ledger_journal_head
FOR EACH ROW WHEN (NEW.batch_no > OLD.batch_no AND NEW.entry_count = OLD.entry_count)
EXECUTE FUNCTION ledger_journal_head_tells_counts()
"""
_JOURNAL: Final = (_FILL_ENTRY, _WATCH_ENTRIES)
_BATCH: Final = (_FILL_BATCH, _WATCH_BATCHES)
_HEAD: Final = (_FILL_HEAD, _WATCH_HEAD)


def fill_in_statements(prefix: str) -> tuple[str, ...]:
    """Write the functions and triggers of a ledger, for a migration."""
    return _named(prefix, _JOURNAL + _BATCH + _HEAD)


def fill_in(*, prefix: str, journal: Table, batch: Table, head: Table) -> None:
    """Let the database fill in what is left out, wherever the tables are created from."""
    for table, statements in ((journal, _JOURNAL), (batch, _BATCH), (head, _HEAD)):
        for statement in _named(prefix, statements):
            event.listen(table, "after_create", DDL(statement))  # type: ignore[no-untyped-call]


def _named(prefix: str, statements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(statement.replace("ledger_", f"{prefix}_").strip() for statement in statements)
