"""Accounts, their holders and their steps: rows to values and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Final

from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, lock_names, put_rows, values_of
from ets_ledger.runtime.driver import driver_of, texts
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import accounts_tables, tables
from registry.domain.accounts import (
    Account,
    AccountKind,
    AccountStatus,
    AccountStep,
    AccountUse,
    AddressedAccounts,
    AddressedHolders,
)

ACCOUNT: Final = (
    "account_no",
    "kind",
    "credit_code",
    "identity_number",
    "name",
    "province_code",
    "licence_no",
    "contact",
    "status",
    "version",
    "opened_time",
    "closed_time",
    "restricted_uses",
    "is_confirmation_needed",
)
_VERSION: Final = (
    "account_no",
    "version",
    "status",
    "name",
    "province_code",
    "licence_no",
    "contact",
    "opened_time",
    "closed_time",
    "restricted_uses",
    "is_confirmation_needed",
)
_STEP: Final = (*_VERSION, "change", "document_no", "changed_by", "recorded_time")
_STANDING: Final = tuple(
    name for name in ACCOUNT if name not in ("account_no", "kind", "credit_code", "identity_number")
)
_SELECT: Final = f"SELECT {', '.join(ACCOUNT)} FROM account"  # noqa: S608
_KNOWN: Final = f"{_SELECT} WHERE account_no = ANY(CAST(:account_nos AS text[])) ORDER BY account_no"
_AMONG: Final = text(_KNOWN)
# The status is as it is after the wait for the lock.
_LOCK: Final = text(f"{_KNOWN} FOR NO KEY UPDATE")
_OF_HOLDERS: Final = (
    "(credit_code <> '' AND credit_code = ANY(CAST(:holder_nos AS text[]))"
    " OR identity_number <> '' AND identity_number = ANY(CAST(:holder_nos AS text[])))"
)
_LOCK_HOLDERS: Final = text(f"{_SELECT} WHERE {_OF_HOLDERS} ORDER BY account_no FOR NO KEY UPDATE")
_KNOWN_OF_HOLDERS: Final = text(f"{_SELECT} WHERE {_OF_HOLDERS} ORDER BY account_no")
_PERSON_COUNT: Final = text("SELECT count(*) AS persons FROM account WHERE kind = 'individual'")
# These run for every batch of trades, so straight on the driver; see `ets_ledger.runtime.driver`.
_OPEN_AMONG: Final = (
    "SELECT account_no FROM account WHERE account_no = ANY($1::text::text[]) AND status = 'open'"
)
_CLOSINGS: Final = "hashtextextended('account-closings', 0)"
_KEEP_OPEN: Final = f"SELECT pg_advisory_xact_lock_shared({_CLOSINGS})"
_HOLD_CLOSINGS: Final = text(f"SELECT pg_advisory_xact_lock({_CLOSINGS})")


class SqlAccounts:
    """Port `Accounts`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def among(self, account_nos: Collection[str]) -> AddressedAccounts:
        """Give the open accounts among these."""
        return AddressedAccounts(await self._known(_AMONG, account_nos))

    async def open_among(self, account_nos: Collection[str]) -> Set[str]:
        """Give the numbers among these that have an open account."""
        driver = await driver_of(self._connection)
        return {row[0] for row in await driver.fetch(_OPEN_AMONG, texts(list(account_nos)))}

    async def keep_open(self) -> None:
        """Let nobody close an account meanwhile."""
        driver = await driver_of(self._connection)
        await driver.execute(_KEEP_OPEN)

    async def hold_closings(self) -> None:
        """Wait until nobody counts on accounts to stay open, and let nobody do so meanwhile."""
        await self._connection.execute(_HOLD_CLOSINGS)

    async def hold_openings(self) -> None:
        """Let nobody else open accounts or apply for them meanwhile."""
        await lock_names(self._connection, {"account-openings"})

    async def lock(self, account_nos: Collection[str]) -> AddressedAccounts:
        """Give the open accounts among these, locked in their order."""
        return AddressedAccounts(await self._known(_LOCK, account_nos))

    async def lock_known(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these wherever they stand, locked in their order."""
        return {account.account_no: account for account in await self._known(_LOCK, account_nos)}

    async def lock_of_holders(self, holder_nos: Collection[str]) -> AddressedHolders:
        """Give the open accounts of these holders by holder, locked in their order."""
        rows = await fetch(self._connection, _LOCK_HOLDERS, holder_nos=sorted(holder_nos))
        return AddressedHolders(map(account_of, rows))

    async def known_of_holders(self, holder_nos: Collection[str]) -> Mapping[str, Sequence[Account]]:
        """Give every account that these holders have, had or applied for, by holder."""
        found: dict[str, list[Account]] = {}
        for row in await fetch(self._connection, _KNOWN_OF_HOLDERS, holder_nos=sorted(holder_nos)):
            account = account_of(row)
            found.setdefault(account.holder_no, []).append(account)
        return found

    async def person_count(self) -> int:
        """Count the accounts of persons, opened or not."""
        count: int = (await fetch(self._connection, _PERSON_COUNT))[0].persons
        return count

    async def add(self, accounts: Sequence[Account]) -> None:
        """Put accounts on record that were not there."""
        await insert_rows(self._connection, tables.account, ACCOUNT, [_row(ACCOUNT, one) for one in accounts])

    async def save(self, steps: Sequence[AccountStep], *, at: datetime) -> None:
        """Keep each step, and how the accounts stand after the last of each."""
        last = {step.account.account_no: step.account for step in steps}
        rows = [_row(ACCOUNT, account) for account in last.values()]
        await put_rows(
            self._connection, tables.account, ACCOUNT, rows, keys=("account_no",), changes=_STANDING
        )
        versions = [
            (*_row(_VERSION, step.account), step.change, step.document_no, step.changed_by, at)
            for step in steps
        ]
        await insert_rows(self._connection, accounts_tables.account_version, _STEP, versions)

    async def _known(self, statement: TextClause, account_nos: Collection[str]) -> Sequence[Account]:
        if not account_nos:
            return ()
        return list(
            map(account_of, await fetch(self._connection, statement, account_nos=sorted(account_nos)))
        )


def account_of(row: AnyRow | Mapping[str, Any]) -> Account:
    """Read an account, from a row or from its values by column."""
    values = row if isinstance(row, Mapping) else values_of(row)
    return Account(
        **{
            **values,
            "account_no": AccountNo(values["account_no"]),
            "kind": AccountKind(values["kind"]),
            "status": AccountStatus(values["status"]),
            "restricted_uses": uses_of(values["restricted_uses"]),
        }
    )


def uses_of(names: str) -> frozenset[AccountUse]:
    """Read uses."""
    return frozenset(map(AccountUse, names.split()))


def names_of(uses: Iterable[AccountUse]) -> str:
    """Write uses, in order."""
    return " ".join(sorted(uses))


def _row(columns: tuple[str, ...], account: Account) -> tuple[Any, ...]:
    return tuple(
        names_of(account.restricted_uses) if name == "restricted_uses" else getattr(account, name)
        for name in columns
    )
