"""Every read of the registry, as of a moment, in our own words; no rules.

`at` is the moment asked for and never lies in the future. What a list gives is in the order of its key, one row more
than `size` where the list goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ets_ledger.domain.journal import TreeHead

from registry.domain.accounts import Account
from registry.domain.allocation_table import Issuance
from registry.domain.obligation import Obligation
from registry.domain.surrender import SurrenderApplication, SurrenderStatus

Key = tuple[str | int, ...]
"""Where a page starts: the key of the last row before it; () is the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """How many rows are wanted, after which key."""

    size: int
    after: Key

    @property
    def after_text(self) -> str:
        """The key of a list whose key is one text; empty at the start."""
        return str(self.after[0]) if self.after else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingView:
    """What an account holds of a product in a bucket, tCO2e."""

    account_no: str
    product: str
    bucket: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """A run of serials with one owner."""

    product: str
    serial_start: int
    serial_end: int
    origin: str
    account_no: str
    bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingView:
    """One side of a journal entry; postings are numbered from 1 without gaps, debit before credit."""

    entry_no: int
    batch_no: int
    kind: str
    transfer_no: str
    flow_id: str
    account_no: str
    product: str
    bucket: str
    change_tco2e: int
    effective_time: datetime
    recorded_time: datetime
    # Transfer number of the entry that this one corrects; empty for others.
    corrects: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """What became of one serial block of a cancellation, tCO2e."""

    cancellation_no: str
    block_no: int
    handover_no: str
    offset_application_no: str
    credit_code: str
    province_code: str
    product: str
    serial_start: int
    serial_end: int
    used_tco2e: int
    surrender_application_nos: tuple[str, ...]

    @property
    def credited_tco2e(self) -> int:
        """Units in the block."""
        return self.serial_end - self.serial_start + 1


class RegistryReader(Protocol):
    """Reads in one snapshot of the database."""

    async def account_with_holdings(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
    ) -> tuple[Account, Sequence[HoldingView]]:
        """Give an account open at a moment with what it held; without times, what it holds now. ACCOUNT_NOT_FOUND."""
        ...

    async def holdings(
        self,
        *,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
        page: PageOf,
    ) -> Sequence[HoldingView]:
        """Give the holdings of a province's accounts at a moment, or of all, by account, product and bucket.

        Without times, what they hold now.
        """
        ...

    async def blocks(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
        page: PageOf,
    ) -> Sequence[BlockView]:
        """Give what an account open at a moment owned then, by product and serial; without times, what it owns now.

        ACCOUNT_NOT_FOUND.
        """
        ...

    async def postings(
        self, account_no: str, *, after: int, at: datetime, size: int
    ) -> Sequence[PostingView]:
        """Give the journal as it was recorded by a moment, in order, of one account or of all."""
        ...

    async def tree_head(self, business_date: date) -> tuple[TreeHead, bytes]:
        """Give the head of a date with the hash of the last batch under it; TREE_HEAD_NOT_FOUND."""
        ...

    async def issuances(
        self, *, province_code: str, period: str, at: datetime | None, page: PageOf
    ) -> Sequence[Issuance]:
        """Give tables by number, as they stood at a moment; without a time, as they stand now."""
        ...

    async def matched_times(
        self, table_nos: Sequence[str], *, at: datetime
    ) -> Mapping[tuple[str, int], datetime]:
        """Tell when the seals of tables first matched by a moment, by table and revision."""
        ...

    async def applications(
        self, *, province_code: str, period: str, status: SurrenderStatus | None, at: datetime, page: PageOf
    ) -> Sequence[SurrenderApplication]:
        """Give surrender applications by number, as they stood at a moment."""
        ...

    async def obligation(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> Obligation:
        """Give what an entity owed and had registered at a moment; OBLIGATION_NOT_FOUND."""
        ...

    async def obligations(
        self, *, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[Obligation]:
        """Give what the entities of a province, or all, owed and had registered at a moment, by credit code."""
        ...

    async def usages(
        self, *, credit_code: str, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[UsageView]:
        """Give credits that existed at a moment with what was used of them by then, by cancellation and block."""
        ...
