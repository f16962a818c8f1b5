"""Reads about what is to be deducted and what is earmarked, as of a moment, in our own words; no rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.domain.adjustment import AdjustmentChange
from registry.domain.earmark import EarmarkChange


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAdjustment:
    """A change of what is to be deducted, and when it was recorded."""

    change: AdjustmentChange
    recorded_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEarmark:
    """A change of what is earmarked, and when it was recorded."""

    change: EarmarkChange
    recorded_time: datetime


class AllocationReader(Protocol):
    """What can be read; an empty province or entity stands for all."""

    async def adjustments(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[RecordedAdjustment]:
        """Give changes of what is to be deducted, by entity, period and number."""
        ...

    async def earmarks(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[RecordedEarmark]:
        """Give changes of what is earmarked, by entity, product and number."""
        ...
