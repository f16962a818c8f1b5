"""What the work on accounts needs from outside, in the registry's own words.

Whoever asks for what belongs to accounts has locked them, so nobody else changes it meanwhile.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

from registry.domain.account_applications import AccountApplication, ApplicationKind
from registry.domain.accounts import Account, AccountStep, AddressedAccounts, AddressedHolders
from registry.domain.instructions import Instruction
from registry.domain.operators import Operator
from registry.domain.restrictions import Restriction


class Accounts(Protocol):
    """Registration accounts."""

    async def among(self, account_nos: Collection[str]) -> AddressedAccounts:
        """Give the open accounts among these."""
        ...

    async def open_among(self, account_nos: Collection[str]) -> Set[str]:
        """Give the numbers among these that have an open account."""
        ...

    async def keep_open(self) -> None:
        """Let nobody close an account meanwhile: for whoever counts on open accounts without a lock on each."""
        ...

    async def hold_closings(self) -> None:
        """Wait until nobody counts on accounts to stay open, and let nobody do so meanwhile."""
        ...

    async def hold_openings(self) -> None:
        """Let nobody else open accounts or apply for them meanwhile."""
        ...

    async def lock(self, account_nos: Collection[str]) -> AddressedAccounts:
        """Give the open accounts among these, locked: nobody else moves what they hold by command meanwhile."""
        ...

    async def lock_known(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these wherever they stand, locked."""
        ...

    async def lock_of_holders(self, holder_nos: Collection[str]) -> AddressedHolders:
        """Give the open accounts of these holders by holder, locked."""
        ...

    async def known_of_holders(self, holder_nos: Collection[str]) -> Mapping[str, Sequence[Account]]:
        """Give every account that these holders have, had or applied for, by holder."""
        ...

    async def person_count(self) -> int:
        """Count the accounts of persons, opened or not."""
        ...

    async def add(self, accounts: Sequence[Account]) -> None:
        """Put accounts on record that were not there."""
        ...

    async def save(self, steps: Sequence[AccountStep], *, at: datetime) -> None:
        """Keep each step, and how the accounts stand after the last of each."""
        ...


class AccountApplications(Protocol):
    """Applications about accounts."""

    async def get(self, application_nos: Collection[str]) -> Mapping[str, AccountApplication]:
        """Give those that exist."""
        ...

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        ...

    async def waiting(self, account_nos: Collection[str]) -> Mapping[tuple[str, ApplicationKind], str]:
        """Give the numbers of those that wait for a review, by account and kind."""
        ...

    async def add(self, applications: Sequence[AccountApplication]) -> None:
        """Store new ones with their papers."""
        ...

    async def save(self, applications: Sequence[AccountApplication]) -> None:
        """Store status, reviews and times."""
        ...

    async def pending(self, accounts: Collection[Account]) -> Mapping[str, frozenset[str]]:
        """Give in words what of accounts waits beside their applications for closing, by account that has anything."""
        ...


class Operators(Protocol):
    """Operators of accounts."""

    async def of(self, account_nos: Collection[str]) -> Mapping[str, Sequence[Operator]]:
        """Give every span of accounts that have any, in order."""
        ...

    async def save(self, operators: Sequence[Operator]) -> None:
        """Store spans, new or ended."""
        ...


class Restrictions(Protocol):
    """Restrictions of use."""

    async def of(self, account_nos: Collection[str]) -> Mapping[str, Sequence[Restriction]]:
        """Give every restriction of accounts that have any, in order."""
        ...

    async def save(self, restrictions: Sequence[Restriction]) -> None:
        """Store restrictions, new or lifted."""
        ...


class Instructions(Protocol):
    """Commands that a second operator confirms."""

    async def get(self, instruction_nos: Collection[str]) -> Mapping[str, Instruction]:
        """Give those that exist."""
        ...

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        ...

    async def save(self, instructions: Sequence[Instruction]) -> None:
        """Store instructions, new or decided."""
        ...
