"""Accounts, cash, units, numbers, and what comes in and goes out: rows ↔ domain values, set-based."""

# ruff: noqa: S608 - the statements are put together from names that stand in this package

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.ids import AccountNo, MarketCode, TransferNo
from ets_kernel.runtime.sql import arrays, fetch, insert_rows, put_rows, rows_of, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trading.adapters.db import tables
from trading.domain.accounts import HolderAccount, Position, TradingAccount
from trading.domain.movements import (
    BankDeposit,
    CashWithdrawal,
    CashWithdrawalStatus,
    TransferIn,
    TransferInState,
    UnitWithdrawal,
    UnitWithdrawalState,
)
from trading.domain.numbering import Numbering
from trading.domain.sheet import PositionKey, Sheet

_HOLDER: Final = ("account_no", "credit_code")
_HOLDERS: Final = text(
    "SELECT account_no, credit_code, is_sale_stopped FROM holder_account WHERE account_no = ANY(:numbers)"
)
_STOP_SALES: Final = text(
    "UPDATE holder_account SET is_sale_stopped = :is_stopped WHERE account_no = :account_no"
)

_ACCOUNT: Final = (
    "account_no",
    "market",
    "credit_code",
    "name",
    "holder_account_no",
    "available_fen",
    "frozen_fen",
    "opened_time",
)
_OPENED: Final = text("SELECT account_no FROM trading_account WHERE account_no = ANY(:numbers)")
# Whoever touches cash or positions locks the accounts first, in one order, so positions need no lock of their own.
_LOCK_ACCOUNTS: Final = text("""
SELECT account.account_no, market, account.credit_code, name, holder_account_no, available_fen, frozen_fen,
       coalesce(holder.is_sale_stopped, false) AS is_sale_stopped
FROM trading_account AS account LEFT JOIN holder_account AS holder ON holder.account_no = holder_account_no
WHERE account.account_no = ANY(:numbers) ORDER BY account.account_no FOR UPDATE OF account
""")
_POSITION_KEY: Final = ("account_no", "product")
_UNITS: Final = (
    "available_tco2e",
    "frozen_tco2e",
    "bought_tco2e",
    "bought_date",
    "in_transit_tco2e",
    "incoming_tco2e",
)
_POSITION: Final = (*_POSITION_KEY, *_UNITS)
_POSITIONS: Final = text(f"""
SELECT {", ".join(f"position.{name}" for name in _POSITION)} FROM position
JOIN {rows_of(tables.position, _POSITION_KEY, "wanted")} USING (account_no, product)
""")
_UNRELEASED: Final = text(
    "SELECT account_no, product FROM position WHERE bought_tco2e > 0 AND bought_date < :day"
)
_CASH: Final = ("account_no", "available_fen", "frozen_fen")
_CASH_ENTRY: Final = (
    "account_no",
    "cause",
    "reference",
    "available_fen",
    "frozen_fen",
    "recorded_time",
)
_UNIT_ENTRY: Final = (
    "account_no",
    "product",
    "cause",
    "reference",
    *_UNITS,
    "recorded_time",
)

_SERIES: Final = ("series", "last_ordinal")
_LOCK_SERIES: Final = text(
    "SELECT series, last_ordinal FROM number_series WHERE series = ANY(:series) ORDER BY series FOR UPDATE"
)

_DEPOSIT: Final = (
    "bank_reference",
    "account_no",
    "quantity_fen",
    "recorded_time",
)
# Bank references and holders are unique over all accounts, so batches that bring new ones take turns: "dpst", "open".
_LOCK_DEPOSITS: Final = text(f"SELECT pg_advisory_xact_lock({0x64707374})")
_LOCK_OPENINGS: Final = text(f"SELECT pg_advisory_xact_lock({0x6F70656E})")
_REFERENCES: Final = text("SELECT bank_reference FROM deposit WHERE bank_reference = ANY(:numbers)")
_CASH_OUT: Final = (
    "cash_withdrawal_no",
    "account_no",
    "quantity_fen",
    "status",
    "recorded_time",
)
_LOCK_CASH_OUT: Final = text("""
SELECT cash_withdrawal_no, account_no, quantity_fen, status FROM cash_withdrawal
WHERE cash_withdrawal_no = ANY(:numbers) ORDER BY cash_withdrawal_no FOR UPDATE
""")
_TRANSFER: Final = (
    "market",
    "transfer_no",
    "holder_account_no",
    "product",
    "quantity_tco2e",
    "state",
    "recorded_time",
)
_TRANSFER_IN: Final = text("""
SELECT holder_account_no, product, quantity_tco2e, state FROM transfer_in
WHERE market = :market AND transfer_no = :transfer_no
""")
_UNITS_OUT: Final = (
    "withdrawal_no",
    "market",
    "account_no",
    "holder_account_no",
    "product",
    "quantity_tco2e",
    "state",
)
_LOCK_UNITS_OUT: Final = text("""
SELECT withdrawal_no, market, account_no, holder_account_no, product, quantity_tco2e, state FROM unit_withdrawal
WHERE withdrawal_no = ANY(:numbers) ORDER BY withdrawal_no FOR UPDATE
""")


