"""One transaction of the registry: repositories, ledger, and facts for the outbox."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.sql import fetch, lock_names
from ets_ledger.domain.commands import Command
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.journal import GENESIS_HASH, TreeHead
from ets_ledger.runtime.queries import LedgerQueries
from ets_ledger.runtime.seals import LedgerSeals
from ets_ledger.runtime.store import LedgerStore
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.account_files import (
    SqlAccountApplications,
    SqlInstructions,
    SqlOperators,
    SqlRestrictions,
)
from registry.adapters.db.accounts import SqlAccounts
from registry.adapters.db.allocation import SqlAdjustments, SqlEarmarks
from registry.adapters.db.applications import SqlApplications
from registry.adapters.db.cancellations import SqlCancellations
from registry.adapters.db.carry_overs import SqlCarryOvers
from registry.adapters.db.changes import SqlChanges
from registry.adapters.db.forced_surrenders import SqlForcedSurrenders
from registry.adapters.db.handovers import SqlHandovers
from registry.adapters.db.issuances import SqlTables
from registry.adapters.db.obligations import SqlObligationChanges, SqlObligations
from registry.adapters.db.repositories import (
    SqlProjects,
    SqlRoster,
    SqlTransfers,
)
from registry.adapters.events import outgoing
from registry.domain.events import Fact

LEDGER_NAME: Final = "registry"

_REGISTERED: Final = text("""
SELECT account, product, quantity FROM ledger_balance
WHERE account = ANY(CAST(:account_nos AS text[])) AND bucket = 'registered' AND quantity > 0
""")
_HOLDERS: Final = text("""
SELECT DISTINCT account FROM ledger_balance WHERE account = ANY(CAST(:account_nos AS text[])) AND quantity <> 0
""")
_POSITIONS: Final = text("""
SELECT account, product, bucket, quantity FROM ledger_balance
WHERE account = ANY(CAST(:account_nos AS text[])) AND quantity <> 0
""")
_BATCH_HASH: Final = text("SELECT hash FROM ledger_journal_batch WHERE batch_no = :batch_no")


class SqlLedger:
    """Port `Ledger`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection
        self._store = LedgerStore(transaction, tables.ledger)
        self._last: list[Command] = []

    def post_last(self, command: Command, *, at: datetime) -> None:
        """Carry out a command with others of the transaction just before its commit; a refusal rolls all back."""
        if not self._last:
            self._transaction.before_commit(lambda: self._post_last(at))
        self._last.append(command)

    async def post(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Entry | EtsError]:
        """Carry out commands in order; a group must not be longer than one batch of the ledger."""
        return await self._store.post(list(commands), effective_time=at, recorded_time=at)

    async def judge(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Entry | EtsError]:
        """Tell what `post` would answer now, and carry out nothing."""
        return await self._store.judge(list(commands), effective_time=at)

    async def entries(self, transfer_ids: Collection[str]) -> Mapping[str, Entry]:
        """Give the entries of the journal among these, by transfer id."""
        if not transfer_ids:
            return {}
        queries = LedgerQueries(self._connection, tables.ledger)
        lines = await queries.entries_by_id(sorted(transfer_ids))
        return {line.entry.transfer_id: line.entry for line in lines}

    async def positions(self, account_nos: Collection[str]) -> Mapping[tuple[str, str, str], int]:
        """Give what accounts hold other than zero, by account, product and bucket."""
        rows = await fetch(self._connection, _POSITIONS, account_nos=sorted(account_nos))
        return {(row.account, row.product, row.bucket): row.quantity for row in rows}

    async def _post_last(self, at: datetime) -> None:
        commands, self._last = self._last, []
        for result in await self.post(commands, at=at):
            if isinstance(result, EtsError):
                raise result

    async def registered(self, account_nos: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what accounts hold free in the registry, by account and product."""
        rows = await fetch(self._connection, _REGISTERED, account_nos=sorted(account_nos))
        return {(row.account, row.product): row.quantity for row in rows}

    async def holders_among(self, account_nos: Collection[str]) -> Set[str]:
        """Give the accounts among these that hold units in any bucket."""
        rows = await fetch(self._connection, _HOLDERS, account_nos=sorted(account_nos))
        return {row.account for row in rows}

    async def sign_head(self, business_date: date, *, signer: Signer, at: datetime) -> tuple[TreeHead, bytes]:
        """Sign the journal's head once per date; give it with the hash of the last batch under it."""
        await lock_names(self._connection, {"tree-head"})
        seals = LedgerSeals(self._connection, tables.ledger, ledger=LEDGER_NAME)
        head = await seals.sign_tree_head(business_date, signer=signer, signed_time=at)
        return head, await batch_hash(self._connection, head)


async def batch_hash(connection: AsyncConnection, head: TreeHead) -> bytes:
    """Give the hash of the last batch under a head; the hash before the first batch for an empty journal."""
    rows = await fetch(connection, _BATCH_HASH, batch_no=head.tree_size)
    return bytes(rows[0].hash) if rows else GENESIS_HASH


class SqlUnitOfWork:
    """Port `UnitOfWork`."""

    def __init__(self, transaction: Transaction) -> None:
        connection = transaction.connection
        self._transaction = transaction
        self.roster = SqlRoster(connection)
        self.accounts = SqlAccounts(connection)
        self.account_applications = SqlAccountApplications(connection)
        self.operators = SqlOperators(connection)
        self.restrictions = SqlRestrictions(connection)
        self.instructions = SqlInstructions(connection)
        self.projects = SqlProjects(connection)
        self.tables = SqlTables(connection)
        self.adjustments = SqlAdjustments(connection)
        self.earmarks = SqlEarmarks(connection)
        self.obligations = SqlObligations(connection)
        self.obligation_changes = SqlObligationChanges(connection)
        self.forced_surrenders = SqlForcedSurrenders(connection)
        self.transfers = SqlTransfers(connection)
        self.handovers = SqlHandovers(connection)
        self.applications = SqlApplications(connection)
        self.cancellations = SqlCancellations(connection)
        self.carry_overs = SqlCarryOvers(connection)
        self.changes = SqlChanges(connection)
        self.ledger = SqlLedger(transaction)

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        self._transaction.publish(outgoing(fact))
