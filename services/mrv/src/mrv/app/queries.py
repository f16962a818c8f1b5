"""Every read, without rules: what is asked for, as recorded at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ets_kernel.domain.errors import ApplicationNotFound, TableNotFound
from ets_kernel.domain.provinces import PROVINCES, parse_province_code

from mrv.domain.allocation_table import EntityRow, TableAsOf
from mrv.domain.compliance import ComplianceOverview
from mrv.domain.errors import EntityNotFound
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv.domain.roster import Entity, parse_planned_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """At most `limit` rows whose key comes after `after` (empty: from the start)."""

    after: str
    limit: int


class Reader(Protocol):
    """The management platform's records at one moment of the database."""

    async def entity(self, credit_code: str, at: datetime) -> Entity | None:
        """Give the last listing of an entity."""
        ...

    async def entities(
        self, *, province_code: str, period: str, at: datetime, part: Slice
    ) -> Sequence[Entity]:
        """Give entities in credit-code order; an empty province is all."""
        ...

    async def table(self, table_no: str, at: datetime) -> TableAsOf | None:
        """Give a table as it stood."""
        ...

    async def rows(self, table: TableAsOf, part: Slice) -> Sequence[EntityRow]:
        """Give entity rows in credit-code order."""
        ...

    async def verified_row(self, entity: Entity, at: datetime) -> EntityRow | None:
        """Give the entity's row in the verified table of its province."""
        ...

    async def application(self, application_no: str, at: datetime) -> OffsetApplication | None:
        """Give an application as it stood."""
        ...

    async def applications(
        self,
        *,
        province_code: str,
        period: str,
        status: ApplicationStatus | None,
        at: datetime,
        part: Slice,
    ) -> Sequence[OffsetApplication]:
        """Give applications in number order; an empty province is all."""
        ...

    async def overviews(
        self, *, province_codes: Sequence[str], period: str, at: datetime
    ) -> Sequence[ComplianceOverview]:
        """Give one overview for each province, in order."""
        ...


async def get_entity(credit_code: str, at: datetime, *, reader: Reader) -> tuple[Entity, EntityRow | None]:
    """Give an entity with its row in the verified table; ENTITY_NOT_FOUND."""
    entity = await reader.entity(credit_code, at)
    if entity is None:
        raise EntityNotFound(f"{credit_code} is not on the roster", credit_code=credit_code)
    return entity, await reader.verified_row(entity, at)


async def list_entities(
    *, province_code: str, period: str, at: datetime, part: Slice, reader: Reader
) -> Sequence[Entity]:
    """Give entities of a province, or of all, in credit-code order."""
    _require_province(province_code)
    return await reader.entities(
        province_code=province_code, period=parse_planned_period(period), at=at, part=part
    )


async def get_allocation_table(
    table_no: str, *, province_code: str, at: datetime, reader: Reader
) -> TableAsOf:
    """Give a table of a province; TABLE_NOT_FOUND."""
    found = await reader.table(table_no, at)
    if found is None or found.table.province_code != province_code:
        raise TableNotFound(f"province {province_code} has no table {table_no}", table_no=table_no)
    return found


async def list_allocation_rows(
    table_no: str, *, province_code: str, at: datetime, part: Slice, reader: Reader
) -> Sequence[EntityRow]:
    """Give entity rows of a table in credit-code order; TABLE_NOT_FOUND."""
    found = await get_allocation_table(table_no, province_code=province_code, at=at, reader=reader)
    return await reader.rows(found, part)


async def get_offset_application(
    application_no: str, *, credit_code: str, at: datetime, reader: Reader
) -> OffsetApplication:
    """Give an application of an entity; APPLICATION_NOT_FOUND."""
    found = await reader.application(application_no, at)
    if found is None or found.form.credit_code != credit_code:
        raise ApplicationNotFound(
            f"{credit_code} has no application {application_no}", application_no=application_no
        )
    return found


async def list_offset_applications(
    *,
    province_code: str,
    period: str,
    status: ApplicationStatus | None,
    at: datetime,
    part: Slice,
    reader: Reader,
) -> Sequence[OffsetApplication]:
    """Give applications of a province, or of all, in number order."""
    _require_province(province_code)
    return await reader.applications(
        province_code=province_code,
        period=parse_planned_period(period),
        status=status,
        at=at,
        part=part,
    )


async def list_compliance_overviews(
    *, province_code: str, period: str, at: datetime, reader: Reader
) -> Sequence[ComplianceOverview]:
    """Give the overview of a province, or of each."""
    _require_province(province_code)
    return await reader.overviews(
        province_codes=[province_code] if province_code else list(PROVINCES),
        period=parse_planned_period(period),
        at=at,
    )


def _require_province(province_code: str) -> None:
    if province_code:
        parse_province_code(province_code)
