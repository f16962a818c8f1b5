"""Reads of change registrations and freezes, as of a moment; paging as in `queries.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.domain.change import ChangeKind, ChangeRegistration, ChangeStatus, Document
from registry.domain.judicial_freeze import JudicialFreeze


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which registrations; what is empty or None filters nothing."""

    province_code: str = ""
    kind: ChangeKind | None = None
    status: ChangeStatus | None = None
    account_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeFilter:
    """Which freezes; what is empty filters nothing."""

    province_code: str = ""
    credit_code: str = ""
    account_no: str = ""
    includes_ended: bool = False


class ChangeReader(Protocol):
    """Reads in one snapshot of the database."""

    async def changes(
        self, wanted: ChangeFilter, *, at: datetime, page: PageOf
    ) -> Sequence[ChangeRegistration]:
        """Give registrations by number, as they stood at a moment."""
        ...

    async def change(self, registration_no: str, *, province_code: str, at: datetime) -> ChangeRegistration:
        """Give a registration as it stood at a moment; CHANGE_NOT_FOUND, for one of another province too."""
        ...

    async def freezes(
        self, wanted: FreezeFilter, *, at: datetime, page: PageOf
    ) -> Sequence[tuple[JudicialFreeze, Document]]:
        """Give freezes by number with what each held at a moment and in which account, and its document."""
        ...
