"""Projects, accounts, transfers and the ledger: rows to values and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, lock_names, update_rows, values_of
from ets_ledger.domain.commands import Command
from ets_ledger.domain.entries import Entry
from ets_ledger.runtime.store import LedgerStore
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ccer_bridge.adapters.db import tables
from ccer_bridge.app.ports import IssueKey
from ccer_bridge.domain.accounts import Account, AccountStatus
from ccer_bridge.domain.projects import Issuance, Project
from ccer_bridge.domain.transfers import ReturnedUnits, Settlement, TransferState, VenueTransfer

PROJECT: Final = (
    "project_no",
    "name",
    "project_type",
    "methodology",
    "owner_credit_code",
    "is_inside_national_market",
)
ACCOUNT: Final = (
    "account_no",
    "credit_code",
    "name",
    "province_code",
    "venue",
    "status",
    "version",
    "first_reviewed_by",
    "second_reviewed_by",
    "opened_time",
)

# What does not exist yet has no row to lock: whoever may make it comes one after the other.
_NEW_PROJECTS: Final = "ccer/project"
_NEW_ACCOUNTS: Final = "ccer/account"
_NEW_TRADES: Final = "ccer/trade"
_PROJECTS: Final = text(
    f"SELECT {', '.join(PROJECT)} FROM project WHERE project_no = ANY(CAST(:project_nos AS text[]))"  # noqa: S608
)
_ISSUED: Final = text("""
SELECT project_no, reduction_year, period_start, period_end FROM issuance
WHERE project_no = ANY(CAST(:project_nos AS text[]))
""")
_ACCOUNTS: Final = f"""
SELECT {", ".join(ACCOUNT)} FROM account
WHERE account_no = ANY(CAST(:account_nos AS text[])) ORDER BY account_no
"""  # noqa: S608
_AMONG: Final = text(_ACCOUNTS)
_LOCK_ACCOUNTS: Final = text(f"{_ACCOUNTS} FOR NO KEY UPDATE")
_LOCK_TRANSFER: Final = text("""
SELECT transfer_no, account_no, credit_code, venue, product, quantity_tco2e, state FROM venue_transfer
WHERE transfer_no = :transfer_no FOR UPDATE
""")
_RETURNED: Final = text("""
SELECT withdrawal_no, venue, account_no, product, quantity_tco2e FROM venue_return WHERE withdrawal_no = :withdrawal_no
""")
_SETTLED: Final = text("""
SELECT trade_no, seller_account_no, buyer_account_no, product, quantity_tco2e FROM settled_trade
WHERE trade_no = ANY(CAST(:trade_nos AS text[]))
""")
_REGISTERED: Final = text("""
SELECT account, product, quantity FROM ledger_balance
WHERE account = ANY(CAST(:account_nos AS text[])) AND bucket = 'registered' AND quantity > 0
""")


class SqlProjects:
    """Port `Projects`."""

    _ISSUANCE = (
        "project_no",
        "reduction_year",
        "period_start",
        "period_end",
        "product",
        "account_no",
        "quantity_tco2e",
    )

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, project_nos: Collection[str]) -> Mapping[str, Project]:
        """Give the projects among these; others wait before they register or issue anything."""
        await lock_names(self._connection, {_NEW_PROJECTS})
        return await self.among(project_nos)

    async def among(self, project_nos: Collection[str]) -> Mapping[str, Project]:
        """Give the projects among these."""
        rows = await fetch(self._connection, _PROJECTS, project_nos=sorted(project_nos))
        return {row.project_no: Project(**values_of(row)) for row in rows}

    async def add(self, projects: Sequence[Project], *, at: datetime) -> None:
        """Register projects."""
        rows = [(*(getattr(project, name) for name in PROJECT), at) for project in projects]
        await insert_rows(self._connection, tables.project, (*PROJECT, "registered_time"), rows)

    async def issued(self, project_nos: Collection[str]) -> frozenset[IssueKey]:
        """Give what was issued for these projects."""
        rows = await fetch(self._connection, _ISSUED, project_nos=sorted(project_nos))
        return frozenset((row[0], row[1], row[2].isoformat(), row[3].isoformat()) for row in rows)

    async def add_issued(self, issuances: Sequence[Issuance], *, at: datetime) -> None:
        """Store what was issued."""
        rows = [
            (*(getattr(issuance, name) for name in self._ISSUANCE), *issuance.block, at)
            for issuance in issuances
        ]
        columns = (*self._ISSUANCE, "serial_start", "serial_end", "issued_time")
        await insert_rows(self._connection, tables.issuance, columns, rows)


class SqlAccounts:
    """Port `Accounts`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def among(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these, whatever their status."""
        rows = await fetch(self._connection, _AMONG, account_nos=sorted(account_nos))
        return {row.account_no: account_of(row) for row in rows}

    async def lock(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these, locked in their order."""
        rows = await fetch(self._connection, _LOCK_ACCOUNTS, account_nos=sorted(account_nos))
        return {row.account_no: account_of(row) for row in rows}

    async def lock_to_apply(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these, locked, and keep all others from applying for new ones."""
        await lock_names(self._connection, {_NEW_ACCOUNTS})
        return await self.lock(account_nos)

    async def save(self, accounts: Sequence[Account], *, at: datetime) -> None:
        """Store new versions of accounts, and keep the ones before."""
        latest = {account.account_no: account for account in accounts}
        known = await self.among(list(latest))
        new = [_row(account) for account_no, account in latest.items() if account_no not in known]
        changed = [_row(account) for account_no, account in latest.items() if account_no in known]
        await insert_rows(self._connection, tables.account, ACCOUNT, new)
        await update_rows(self._connection, tables.account, ACCOUNT, changed, keys=("account_no",))
        versions = [(*_row(account), at) for account in accounts]
        await insert_rows(self._connection, tables.account_version, (*ACCOUNT, "recorded_time"), versions)


class SqlTransfers:
    """Port `Transfers`."""

    _TRANSFER = ("transfer_no", "account_no", "credit_code", "venue", "product", "quantity_tco2e", "state")
    _RETURN = ("withdrawal_no", "venue", "account_no", "product", "quantity_tco2e")
    _TRADE = ("trade_no", "seller_account_no", "buyer_account_no", "product", "quantity_tco2e")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, transfers: Sequence[VenueTransfer]) -> None:
        """Store transfers that were sent."""
        rows = [tuple(getattr(transfer, name) for name in self._TRANSFER) for transfer in transfers]
        await insert_rows(self._connection, tables.venue_transfer, self._TRANSFER, rows)

    async def lock(self, transfer_no: str) -> VenueTransfer | None:
        """Give a transfer, locked."""
        rows = await fetch(self._connection, _LOCK_TRANSFER, transfer_no=transfer_no)
        if not rows:
            return None
        values = values_of(rows[0])
        return VenueTransfer(**{**values, "state": TransferState(values["state"])})

    async def save_state(self, transfer: VenueTransfer) -> None:
        """Store where the units of a transfer are."""
        columns = ("transfer_no", "state")
        rows: list[tuple[Any, ...]] = [(transfer.transfer_no, transfer.state)]
        await update_rows(self._connection, tables.venue_transfer, columns, rows, keys=("transfer_no",))

    async def returned(self, withdrawal_no: str) -> ReturnedUnits | None:
        """Give a return that was made."""
        rows = await fetch(self._connection, _RETURNED, withdrawal_no=withdrawal_no)
        return ReturnedUnits(**values_of(rows[0])) if rows else None

    async def add_return(self, returned: ReturnedUnits) -> None:
        """Store a return."""
        row = tuple(getattr(returned, name) for name in self._RETURN)
        await insert_rows(self._connection, tables.venue_return, self._RETURN, [row])

    async def lock_settled(self, trade_nos: Collection[str]) -> Mapping[str, Settlement]:
        """Give the trades among these that were settled; others wait before they settle anything."""
        await lock_names(self._connection, {_NEW_TRADES})
        rows = await fetch(self._connection, _SETTLED, trade_nos=sorted(trade_nos))
        return {row.trade_no: Settlement(**values_of(row)) for row in rows}

    async def add_settled(self, trades: Sequence[Settlement], *, trading_date: date) -> None:
        """Store settled trades."""
        rows = [(*(getattr(trade, name) for name in self._TRADE), trading_date) for trade in trades]
        await insert_rows(self._connection, tables.settled_trade, (*self._TRADE, "trading_date"), rows)


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
        """Carry out commands in order; a batch of the contract always fits into one of the ledger."""
        return await self._store.post(list(commands), effective_time=at, recorded_time=at)

    async def _post_last(self, at: datetime) -> None:
        commands, self._last = self._last, []
        for result in await self.post(commands, at=at):
            if isinstance(result, EtsError):
                raise result

    async def registered(self, account_nos: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what accounts hold free in the registry, by account and product."""
        rows = await fetch(self._connection, _REGISTERED, account_nos=sorted(account_nos))
        return {(row.account, row.product): row.quantity for row in rows}


def account_of(row: AnyRow) -> Account:
    """Read an account."""
    values = values_of(row)
    return Account(**{**values, "status": AccountStatus(values["status"])})


def _row(account: Account) -> tuple[Any, ...]:
    return tuple(getattr(account, name) for name in ACCOUNT)
