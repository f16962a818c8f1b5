"""Port `HistoryReader` in SQL."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import TableNotFound
from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import AnyRow, fetch
from ets_ledger.runtime.transactions import (
    NumberedLine,
    TransactionFilter,
    find_transaction,
    find_transactions,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.account_queries import SqlAccountReader
from registry.adapters.db.issuances import ENTITY_ROW, entity_row_of
from registry.adapters.db.obligations import OBLIGATION, OWED_BY, obligation_of
from registry.adapters.db.queries import SqlReader
from registry.adapters.db.surrender_queries import obligation_as_of
from registry.adapters.own import without_other_party
from registry.app.account_queries import OfAccounts
from registry.app.history_queries import (
    AllocationView,
    DifferenceView,
    ObligationVersion,
    TransactionSearch,
    TransactionView,
    TransferView,
)
from registry.app.queries import PageOf
from registry.domain.allocation_table import Difference, TableKind
from registry.domain.errors import TransferNotFound
from registry.domain.trading import TradingTransfer, TransferState

# Ours: a province has some hundred accounts.
_ACCOUNTS_MAX: Final = 100_000
_ALL: Final = PageOf(size=_ACCOUNTS_MAX + 1, after=())
# When units were sent and answered is told by the journal; an answer after the moment had not come then.
_TRANSFERS: Final = text("""
SELECT * FROM (
    SELECT transfer_no, account_no, ordinal, product, quantity_tco2e, sent_time,
           CASE WHEN answered_time <= :at THEN state ELSE 'sent' END AS state,
           CASE WHEN answered_time <= :at THEN answered_time END AS answered_time
    FROM (
        SELECT transfer.*, batch.recorded_time AS sent_time, (
            SELECT answer.recorded_time FROM ledger_journal AS back
            JOIN ledger_journal_batch AS answer USING (post_id)
            WHERE back.transfer_id = transfer.transfer_no || '/' || transfer.state
        ) AS answered_time
        FROM trading_transfer AS transfer
        JOIN ledger_journal AS entry ON entry.transfer_id = transfer.transfer_no
        JOIN ledger_journal_batch AS batch USING (post_id)
        WHERE (CAST(:accounts AS text[]) IS NULL OR account_no = ANY(CAST(:accounts AS text[])))
        AND batch.recorded_time <= :at
        AND (account_no, ordinal) > (:account_no COLLATE "C", CAST(:ordinal AS bigint))
    ) AS sent
) AS transfer
WHERE (:state = '' OR state = :state) ORDER BY account_no, ordinal LIMIT :size
""")
_VERSIONS: Final = text(f"""
SELECT {", ".join(OBLIGATION)}, {OWED_BY.format(owed="stood", by="confirmed_time <= stood.recorded_time")},
       version_id, recorded_time
FROM obligation_version AS stood
WHERE period = :period AND credit_code = :credit_code AND recorded_time <= :at AND version_id > :after
ORDER BY version_id LIMIT :size
""")  # noqa: S608
# Of an issued table no row changes any more.
_ALLOCATIONS: Final = text(f"""
SELECT table_no, period, kind, confirmed_time,
       {", ".join(f"given.{name}" for name in ENTITY_ROW)}
