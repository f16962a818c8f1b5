"""What the use cases of surrender need beside `registry.app.ports`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from registry.domain.forced_surrender import ForcedSurrender
from registry.domain.obligation_change import ObligationChange

EntityPeriod = tuple[str, str]
"""Credit code and compliance period."""


class ObligationChanges(Protocol):
    """Changes of obligations."""

    async def last_ordinals(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, int]:
        """Give the last number used by obligations that have one."""
        ...

    async def add(self, changes: Sequence[ObligationChange]) -> None:
        """Store changes."""
        ...

    async def lock(self, change_nos: Collection[str]) -> Mapping[str, ObligationChange]:
        """Give the changes among these, locked."""
        ...

    async def save(self, changes: Sequence[ObligationChange]) -> None:
        """Store that changes were confirmed."""
        ...


class ForcedSurrenders(Protocol):
    """Forced surrenders."""

    async def last_ordinals(self, credit_codes: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by entities that have one."""
        ...

    async def add(self, cases: Sequence[ForcedSurrender]) -> None:
        """Store proposed cases."""
        ...

    async def lock(self, case_nos: Collection[str]) -> Mapping[str, ForcedSurrender]:
        """Give the cases among these, locked."""
        ...

    async def save(self, cases: Sequence[ForcedSurrender]) -> None:
        """Store that cases were registered."""
        ...
