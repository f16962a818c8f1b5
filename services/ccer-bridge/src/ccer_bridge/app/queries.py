"""Every read of the voluntary-reduction registry, as of a moment, in our own words; no rules.

`at` is the moment asked for and never lies in the future. What a list gives is in the order of its key, one row more
than `size` where the list goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ccer_bridge.domain.accounts import Account
from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.handover import HandoverState
from ccer_bridge.domain.projects import Project

Key = tuple[str | int, ...]
"""Where a page starts: the key of the last row before it; () is the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """How many rows are wanted, after which key."""

    size: int
    after: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingView:
    """What an account holds of a product in a bucket, tCO2e."""

    account_no: str
    product: str
    bucket: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoversWanted:
    """Which hand-overs; empty and None mean all."""

    province_code: str
    business_date: date | None
    is_unacknowledged_only: bool


class CcerReader(Protocol):
    """Reads in one snapshot of the database."""

    async def account_with_holdings(
        self, account_no: str, *, credit_code: str, at: datetime, effective: datetime | None
    ) -> tuple[Account, Sequence[HoldingView]]:
        """Give an account as it stood at a moment with what it held; without a time, what it holds now.

        ACCOUNT_NOT_FOUND, also for another holder's account.
        """
        ...

    async def projects(self, *, at: datetime, page: PageOf) -> Sequence[Project]:
        """Give projects registered by a moment, by number."""
        ...

    async def cancellations(
        self, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[Cancellation]:
        """Give cancellations made by a moment, of a province or of all, by number."""
        ...

    async def handovers(
        self, wanted: HandoversWanted, *, at: datetime, page: PageOf
    ) -> Sequence[HandoverState]:
        """Give hand-overs issued by a moment, with what was answered and alarmed by then, by date and province."""
        ...
