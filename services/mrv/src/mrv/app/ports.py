"""What the use cases need from outside, in the management platform's own words.

Everything here happens in the one transaction of the use case; nobody commits. Reads that lock say so, and lock in the
order of the keys, so that two batches never wait for each other in a ring.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from mrv.domain.allocation import Computation, Recorded
from mrv.domain.allocation_table import AllocationTable, Difference
from mrv.domain.compliance import ComplianceStatus, Obligation
from mrv.domain.events import Fact
from mrv.domain.handover import HandoverRow, LastHandover, Manifest, Receipt
from mrv.domain.offset_application import CcerAccount, OffsetApplication
from mrv.domain.roster import Entity
from mrv.domain.units import Unit, UnitKey, VerifiedYear
from mrv.domain.weekly_summary import WeeklySummary

EntityPeriod = tuple[str, str]
"""Credit code and compliance period."""


class Roster(Protocol):
    """Entities, their units and their verified years."""

    async def listed(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, Entity]:
        """Give the entities among these that are listed."""
        ...

    async def lock_listing(self) -> None:
        """Keep others from changing the roster meanwhile."""
        ...

    async def add_entities(self, entities: Sequence[Entity], *, at: datetime) -> None:
        """List entities."""
        ...

    async def units(self, keys: Collection[UnitKey]) -> Mapping[UnitKey, Unit]:
        """Give the units among these that are recorded."""
        ...

    async def units_of_province(
        self, province_code: str, keys: Collection[UnitKey]
    ) -> Mapping[UnitKey, Unit]:
        """Give the units among these whose owner is listed in the province."""
        ...

    async def add_units(self, units: Sequence[Unit], *, at: datetime) -> None:
        """Record units."""
        ...

    async def put_years(self, years: Sequence[VerifiedYear], *, at: datetime) -> None:
        """Record verified years in the place of earlier ones; a unit and year is given once."""
        ...

    async def recorded(self, *, province_code: str, period: str, years: Sequence[int]) -> Recorded:
        """Give all that a table of these years is computed from."""
        ...


class Tables(Protocol):
    """Allocation tables."""

    async def lock(self, table_nos: Collection[str]) -> Mapping[str, AllocationTable]:
        """Give the tables among these, locked."""
        ...

    async def get(self, table_nos: Collection[str]) -> Mapping[str, AllocationTable]:
        """Give the tables among these as they are."""
        ...

    async def save(self, table: AllocationTable, *, at: datetime) -> None:
        """Store where a table stands and keep where it stood."""
        ...

    async def add_rows(self, table: AllocationTable, rows: Computation) -> None:
        """Store the rows of the table's computation."""
        ...

    async def rows(self, table: AllocationTable) -> Computation:
        """Give the rows of the table's computation."""
        ...

    async def issued_tco2e(self, table: AllocationTable) -> Mapping[str, int]:
        """Give by credit code what the table's computation issues."""
        ...

    async def transmission(self, table_no: str, revision: int) -> AllocationTable | None:
        """Give the table as it was sent with a revision."""
        ...

    async def add_differences(
        self, table_no: str, revision: int, differences: Sequence[Difference], *, at: datetime
    ) -> None:
        """Store what the registry found in a transmission."""
        ...


class Obligations(Protocol):
    """Obligations and what is registered towards them."""

    async def impose(self, table: AllocationTable, *, at: datetime) -> None:
        """Take the obligations of an issued verified table."""
        ...

    async def lock(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, Obligation]:
        """Give the obligations among these, locked, so that one batch at a time counts an entity's applications."""
        ...

    async def add_status(self, status: ComplianceStatus, *, at: datetime) -> None:
        """Keep what the registry told, after what it told before."""
        ...


class Offsets(Protocol):
    """Applications to use CCER, and what they are checked against."""

    async def projects(self, project_nos: Collection[str]) -> Mapping[str, bool]:
        """Give for each known project whether it is inside the national market."""
        ...

    async def put_project(self, project_no: str, *, is_inside_national_market: bool) -> None:
        """Remember a project with its mark."""
        ...

    async def accounts(self, account_nos: Collection[str]) -> Mapping[str, CcerAccount]:
        """Give the known accounts among these."""
        ...

    async def put_account(self, account: CcerAccount) -> None:
        """Remember an account as it is now."""
        ...

    async def applied(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, tuple[int, int]]:
        """Give what is applied for and not refused, tCO2e, and the last ordinal, of those who applied."""
        ...

    async def add(self, applications: Sequence[OffsetApplication]) -> None:
        """Store new applications."""
        ...

    async def peek(self, application_nos: Collection[str]) -> Mapping[str, OffsetApplication]:
        """Give the applications among these."""
        ...

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, OffsetApplication]:
        """Give the applications among these, locked."""
        ...

    async def save(self, applications: Sequence[OffsetApplication], *, at: datetime) -> None:
        """Store decisions and cancelled quantities, and keep where the applications stood."""
        ...

    async def add_receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Keep a cancellation's receipt; false when it is there already."""
        ...


class Summaries(Protocol):
    """Weekly summaries."""

    async def lock(self) -> None:
        """Keep others from making summaries meanwhile."""
        ...

    async def counts(self, business_date: date) -> tuple[int, int] | None:
        """Give the number of summaries and of their rows of a Friday, if it has any."""
        ...

    async def unsummarised(self, before: datetime) -> Sequence[OffsetApplication]:
        """Give the applications decided before a moment that no summary has."""
        ...

    async def add(self, summaries: Sequence[WeeklySummary], *, at: datetime) -> None:
        """Store summaries, and mark their applications as summarised."""
        ...


class Handovers(Protocol):
    """The provinces' copies of hand-overs."""

    async def lock_last(self, province_code: str) -> LastHandover | None:
        """Give the last copy of a province, and keep others from adding one meanwhile."""
        ...

    async def digest_of(self, handover_no: str) -> bytes | None:
        """Give the manifest digest of the copy of a hand-over, if there is one."""
        ...

    async def add(self, manifest: Manifest, rows: Sequence[HandoverRow], *, at: datetime) -> None:
        """Store a copy."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def roster(self) -> Roster:
        """The roster."""
        ...

    @property
    def tables(self) -> Tables:
        """The allocation tables."""
        ...

    @property
    def obligations(self) -> Obligations:
        """The obligations."""
        ...

    @property
    def offsets(self) -> Offsets:
        """The applications to use CCER."""
        ...

    @property
    def summaries(self) -> Summaries:
        """The weekly summaries."""
        ...

    @property
    def handovers(self) -> Handovers:
        """The copies of hand-overs."""
        ...

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        ...