class SqlAccounts:
    """Holder accounts and trading accounts in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def add_holders(self, holders: Sequence[HolderAccount]) -> None:
        """Remember holder accounts; known ones stay as they are."""
        rows = [(holder.account_no, holder.credit_code) for holder in holders]
        await put_rows(
            self._connection, tables.holder_account, _HOLDER, rows, keys=("account_no",), changes=()
        )

    async def holders(self, account_nos: Collection[AccountNo]) -> dict[AccountNo, HolderAccount]:
        """Give the known ones of these holder accounts."""
        rows = await self._connection.execute(_HOLDERS, {"numbers": sorted(account_nos)})
        return {
            row.account_no: HolderAccount(
                account_no=row.account_no, credit_code=row.credit_code, is_sale_stopped=row.is_sale_stopped
            )
            for row in rows
        }

    async def stop_sales(self, account_no: AccountNo, *, is_stopped: bool) -> None:
        """Keep of a known holder account whether it sells; an unknown one is passed over."""
        await self._connection.execute(_STOP_SALES, {"account_no": account_no, "is_stopped": is_stopped})

    async def opened(self, account_nos: Collection[AccountNo]) -> set[AccountNo]:
        """Tell which of these trading accounts exist; nobody else opens any until the transaction ends."""
        await self._connection.execute(_LOCK_OPENINGS)
        rows = await self._connection.execute(_OPENED, {"numbers": sorted(account_nos)})
        return {row.account_no for row in rows}

    async def add(self, accounts: Sequence[TradingAccount]) -> None:
        """Open trading accounts without cash."""
        rows = [
            (a.account_no, a.market, a.credit_code, a.name, a.holder_account_no, 0, 0, self._now)
            for a in accounts
        ]
        await insert_rows(self._connection, tables.trading_account, _ACCOUNT, rows)


class SqlSheets:
    """Cash and units in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime, calendar: SessionCalendar) -> None:
        self._connection = connection
        self._now = now
        self._calendar = calendar

    async def load(self, accounts: Collection[AccountNo], positions: Collection[PositionKey] = ()) -> Sheet:
        """Lock accounts in number order, those of the positions too, and read them and the positions."""
        numbers = sorted({*accounts, *(account_no for account_no, _ in positions)})
        locked = await self._connection.execute(_LOCK_ACCOUNTS, {"numbers": numbers}) if numbers else ()
        found = [TradingAccount(**values_of(row)) for row in locked]
        keys = sorted(positions)
        read = await fetch(self._connection, _POSITIONS, **arrays(_POSITION_KEY, keys)) if keys else ()
        return Sheet(
            accounts=found,
            positions=[Position(**values_of(row)) for row in read],
            calendar=self._calendar,
            now=self._now,
        )

    async def save(self, sheet: Sheet) -> None:
        """Write what moved, with its journal."""
        accounts = [(a.account_no, a.available_fen, a.frozen_fen) for a in sheet.changed_accounts()]
        await update_rows(self._connection, tables.trading_account, _CASH, accounts, keys=("account_no",))
        cash = [
            (e.account_no, e.cause, e.reference, e.move.available_fen, e.move.frozen_fen, self._now)
            for e in sheet.cash_entries
        ]
        await insert_rows(self._connection, tables.cash_entry, _CASH_ENTRY, cash)
        await put_rows(
            self._connection,
            tables.position,
            _POSITION,
            [tuple(getattr(position, name) for name in _POSITION) for position in sheet.changed_positions()],
            keys=_POSITION_KEY,
            changes=_UNITS,
        )
        units = [
            (
                e.account_no,
                e.product,
                e.cause,
                e.reference,
                *(getattr(e.move, name) for name in _UNITS),
                self._now,
            )
            for e in sheet.unit_entries
        ]
        await insert_rows(self._connection, tables.unit_entry, _UNIT_ENTRY, units)

    async def unreleased(self, before: date) -> set[PositionKey]:
        """Name the positions with units bought before a date that were not yet freed."""
        rows = await self._connection.execute(_UNRELEASED, {"day": before})
        return {(row.account_no, row.product) for row in rows}


