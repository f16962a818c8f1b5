"""What change registrations need from outside, in the registry's own words; part of the transaction of `ports.py`."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

from registry.app.surrender_ports import EntityPeriod
from registry.domain.change import ChangeRegistration, Succession
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
        """Give those of the entries that a confirmed registration corrects."""
        ...

    async def earmarked(self, province_codes: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what these provinces' accounts hold for entities, by province and product, tCO2e."""
        ...

    async def owners(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, str]:
        """Give who owes those of the obligations that somebody else took over."""
        ...

    async def successions_to(self, credit_code: str) -> Sequence[Succession]:
        """Give the obligations of others that an entity owes now."""
        ...