FROM issuance JOIN issuance_row AS given USING (table_no)
WHERE status = 'issued' AND confirmed_time <= :at AND (:table_no = '' OR table_no = :table_no)
AND (:credit_code = '' OR credit_code = :credit_code)
AND (:province_code = '' OR province_code = :province_code)
AND (credit_code, table_no) > (:after_code COLLATE "C", :after_table COLLATE "C")
ORDER BY credit_code, table_no LIMIT :size
""")  # noqa: S608
# An entry is corrected anew once its correction was undone: the last one counts.
_REVISION: Final = text("""
SELECT revision FROM issuance_version
WHERE table_no = :table_no AND recorded_time <= :at AND (:province_code = '' OR province_code = :province_code)
ORDER BY version_id DESC LIMIT 1
""")
_DIFFERENCES: Final = text("""
SELECT difference_id, credit_code, unit_no, year, column_name, transmitted_tco2e, recomputed_tco2e
FROM issuance_difference WHERE table_no = :table_no AND revision = :revision AND difference_id > :after
ORDER BY difference_id LIMIT :size
""")
_CORRECTION: Final = text("""
SELECT registration_no FROM entry_correction JOIN change_registration USING (registration_no)
WHERE corrects = :transfer_no AND confirmed_time <= :at
ORDER BY confirmed_time DESC, registration_no DESC LIMIT 1
""")


class SqlHistoryReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def transactions(
        self, wanted: TransactionSearch, *, recorded_by: datetime, at: datetime, page: PageOf
    ) -> Sequence[TransactionView]:
        """Give transactions recorded by a moment by number; whose the accounts are is told as of the other one."""
        accounts = await self._accounts(wanted.of, at)
        filters = TransactionFilter(
            accounts=accounts,
            kind=wanted.kind,
            product=wanted.product,
            flow_id=wanted.flow_id,
            **({} if wanted.opening is None else {"opening": wanted.opening}),
        )
        found = await find_transactions(
            self._connection,
            tables.ledger,
            filters,
            recorded=recorded_by,
            after=int(page.after[0]) if page.after else 0,
            page_size=page.size,
        )
        own = _own(wanted.of, accounts)
        return [_transaction(line, own) for line in found]

    async def transaction(
        self, transfer_no: str, *, of: OfAccounts, at: datetime
    ) -> tuple[TransactionView, str]:
        """Give a transaction that one of the accounts had part in, and what corrected it by a moment.

        TRANSFER_NOT_FOUND.
        """
        found = await find_transaction(self._connection, tables.ledger, transfer_no, recorded=at)
        accounts = await self._accounts(of, at)
        if found is not None and accounts is not None:
            entry = found[1].entry
            found = found if {entry.source.account, entry.destination.account} & set(accounts) else None
        if found is None:
            raise TransferNotFound(f"there is no transfer {transfer_no}", transfer_no=transfer_no)
        corrections = await fetch(self._connection, _CORRECTION, transfer_no=transfer_no, at=at)
        view = _transaction(found, _own(of, accounts))
        return view, corrections[0].registration_no if corrections else ""

    async def trading_transfers(
        self, of: OfAccounts, *, state: TransferState | None, at: datetime, page: PageOf
    ) -> Sequence[TransferView]:
        """Give what was sent to trading by account and number, as it stood at a moment."""
        account_no, ordinal = page.after or ("", 0)
        accounts = await self._accounts(of, at)
        rows = await fetch(
            self._connection,
            _TRANSFERS,
            accounts=None if accounts is None else list(accounts),
            state=state or "",
            at=at,
            account_no=account_no,
            ordinal=ordinal,
            size=page.size,
        )
        return [_transfer(row) for row in rows]

    async def obligation_versions(
        self, credit_code: str, period: str, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[ObligationVersion]:
        """Give every step of an obligation by a moment, oldest first; OBLIGATION_NOT_FOUND."""
        await obligation_as_of(self._connection, credit_code, period, province_code=province_code, at=at)
        rows = await fetch(
            self._connection,
            _VERSIONS,
            credit_code=credit_code,
            period=period,
            at=at,
            after=int(page.after[0]) if page.after else 0,
            size=page.size,
        )
        return [
            ObligationVersion(
                version_id=row.version_id, obligation=obligation_of(row), recorded_time=row.recorded_time
            )
            for row in rows
        ]

    async def allocations(
        self, *, credit_code: str, province_code: str, table_no: str, at: datetime, page: PageOf
    ) -> Sequence[AllocationView]:
        """Give rows of tables issued by a moment, by entity and table."""
        after_code, after_table = page.after or ("", "")
        rows = await fetch(
            self._connection,
            _ALLOCATIONS,
            credit_code=credit_code,
            province_code=province_code,
            table_no=table_no,
            at=at,
            after_code=after_code,
            after_table=after_table,
            size=page.size,
        )
        return [
            AllocationView(
                table_no=row.table_no,
                period=row.period,
                kind=TableKind(row.kind),
                row=entity_row_of(row),
                issued_time=row.confirmed_time,
            )
            for row in rows
        ]

    async def differences(
        self, table_no: str, *, province_code: str, at: datetime, page: PageOf
    ) -> tuple[int, Sequence[DifferenceView]]:
        """Give the transmission of a table that stood at a moment and what differs in it; TABLE_NOT_FOUND."""
        stood = await fetch(
            self._connection, _REVISION, table_no=table_no, province_code=province_code, at=at
        )
        if not stood:
            raise TableNotFound(f"there is no table {table_no}", table_no=table_no)
        rows = await fetch(
            self._connection,
            _DIFFERENCES,
            table_no=table_no,
            revision=stood[0].revision,
            after=int(page.after[0]) if page.after else 0,
            size=page.size,
        )
        return stood[0].revision, [_difference(row) for row in rows]

    async def _accounts(self, of: OfAccounts, at: datetime) -> Sequence[AccountNo] | None:
        """Give the accounts that are meant, as they stood at a moment; None for all. ACCOUNT_NOT_FOUND."""
        if of.account_no:
            named = await SqlReader(self._connection).account(
                of.account_no, credit_code=of.holder_no, province_code=of.province_code, at=at
            )
            return [AccountNo(named.account_no)]
        if not (of.holder_no or of.province_code):
            return None
        found = await SqlAccountReader(self._connection).accounts(
            of, kind=None, status=None, at=at, page=_ALL
        )
        ensure(len(found) <= _ACCOUNTS_MAX, "a province has a bounded size")
        return [AccountNo(account.account_no) for account in found]


def _own(of: OfAccounts, accounts: Sequence[AccountNo] | None) -> Set[AccountNo] | None:
    """Give the accounts of a reader that sees its own only; None for one that sees all."""
    return frozenset(accounts or ()) if of.holder_no or of.province_code else None


def _transaction(numbered: NumberedLine, own: Set[AccountNo] | None) -> TransactionView:
    number, line = numbered
    return TransactionView(
        transaction_no=number,
        batch_no=line.batch_no,
        entry=line.entry if own is None else without_other_party(line.entry, own),
        recorded_time=line.recorded_time,
    )


def _difference(row: AnyRow) -> DifferenceView:
    difference = Difference(
        credit_code=row.credit_code,
        unit_no=row.unit_no,
        year=row.year,
        column=row.column_name,
        transmitted_tco2e=row.transmitted_tco2e,
        recomputed_tco2e=row.recomputed_tco2e,
    )
    return DifferenceView(difference_id=row.difference_id, difference=difference)


def _transfer(row: AnyRow) -> TransferView:
    return TransferView(
        transfer=TradingTransfer(
            transfer_no=row.transfer_no,
            ordinal=row.ordinal,
            account_no=row.account_no,
            product=row.product,
            quantity_tco2e=row.quantity_tco2e,
            state=TransferState(row.state),
        ),
        sent_time=row.sent_time,
        answered_time=row.answered_time,
    )
