"""Reads from the journal, in our own words; no rules.

REG-70  What is shown of two moments is what the entries say that count by the one and were recorded by the other.
REG-71  What an account held when a statement opens and the lines of the statement make what it held when it closes.
REG-72  Every page of a list, of a statement and of an export is of the moment of the first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ets_ledger.domain.journal import EntryProof, TreeHead

from registry.app.queries import PageOf, PostingView
from registry.domain.accounts import Account

SealedHead = tuple[TreeHead, bytes]
"""A signed head with the hash of the last batch under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPeriod:
    """Behind the opening moment and up to the closing one, in business time, as it was known at a third one."""

    opening: datetime
    closing: datetime
    recorded_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementBalance:
    """What an account held of a product in a bucket at the two ends of a statement, tCO2e."""

    product: str
    bucket: str
    opening_tco2e: int
    closing_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One posting of a statement."""

    posting: PostingView
    # Transfer that this one corrects.
    corrects: str
    # What the account held of the product in the bucket after it, in the order of the journal, tCO2e.
    balance_tco2e: int
    counter_account_no: str
    counter_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account, what it held at both ends of a period, and a page of what happened between."""

    account: Account
    # By product and bucket; those that held nothing at both ends are left out.
    balances: Sequence[StatementBalance]
    # In the order of the journal.
    lines: Sequence[StatementLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Evidence that a transfer is in the journal under a signed head."""

    proof: EntryProof
    # Bytes of the transfer's leaf in the batch's tree.
    leaf: bytes
    head: SealedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Evidence that the journal under a larger head only appended to that under a smaller one."""

    smaller: SealedHead
    larger: SealedHead
    path: Sequence[bytes]


class JournalReader(Protocol):
    """Reads from the journal in one snapshot of the database."""

    async def statement(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        period: StatementPeriod,
        page: PageOf,
    ) -> Statement:
        """Give the statement of an account, its lines by posting number; ACCOUNT_NOT_FOUND."""
        ...

    async def tree_heads(
        self, *, first: date, last: date, signed_by: datetime, size: int
    ) -> Sequence[SealedHead]:
        """Give signed heads of a range of business dates."""
        ...

    async def consistency(self, first: date, last: date) -> Consistency:
        """Prove that the heads of two dates are of one history; TREE_HEAD_NOT_FOUND."""
        ...

    async def inclusion(self, transfer_no: str, business_date: date | None) -> Inclusion:
        """Prove that a transfer is under the head of a date, or under the first that covers it.

        TRANSFER_NOT_FOUND, TREE_HEAD_NOT_FOUND.
        """
        ...
