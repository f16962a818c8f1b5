"""The order in which every transaction of the registry locks, watched statement by statement.

The order is that of `registry.app.ports`. Two transactions that keep it never wait for each other in a ring.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from ets_kernel.runtime.db import Database
from sqlalchemy import event

ORDER = (
    # What a message or a name stands for.
    {"kernel_inbox", "kernel_dead_letter"},
    {"names"},
    # Papers that name the accounts.
    {"issuance", "obligation_change", "forced_surrender"},
    {"account"},
    {"carry_over_notice"},
    {"carry_over_run"},
    # Papers of accounts that are locked, or that alone move what they have set aside.
    {
        *("trading_transfer", "surrender_application", "cancellation_application"),
        *("carry_over_application", "handover_row"),
    },
    {"obligation"},
    # Together: a transaction may post several batches, and may then be broken off and tried again (see the store).
    {"ledger_balance", "ledger_serial_counter"},
    {"ledger_journal_head"},
    {"kernel_outbox_stream"},
)
RANKS = {name: rank for rank, names in enumerate(ORDER) for name in names}

_ROWS = re.compile(r"\bfor\s+(?:no\s+key\s+)?update(?:\s+of\s+(\w+))?(?!\s*skip)", re.IGNORECASE)
_FIRST_TABLE = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_NAMES = re.compile(r"pg_advisory_xact_lock", re.IGNORECASE)


def locked_by(statement: str) -> str:
    """Name what a statement locks: a table, "names", or nothing."""
    if _NAMES.search(statement):
        return "names"
    rows = _ROWS.search(statement)
    if rows is None or "skip locked" in statement.lower():
        return ""
    if rows[1] and (aliased := re.search(rf"(\w+)\s+as\s+{rows[1]}\b", statement, re.IGNORECASE)):
        return aliased[1]
    first = _FIRST_TABLE.search(_selected_with(statement, rows.start()))
    return first[1] if first else ""


def _selected_with(statement: str, end: int) -> str:
    """The select that ends at a place, without what it selects within brackets and without what it is within."""
    before = statement[:end]
    shorter = _BRACKETS.sub(" ", before)
    while shorter != before:
        before, shorter = shorter, _BRACKETS.sub(" ", shorter)
    return before.rpartition("(")[2]


class LockOrder:
    """What each open transaction has locked, and every lock that came out of order."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._held: dict[int, list[str]] = {}

    def begin(self, connection: Any) -> None:
        self._held[id(connection)] = []

    def note(self, connection: Any, statement: str) -> None:
        """Take note of a statement that is about to run."""
        wanted = locked_by(statement)
        if not wanted:
            return
        held = self._held.setdefault(id(connection), [])
        if wanted in held:
            # Rows of a table that was locked in its turn are rows that the transaction has, or new ones.
            return
        if wanted not in RANKS:
            self.broken.append(f"{wanted} has no place in the order")
        elif held and RANKS[wanted] < max(RANKS[one] for one in held):
            self.broken.append(f"{wanted} is locked behind {', '.join(dict.fromkeys(held))}")
        else:
            held.append(wanted)


@contextmanager
def watched(database: Database) -> Iterator[LockOrder]:
    """Watch the transactions of a database: those of the repositories, and the ledger's, straight on the driver."""
    order = LockOrder()
    engine = database.engine.sync_engine
    fetch = asyncpg.Connection.fetch

    def begun(connection: Any) -> None:
        order.begin(connection.connection.driver_connection)

    def executed(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        order.note(connection.connection.driver_connection, statement)

    async def fetched(self: asyncpg.Connection, query: str, *args: Any, **options: Any) -> Any:
        order.note(self, query)
        return await fetch(self, query, *args, **options)

    event.listen(engine, "begin", begun)
    event.listen(engine, "before_cursor_execute", executed)
    asyncpg.Connection.fetch = fetched
    try:
        yield order
    finally:
        asyncpg.Connection.fetch = fetch
        event.remove(engine, "begin", begun)
        event.remove(engine, "before_cursor_execute", executed)
