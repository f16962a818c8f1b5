"""Rows of the registry's books about accounts, typed; see `consistency_checker.domain.rows`."""

from typing import NamedTuple

from consistency_checker.domain.rows import State


class AccountVersion(NamedTuple):
    """A step in the life of an account, and how it stood from then on."""

    account_no: str
    version: int
    status: State
    # Names of uses with blanks between, in order.
    restricted_uses: str
    change: State


class AccountRestriction(NamedTuple):
    """A restriction of use."""

    restriction_no: str
    account_no: str
    uses: str
    is_lifted: bool
