"""Reads as recorded at a moment: port `Reader`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mrv.adapters.db.allocation_tables import ENTITY_ROW_COLUMNS, TABLE_COLUMNS, entity_row_of, table_of
from mrv.adapters.db.applications import applications_of
from mrv.adapters.db.repositories import entity_of
from mrv.app.queries import Slice
from mrv.domain.allocation_table import Difference, EntityRow, TableAsOf, TableKind, table_no_of
from mrv.domain.compliance import ComplianceOverview
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv.domain.roster import Entity

_ENTITY: Final = text("""
SELECT credit_code, period, name, province_code FROM entity
WHERE credit_code = :credit_code AND recorded_time <= :at ORDER BY period DESC LIMIT 1
""")
_ENTITIES: Final = text("""
SELECT credit_code, period, name, province_code FROM entity
WHERE period = :period AND (:province_code = '' OR province_code = :province_code) AND credit_code > :after
      AND recorded_time <= :at
ORDER BY credit_code LIMIT :limit
""")
_TABLE: Final = text(
    f"SELECT {', '.join(TABLE_COLUMNS)}, recorded_time FROM allocation_table_history"  # noqa: S608
    " WHERE table_no = :table_no AND recorded_time <= :at ORDER BY recorded_time DESC, history_id DESC LIMIT 1"
)
_DIFFERENCES: Final = text("""
SELECT credit_code, unit_no, year, column_name, transmitted_tco2e, recomputed_tco2e FROM allocation_difference
WHERE table_no = :table_no AND revision = :revision AND recorded_time <= :at ORDER BY difference_id
""")
_ROWS: Final = text(
    f"SELECT {', '.join(ENTITY_ROW_COLUMNS)} FROM allocation_entity_row"  # noqa: S608
    " WHERE table_no = :table_no AND computation_no = :computation_no AND credit_code > :after"
    " ORDER BY credit_code LIMIT :limit"
)
_ROW: Final = text(
    f"SELECT {', '.join(ENTITY_ROW_COLUMNS)} FROM allocation_entity_row"  # noqa: S608
    " WHERE table_no = :table_no AND computation_no = :computation_no AND credit_code = :credit_code"
)
_APPLICATIONS_THEN: Final = """
SELECT application.application_no, credit_code, period, ordinal, entity_name, province_code, obligation_tco2e,
       ccer_account_no, history.status, submitted_time, history.cancelled_tco2e,
       CASE WHEN history.status <> 'submitted' THEN decided_time END AS decided_time,
       CASE WHEN history.status <> 'submitted' THEN decided_by ELSE '' END AS decided_by,
       CASE WHEN history.status <> 'submitted' THEN refusal_text ELSE '' END AS refusal_text
FROM offset_application AS application CROSS JOIN LATERAL (
    SELECT status, cancelled_tco2e FROM offset_application_history AS step
    WHERE step.application_no = application.application_no AND recorded_time <= :at
    ORDER BY recorded_time DESC, history_id DESC LIMIT 1
) AS history
"""
_APPLICATION: Final = text(f"{_APPLICATIONS_THEN} WHERE application.application_no = :application_no")
_APPLICATIONS: Final = text(
    f"{_APPLICATIONS_THEN} WHERE period = :period"
    " AND (:province_code = '' OR province_code = :province_code)"
    " AND (:status = '' OR history.status = :status) AND application.application_no > :after"
    " ORDER BY application.application_no LIMIT :limit"
)
_OVERVIEWS: Final = text("""
WITH status AS (
    SELECT DISTINCT ON (credit_code) credit_code, obligation_tco2e AS present_tco2e, surrendered_tco2e,
           offset_tco2e, is_completed
    FROM compliance_status WHERE period = :period AND recorded_time <= :at
    ORDER BY credit_code, status_id DESC
), owed AS (
    SELECT province_code, count(*) AS entity_count,
           sum(coalesce(present_tco2e, obligation_tco2e)) AS obligation_tco2e,
           count(*) FILTER (WHERE is_completed) AS completed_count,
           sum(coalesce(surrendered_tco2e, 0)) AS surrendered_tco2e, sum(coalesce(offset_tco2e, 0)) AS offset_tco2e
    FROM obligation LEFT JOIN status USING (credit_code)
    WHERE period = :period AND recorded_time <= :at
    AND coalesce(present_tco2e, obligation_tco2e) > 0 GROUP BY province_code
), handed AS (
    SELECT province_code, sum(handover_row.quantity_tco2e) AS handed_over_tco2e
    FROM handover JOIN handover_row USING (handover_no)
    WHERE period = :period AND recorded_time <= :at GROUP BY province_code
)
SELECT province_code, coalesce(entity_count, 0)::int AS entity_count,
       coalesce(completed_count, 0)::int AS completed_count,
       coalesce(obligation_tco2e, 0)::bigint AS obligation_tco2e,
       coalesce(surrendered_tco2e, 0)::bigint AS surrendered_tco2e,
       coalesce(offset_tco2e, 0)::bigint AS offset_tco2e,
       coalesce(handed_over_tco2e, 0)::bigint AS handed_over_tco2e
