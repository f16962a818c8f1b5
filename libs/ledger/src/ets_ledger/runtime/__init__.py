"""The ledger in PostgreSQL: tables, posting, queries, signed heads, the export for offline verification."""

from ets_ledger.runtime.block_pages import BlockHolding
from ets_ledger.runtime.export import export_lines
from ets_ledger.runtime.queries import Holding, JournalLine, LedgerQueries, Posting
from ets_ledger.runtime.seals import LedgerSeals
from ets_ledger.runtime.store import LedgerStore
from ets_ledger.runtime.tables import LedgerTables, ledger_tables, position_id

__all__ = [
    "BlockHolding",
    "Holding",
    "JournalLine",
    "LedgerQueries",
    "LedgerSeals",
    "LedgerStore",
    "LedgerTables",
    "Posting",
    "export_lines",
    "ledger_tables",
    "position_id",
]
