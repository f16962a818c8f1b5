"""What allocation needs from outside: its tables, what is to be deducted, and what provinces hold for entities.

Who reads a last change to add another one has locked the account that it is about: the emitter's for what is to be
deducted, the province's for what is earmarked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from registry.domain.adjustment import AdjustmentChange, Remainders
from registry.domain.allocation_table import Difference, EntityRow, Issuance
from registry.domain.earmark import EarmarkChange, EarmarkKey


class Tables(Protocol):
    """Allocation tables."""

    async def lock(self, table_nos: Collection[str]) -> Mapping[str, Issuance]:
        """Give the tables among these, locked."""
        ...

    async def replace(
        self,
        issuance: Issuance,
        rows: Sequence[EntityRow],
        differences: Sequence[Difference],
        *,
        at: datetime,
    ) -> None:
        """Put a transmission, with the registry's own rows, in the place of an earlier one."""
        ...

    async def save(self, issuances: Sequence[Issuance], *, at: datetime) -> None:
        """Store where tables stand, and keep where they stood before."""
        ...

    async def rows(self, table_nos: Collection[str]) -> Mapping[str, Sequence[EntityRow]]:
        """Give the registry's own rows of tables, in credit-code order."""
        ...


class Adjustments(Protocol):
    """What is to be deducted from entities' allocations."""

    async def remainders(self, credit_codes: Collection[str]) -> Remainders:
        """Give the last change of each of these entities and each period."""
        ...

    async def add(self, changes: Sequence[AdjustmentChange], *, by: str, at: datetime) -> None:
        """Store changes, in order."""
        ...


class Earmarks(Protocol):
    """What provinces' accounts hold for entities."""

    async def last(self, credit_codes: Collection[str]) -> Mapping[EarmarkKey, EarmarkChange]:
        """Give the last change of each of these entities and each product."""
        ...

    async def add(self, changes: Sequence[EarmarkChange], *, at: datetime) -> None:
        """Store changes, in order."""
        ...
