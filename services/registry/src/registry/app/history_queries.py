"""Looking up what has happened, as of a moment; paging as in `queries.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ets_ledger.domain.entries import Entry

from registry.app.account_queries import OfAccounts
from registry.app.queries import PageOf
from registry.domain.allocation_table import Difference, EntityRow, TableKind
from registry.domain.obligation import Obligation
from registry.domain.trading import TradingTransfer, TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSearch:
    """Which transactions; what is empty or None filters nothing."""

    of: OfAccounts
    kind: str = ""
    product: str = ""
    flow_id: str = ""
    # Recorded after this moment.
    opening: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionView:
    """An entry of the journal with its place there."""

    # From 1 without gaps.
    transaction_no: int
    batch_no: int
    entry: Entry
    recorded_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferView:
    """Units sent to trading, as they stood."""

    transfer: TradingTransfer
    sent_time: datetime
    answered_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationVersion:
    """How an obligation stood from a moment on."""

    version_id: int
    obligation: Obligation
    recorded_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationView:
    """What an issued table gave an entity, with the table and when it was issued."""

    table_no: str
    period: str
    kind: TableKind
    row: EntityRow
    issued_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """A figure that differs, with its number among all differences."""

    difference_id: int
    difference: Difference


class HistoryReader(Protocol):
    """Reads in one snapshot of the database; an account that is named has to have been open: ACCOUNT_NOT_FOUND."""

    async def transactions(
        self, wanted: TransactionSearch, *, recorded_by: datetime, at: datetime, page: PageOf
    ) -> Sequence[TransactionView]:
        """Give transactions recorded by a moment by number; whose the accounts are is told as of the other one."""
        ...

    async def transaction(
        self, transfer_no: str, *, of: OfAccounts, at: datetime
    ) -> tuple[TransactionView, str]:
        """Give a transaction that one of the accounts had part in, and what corrected it by a moment.

        TRANSFER_NOT_FOUND.
        """
        ...

    async def trading_transfers(
        self, of: OfAccounts, *, state: TransferState | None, at: datetime, page: PageOf
    ) -> Sequence[TransferView]:
        """Give what was sent to trading by account and number, as it stood at a moment."""
        ...

    async def obligation_versions(
        self, credit_code: str, period: str, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[ObligationVersion]:
        """Give every step of an obligation by a moment, oldest first; OBLIGATION_NOT_FOUND."""
        ...

    async def allocations(
        self, *, credit_code: str, province_code: str, table_no: str, at: datetime, page: PageOf
    ) -> Sequence[AllocationView]:
        """Give rows of tables issued by a moment, by entity and table."""
        ...

    async def differences(
        self, table_no: str, *, province_code: str, at: datetime, page: PageOf
    ) -> tuple[int, Sequence[DifferenceView]]:
        """Give the transmission of a table that stood at a moment and what differs in it; TABLE_NOT_FOUND."""
        ...