FROM unnest(CAST(:province_codes AS text[])) WITH ORDINALITY AS province (province_code, place)
LEFT JOIN owed USING (province_code) LEFT JOIN handed USING (province_code) ORDER BY place
""")


class SqlReader:
    """Port `Reader`, on one snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def entity(self, credit_code: str, at: datetime) -> Entity | None:
        """Give the last listing of an entity."""
        rows = await fetch(self._connection, _ENTITY, credit_code=credit_code, at=at)
        return entity_of(rows[0]) if rows else None

    async def entities(
        self, *, province_code: str, period: str, at: datetime, part: Slice
    ) -> Sequence[Entity]:
        """Give entities in credit-code order; an empty province is all."""
        rows = await fetch(
            self._connection,
            _ENTITIES,
            province_code=province_code,
            period=period,
            at=at,
            after=part.after,
            limit=part.limit,
        )
        return list(map(entity_of, rows))

    async def table(self, table_no: str, at: datetime) -> TableAsOf | None:
        """Give a table as it stood."""
        rows = await fetch(self._connection, _TABLE, table_no=table_no, at=at)
        if not rows:
            return None
        table = table_of(rows[0])
        found = await fetch(self._connection, _DIFFERENCES, table_no=table_no, revision=table.revision, at=at)
        return TableAsOf(
            table=table,
            recorded_time=rows[0].recorded_time,
            differences=tuple(
                Difference(
                    credit_code=row.credit_code,
                    unit_no=row.unit_no,
                    year=row.year,
                    column=row.column_name,
                    transmitted_tco2e=row.transmitted_tco2e,
                    recomputed_tco2e=row.recomputed_tco2e,
                )
                for row in found
            ),
        )

    async def rows(self, table: TableAsOf, part: Slice) -> Sequence[EntityRow]:
        """Give entity rows in credit-code order."""
        rows = await fetch(
            self._connection,
            _ROWS,
            table_no=table.table.table_no,
            computation_no=table.table.computation_no,
            after=part.after,
            limit=part.limit,
        )
        return list(map(entity_row_of, rows))

    async def verified_row(self, entity: Entity, at: datetime) -> EntityRow | None:
        """Give the entity's row in the verified table of its province."""
        table_no = table_no_of(
            period=entity.period, kind=TableKind.VERIFIED, province_code=entity.province_code
        )
        found = await self.table(table_no, at)
        if found is None:
            return None
        rows = await fetch(
            self._connection,
            _ROW,
            table_no=table_no,
            computation_no=found.table.computation_no,
            credit_code=entity.credit_code,
        )
        return entity_row_of(rows[0]) if rows else None

    async def application(self, application_no: str, at: datetime) -> OffsetApplication | None:
        """Give an application as it stood."""
        rows = await fetch(self._connection, _APPLICATION, application_no=application_no, at=at)
        return (await self._applications(rows))[0] if rows else None

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
        rows = await fetch(
            self._connection,
            _APPLICATIONS,
            province_code=province_code,
            period=period,
            status=status or "",
            at=at,
            after=part.after,
            limit=part.limit,
        )
        return await self._applications(rows)

    async def overviews(
        self, *, province_codes: Sequence[str], period: str, at: datetime
    ) -> Sequence[ComplianceOverview]:
        """Give one overview for each province, in order."""
        rows = await fetch(
            self._connection, _OVERVIEWS, province_codes=list(province_codes), period=period, at=at
        )
        return [
            ComplianceOverview(
                province_code=row.province_code,
                period=period,
                entity_count=row.entity_count,
                completed_count=row.completed_count,
                obligation_tco2e=row.obligation_tco2e,
                surrendered_tco2e=row.surrendered_tco2e,
                offset_tco2e=row.offset_tco2e,
                handed_over_tco2e=row.handed_over_tco2e,
            )
            for row in rows
        ]

    async def _applications(self, rows: Sequence[AnyRow]) -> list[OffsetApplication]:
        found = (await applications_of(self._connection, rows)).values()
        # The checks are those of the decision, so a moment before it has none.
        return [
            replace(application, checks=())
            if application.status is ApplicationStatus.SUBMITTED
            else application
            for application in found
        ]
