"""What change registrations need from outside, in the registry's own words; part of the transaction of `ports.py`."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

from registry.domain.change import ChangeRegistration, Merger, Succession
from registry.domain.corrected_records import RecordChange
from registry.domain.corrected_standing import TakenBack
from registry.domain.judicial_freeze import JudicialFreeze


class Changes(Protocol):
    """Change registrations, freezes, corrected entries, and obligations that were taken over."""

    async def hold(self) -> None:
        """Let nobody else file, propose, decide or carry out change registrations meanwhile.

        Before any account is locked: what is read here afterwards stays as it is until the commit.
        """
        ...

    async def last_ordinal(self) -> int:
        """Give the number of the last registration; 0 when there is none."""
        ...

    async def among(self, registration_nos: Collection[str]) -> Mapping[str, ChangeRegistration]:
        """Give the registrations among these."""
        ...

    async def add(self, changes: Sequence[ChangeRegistration]) -> None:
        """Store new registrations with their lines."""
        ...

    async def save(self, changes: Sequence[ChangeRegistration]) -> None:
        """Store where registrations stand; of confirmed ones also what was settled when they were carried out."""
        ...

    async def freezes(self, freeze_nos: Collection[str]) -> Mapping[str, JudicialFreeze]:
        """Give the freezes among these."""
        ...

    async def freezes_of(self, account_nos: Collection[str]) -> Mapping[str, JudicialFreeze]:
        """Give the freezes that hold units of these accounts."""
        ...

    async def put_freezes(self, freezes: Sequence[JudicialFreeze], *, at: datetime) -> None:
        """Store new and changed freezes, and keep what each of them held before."""
        ...

    async def corrected(self, transfer_ids: Collection[str]) -> Set[str]:
        """Give those of the entries that are corrected, and whose correction was not undone."""
        ...

    async def add_record_changes(
        self,
        registration_no: str,
        changes: Collection[RecordChange],
        *,
        completed: Mapping[tuple[str, str], datetime | None],
        at: datetime,
    ) -> None:
        """Keep what a correction did to records; `completed`: since when obligations were complete before."""
        ...

    async def taken_back(self, registration_nos: Collection[str]) -> Mapping[tuple[str, str, str], TakenBack]:
        """Give what these registrations took back of obligations, by registration, entity and period."""
        ...

    async def earmarked(self, province_codes: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what these provinces' accounts hold for entities, by province and product, tCO2e."""
        ...

    async def mergers(self, credit_codes: Collection[str] | None = None) -> Sequence[Merger]:
        """Give all mergers in the order in which they were carried out; none where none absorbed one of these."""
        ...

    async def add_successions(self, successions: Sequence[tuple[str, Succession]]) -> None:
        """Store obligations that were imposed on absorbed entities, each with the number of the merger."""
        ...

    async def successions_to(self, credit_code: str) -> Sequence[Succession]:
        """Give the obligations of others that an entity owes now."""
        ...