class SqlNumbers:
    """Ordinals of series in PostgreSQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, series: Collection[str]) -> Numbering:
        """Lock series in name order, beginning new ones, and give their last ordinals."""
        names = sorted(set(series))
        if not names:
            return Numbering({})
        begun = [(name, 0) for name in names]
        await put_rows(self._connection, tables.number_series, _SERIES, begun, keys=("series",), changes=())
        rows = await self._connection.execute(_LOCK_SERIES, {"series": names})
        return Numbering({row.series: row.last_ordinal for row in rows})

    async def save(self, numbering: Numbering) -> None:
        """Write the last ordinals."""
        rows = sorted(numbering.last.items())
        await update_rows(self._connection, tables.number_series, _SERIES, rows, keys=("series",))


class SqlMovements:
    """What comes in and goes out, in PostgreSQL."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def known_references(self, bank_references: Collection[str]) -> set[str]:
        """Tell which of these bank references were booked; nobody else books any until the transaction ends."""
        await self._connection.execute(_LOCK_DEPOSITS)
        rows = await self._connection.execute(_REFERENCES, {"numbers": sorted(bank_references)})
        return {row.bank_reference for row in rows}

    async def add_deposits(self, deposits: Sequence[BankDeposit]) -> None:
        """Keep deposits."""
        rows = [(d.bank_reference, d.account_no, d.quantity_fen, self._now) for d in deposits]
        await insert_rows(self._connection, tables.deposit, _DEPOSIT, rows)

    async def lock_cash_withdrawals(self, numbers: Collection[str]) -> dict[str, CashWithdrawal]:
        """Lock and read cash withdrawals."""
        rows = await self._connection.execute(_LOCK_CASH_OUT, {"numbers": sorted(numbers)})
        return {
            row.cash_withdrawal_no: CashWithdrawal(
                cash_withdrawal_no=row.cash_withdrawal_no,
                account_no=row.account_no,
                quantity_fen=row.quantity_fen,
                status=CashWithdrawalStatus(row.status),
            )
            for row in rows
        }

    async def save_cash_withdrawals(self, withdrawals: Sequence[CashWithdrawal]) -> None:
        """Write new cash withdrawals and new states of known ones."""
        rows = [
            (w.cash_withdrawal_no, w.account_no, w.quantity_fen, w.status, self._now) for w in withdrawals
        ]
        await put_rows(
            self._connection,
            tables.cash_withdrawal,
            _CASH_OUT,
            rows,
            keys=("cash_withdrawal_no",),
            changes=("status", "recorded_time"),
        )

    async def transfer_in(self, market: MarketCode, transfer_no: TransferNo) -> TransferIn | None:
        """Give a transfer in by its number."""
        found = await self._connection.execute(_TRANSFER_IN, {"market": market, "transfer_no": transfer_no})
        row = found.one_or_none()
        if row is None:
            return None
        return TransferIn(
            transfer_no=transfer_no,
            market=market,
            holder_account_no=row.holder_account_no,
            product=row.product,
            quantity_tco2e=row.quantity_tco2e,
            state=TransferInState(row.state),
        )

    async def add_transfer_in(self, transfer: TransferIn) -> None:
        """Keep a transfer in."""
        t = transfer
        row = (t.market, t.transfer_no, t.holder_account_no, t.product, t.quantity_tco2e, t.state, self._now)
        await insert_rows(self._connection, tables.transfer_in, _TRANSFER, [row])

    async def lock_unit_withdrawals(self, numbers: Collection[str]) -> dict[str, UnitWithdrawal]:
        """Lock and read withdrawals of units."""
        rows = await self._connection.execute(_LOCK_UNITS_OUT, {"numbers": sorted(numbers)})
        return {
            row.withdrawal_no: UnitWithdrawal(**{**values_of(row), "state": UnitWithdrawalState(row.state)})
            for row in rows
        }

    async def save_unit_withdrawals(self, withdrawals: Sequence[UnitWithdrawal]) -> None:
        """Write new withdrawals of units and new states of known ones."""
        await put_rows(
            self._connection,
            tables.unit_withdrawal,
            (*_UNITS_OUT, "recorded_time"),
            [(*(getattr(withdrawal, name) for name in _UNITS_OUT), self._now) for withdrawal in withdrawals],
            keys=("withdrawal_no",),
            changes=("state", "recorded_time"),
        )
