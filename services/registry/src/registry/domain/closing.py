"""Closing of accounts (注销登记账户).

Source: 碳排放权登记管理规则（试行）, 公告2021年第21号, 2021-05-14: an account is closed when a legal person merges, is
split, dissolved or bankrupt, when a person dies, or in other cases of the law.

REG-26  An account is closed only while it is empty in every bucket and nothing of it is pending.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry.domain.accounts import AUTHORITIES, Account, AccountStatus, next_version
from registry.domain.errors import AccountBusy, AccountKindWrong, AccountNotEmpty


class ClosingReason(StrEnum):
    """Why an account is closed."""

    MERGED = "merged"
    SPLIT = "split"
    DISSOLVED = "dissolved"
    BANKRUPT = "bankrupt"
    DIED = "died"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The wish to close an account."""

    reason: ClosingReason
    note: str


def close(
    account: Account, *, is_empty: bool, pending: Collection[str], at: datetime
) -> Account | AccountKindWrong | AccountNotEmpty | AccountBusy:
    """Close an open account; its number stays its holder's, who may apply for it again."""
    if account.kind in AUTHORITIES:
        return AccountKindWrong(f"an account of kind {account.kind} is not closed", kind=account.kind)
    if not is_empty:
        return AccountNotEmpty(f"{account.account_no} holds units", account_no=account.account_no)
    if pending:
        return busy(account, pending)

    # From here on the account is closed; its operators end with it, and its restrictions stay on record.
    return next_version(account, status=AccountStatus.CLOSED, closed_time=at, is_confirmation_needed=False)


def busy(account: Account, pending: Collection[str]) -> AccountBusy:
    """Refuse what has to wait for something pending of an account, in words."""
    named = ", ".join(sorted(pending))
    return AccountBusy(f"{account.account_no} has {named}", account_no=account.account_no, pending=named)
