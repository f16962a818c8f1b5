"""Reads from the journal, in our own words; no rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf, PostingView
from registry.domain.accounts import Account


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
