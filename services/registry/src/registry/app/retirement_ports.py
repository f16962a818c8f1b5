"""What cancellation and carry-over need from outside, in the registry's own words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from registry.domain.cancellation import CancellationApplication
from registry.domain.carry_over import CarryOverApplication, CarryOverRun
from registry.domain.carry_over_notice import CarryOverSuccession, Finding, Notice, Sales


class Cancellations(Protocol):
    """Applications to cancel units."""

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        ...

    async def add(self, applications: Sequence[CancellationApplication]) -> None:
        """Store new applications."""
        ...

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, CancellationApplication]:
        """Give applications, locked."""
        ...

    async def save(self, applications: Sequence[CancellationApplication]) -> None:
        """Store status, people and times."""
        ...

    async def lock_last_certificate(self, year: int) -> int:
        """Give the number of certificates of a year; nobody else issues one meanwhile."""
        ...


class CarryOvers(Protocol):
    """Findings, notices, applications and runs of the carry-over."""

    async def hold_notices(self) -> None:
        """Let nobody else declare net sales or issue notices meanwhile."""
        ...

    async def holdings(
        self, products: Collection[str], buckets: Collection[str], *, at: datetime
    ) -> Mapping[str, int]:
        """Give what each account held of the products at a moment, by account, from the journal."""
        ...

    async def sales(
        self, account_nos: Collection[str], products: Collection[str], *, first: date, last: date
    ) -> Mapping[str, Sales]:
        """Count what accounts sold and bought on trading dates, by account."""
        ...

    async def declared(self, credit_codes: Collection[str]) -> Mapping[str, Sales]:
        """Give the last declaration of the trading system by entity."""
        ...

    async def declare(self, declared: Mapping[str, Sales], *, by: str, at: datetime) -> None:
        """Keep declarations of the trading system."""
        ...

    async def findings(self, credit_codes: Collection[str]) -> Mapping[str, Finding]:
        """Give the last finding by entity."""
        ...

    async def add_findings(self, findings: Sequence[Finding]) -> None:
        """Keep findings."""
        ...

    async def notices(self, credit_codes: Collection[str]) -> Mapping[str, Notice]:
        """Give the notices of entities that have one, locked."""
        ...

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Store notices."""
        ...

    async def save_notices(self, notices: Sequence[Notice]) -> None:
        """Store what is applied for, and what was taken over."""
        ...

    async def rights(self) -> Mapping[str, int]:
        """Give what entities took over of carry-over notices and have not given on, tCO2e, other than nothing."""
        ...

    async def add_succession(self, registration_no: str, succession: CarryOverSuccession) -> None:
        """Store that what was left of a notice went over by a merger."""
        ...

    async def last_ordinals(self, credit_codes: Collection[str]) -> Mapping[str, int]:
        """Give the last number of an application used by entities that have one."""
        ...

    async def released(
        self, account_nos: Collection[str], *, since: datetime
    ) -> Mapping[tuple[str, str], int]:
        """Give what was frozen at a moment and a court has released since, by account and product."""
        ...

    async def applied_late(self, credit_codes: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what is applied for in the late batch and not withdrawn, by entity and product."""
        ...

    async def add(self, applications: Sequence[CarryOverApplication]) -> None:
        """Store new applications."""
        ...

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, CarryOverApplication]:
        """Give applications, locked."""
        ...

    async def lock_waiting(self, batch_nos: Collection[int]) -> Sequence[CarryOverApplication]:
        """Give the applications of batches that wait for a run, locked, by number."""
        ...

    async def lock_of_runs(self, run_nos: Iterable[str]) -> Sequence[CarryOverApplication]:
        """Give the applications of runs, locked, by number."""
        ...

    async def save(self, applications: Sequence[CarryOverApplication]) -> None:
        """Store status, run and times."""
        ...

    async def last_run_ordinals(self) -> Mapping[int, int]:
        """Give the last number of a run by batch; nobody else makes one meanwhile."""
        ...

    async def add_runs(self, runs: Sequence[CarryOverRun], members: Sequence[CarryOverApplication]) -> None:
        """Store new runs with the applications that they took."""
        ...

    async def lock_runs(self, run_nos: Collection[str]) -> Mapping[str, CarryOverRun]:
        """Give runs, locked."""
        ...

    async def save_runs(self, runs: Sequence[CarryOverRun]) -> None:
        """Store decisions about runs."""
        ...
