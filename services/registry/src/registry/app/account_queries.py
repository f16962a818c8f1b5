"""Every read about accounts, as of a moment, in our own words; no rules.

`at` is the moment asked for and never lies in the future. What a list gives is in the order of its key, one row more
than the page where the list goes on; empty filters mean all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.domain.account_applications import AccountApplication, ApplicationStatus
from registry.domain.accounts import Account, AccountKind, AccountStatus, AccountStep
from registry.domain.instructions import Instruction, InstructionStatus
from registry.domain.operators import Operator
from registry.domain.restrictions import Restriction


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAccounts:
    """Which accounts are meant: by number, holder and province."""

    account_no: str = ""
    holder_no: str = ""
    province_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountVersion:
    """A step in the life of an account, and when it was made."""

    step: AccountStep
    recorded_time: datetime


class AccountReader(Protocol):
    """Reads in one snapshot of the database."""

    async def account(self, account_no: str, *, at: datetime) -> Account | None:
        """Give an account as it stood at a moment; None before it was opened first."""
        ...

    async def accounts(
        self,
        of: OfAccounts,
        *,
        kind: AccountKind | None,
        status: AccountStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[Account]:
        """Give accounts by number as they stood at a moment, system accounts among them."""
        ...

    async def versions(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[AccountVersion]:
        """Give every step up to a moment, by account and version."""
        ...

    async def applications(
        self, of: OfAccounts, *, status: ApplicationStatus | None, at: datetime, page: PageOf
    ) -> Sequence[AccountApplication]:
        """Give applications by number, as they stood at a moment."""
        ...

    async def restrictions(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[Restriction]:
        """Give restrictions by number, as they stood at a moment."""
        ...

    async def operators(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[Operator]:
        """Give operators by account and registration, as they stood at a moment."""
        ...

    async def instructions(
        self, of: OfAccounts, *, status: InstructionStatus | None, at: datetime, page: PageOf
    ) -> Sequence[Instruction]:
        """Give instructions by number, as they stood at a moment."""
        ...
