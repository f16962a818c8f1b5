"""Port `SurrenderReader` in SQL, and how obligations and applications stood at a moment."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.clock import business_date
from ets_kernel.runtime.sql import AnyRow, fetch, two_columns, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.applications import with_lines
from registry.adapters.db.forced_surrenders import cases_of
from registry.adapters.db.obligations import OBLIGATION, OWED_BY, change_of, obligation_of
from registry.app.queries import PageOf
from registry.app.surrender_queries import CompletionView, ObligationTakenOver
from registry.domain.certificates import ComplianceCertificate, ComplianceNotice, certificate_of, notice_of
from registry.domain.errors import ObligationNotFound
from registry.domain.forced_surrender import ForcedSurrender
from registry.domain.obligation import Obligation
from registry.domain.obligation_change import ObligationChange
from registry.domain.surrender import SurrenderApplication
from registry.domain.surrender_errors import CertificateNotFound

_PROVINCE: Final = "(:province_code = '' OR province_code = :province_code)"
_VERSION: Final = ", ".join(OBLIGATION)
_OBLIGATIONS: Final = text(f"""
SELECT *, {OWED_BY.format(owed="stood", by="confirmed_time <= :at")} FROM (
    SELECT DISTINCT ON (credit_code) {_VERSION} FROM obligation_version
    WHERE period = :period AND recorded_time <= :at AND {_PROVINCE}
    AND (:credit_code = '' OR credit_code = :credit_code) AND credit_code > :after
    ORDER BY credit_code, version_id DESC
) AS stood ORDER BY credit_code LIMIT :size
""")  # noqa: S608
# The version with which a certificate came is the first that has its number.
_ISSUED: Final = text(f"""
SELECT {_VERSION}, recorded_time FROM obligation_version
WHERE period = :period AND credit_code = :credit_code AND certificate_ordinal = :certificate_ordinal
AND completed_time IS NOT NULL ORDER BY version_id LIMIT 1
""")  # noqa: S608
_BY_PRODUCT: Final = text("""
SELECT product, CAST(sum(quantity_tco2e) AS bigint) FROM (
    SELECT product, quantity_tco2e FROM surrender_application JOIN surrender_line USING (application_no)
    WHERE credit_code = :credit_code AND period = :period AND registered_time <= :at
    UNION ALL
    SELECT product, quantity_tco2e FROM forced_surrender JOIN forced_surrender_line USING (case_no)
    WHERE credit_code = :credit_code AND period = :period AND confirmed_time <= :at
    UNION ALL
    SELECT product, change_tco2e FROM record_correction
    WHERE credit_code = :credit_code AND period = :period AND corrected_time <= :at
) AS used GROUP BY product HAVING sum(quantity_tco2e) > 0
""")
# What was decided, closed or registered after the moment had not happened then.
APPLICATIONS_AS_OF: Final = """
SELECT application_no, credit_code, period, ordinal, province_code, submitted_time,
       CASE WHEN registered_time <= :at OR closed_time <= :at THEN status
            WHEN decided_time <= :at THEN CASE status WHEN 'refused' THEN status ELSE 'confirmed' END
            WHEN helper_credit_code <> '' AND (consented_time <= :at) IS NOT TRUE THEN 'offered'
            ELSE 'submitted' END AS status,
       CASE WHEN decided_time <= :at THEN decided_time END AS decided_time,
       CASE WHEN decided_time <= :at THEN decided_by ELSE '' END AS decided_by,
       CASE WHEN decided_time <= :at THEN words ELSE '' END AS words,
       CASE WHEN registered_time <= :at THEN registered_time END AS registered_time,
       helper_credit_code, helper_account_no,
       CASE WHEN consented_time <= :at THEN consented_time END AS consented_time,
       CASE WHEN closed_time <= :at THEN closed_time END AS closed_time,
       CASE WHEN closed_time <= :at THEN closed_by ELSE '' END AS closed_by
FROM surrender_application WHERE period = :period AND submitted_time <= :at
"""
_OF_ENTITY: Final = text(f"""
{APPLICATIONS_AS_OF} AND (credit_code = :credit_code OR helper_credit_code = :credit_code)
AND application_no > :after ORDER BY application_no LIMIT :size
""")
_CHANGES: Final = text(f"""
SELECT change_no, ordinal, credit_code, period, from_tco2e, to_tco2e, document_no, words,
       CASE WHEN confirmed_time <= :at THEN status ELSE 'initiated' END AS status, initiated_by, initiated_time,
       CASE WHEN confirmed_time <= :at THEN confirmed_by ELSE '' END AS confirmed_by,
       CASE WHEN confirmed_time <= :at THEN confirmed_time END AS confirmed_time, sector
FROM obligation_change
WHERE period = :period AND initiated_time <= :at AND change_no > :after
AND EXISTS (SELECT FROM obligation AS owed WHERE owed.credit_code = obligation_change.credit_code
            AND owed.period = obligation_change.period AND {_PROVINCE})
ORDER BY change_no LIMIT :size
""")  # noqa: S608
_TAKEN_OVER: Final = text(f"""
SELECT {", ".join(f"stood.{name}" for name in OBLIGATION)}, last.successor_credit_code AS owed_by,
       last.registration_no, last.outstanding_tco2e, last.confirmed_time AS merged_time
FROM (
    SELECT DISTINCT ON (credit_code, period) taken.*, confirmed_time
    FROM obligation_succession AS taken JOIN change_registration USING (registration_no)
    WHERE confirmed_time <= :at ORDER BY credit_code, period, succession_id DESC
) AS last
CROSS JOIN LATERAL (
    SELECT * FROM obligation_version AS version
    WHERE (version.credit_code, version.period) = (last.credit_code, last.period) AND recorded_time <= :at
    ORDER BY version_id DESC LIMIT 1
) AS stood
WHERE last.successor_credit_code = :credit_code AND last.credit_code <> :credit_code
AND (last.credit_code, last.period) > (:after_entity COLLATE "C", :after_period COLLATE "C")
ORDER BY last.credit_code, last.period LIMIT :size
""")  # noqa: S608
_FORCED: Final = text(f"""
SELECT case_no, ordinal, credit_code, province_code, document_no,
       CASE WHEN confirmed_time <= :at THEN status ELSE 'initiated' END AS status, initiated_by, initiated_time,
       CASE WHEN confirmed_time <= :at THEN confirmed_by ELSE '' END AS confirmed_by,
       CASE WHEN confirmed_time <= :at THEN confirmed_time END AS confirmed_time
FROM forced_surrender
WHERE initiated_time <= :at AND {_PROVINCE} AND (:credit_code = '' OR credit_code = :credit_code)
AND case_no > :after ORDER BY case_no LIMIT :size
""")  # noqa: S608
# An entity's last version of a day against its last one before makes what the day changed; running sums do the rest.
_COMPLETION: Final = text(f"""
WITH daily AS (
    SELECT DISTINCT ON (credit_code, business_date) credit_code, province_code, business_date,
           (obligation_tco2e > 0)::int AS entities,
           (obligation_tco2e > 0 AND completed_time IS NOT NULL)::int AS completed,
           obligation_tco2e AS owed, surrendered_tco2e AS surrendered,
           least(offset_tco2e, offset_limit_tco2e) AS by_offset
    FROM obligation_version
    CROSS JOIN LATERAL (
        SELECT CAST(recorded_time AT TIME ZONE 'Asia/Shanghai' AS date) AS business_date
    ) AS told
    WHERE period = :period AND recorded_time <= :at AND {_PROVINCE}
    ORDER BY credit_code, business_date, version_id DESC
), change AS (
    SELECT province_code, business_date, entities - lag(entities, 1, 0) OVER past AS entities,
           completed - lag(completed, 1, 0) OVER past AS completed,
           owed - lag(owed, 1, 0::bigint) OVER past AS owed,
           surrendered - lag(surrendered, 1, 0::bigint) OVER past AS surrendered,
           by_offset - lag(by_offset, 1, 0::bigint) OVER past AS by_offset
    FROM daily WINDOW past AS (PARTITION BY credit_code ORDER BY business_date)
), by_day AS (
    SELECT province_code, greatest(business_date, CAST(:from_date AS date)) AS business_date,
           sum(entities) AS entities, sum(completed) AS completed, sum(owed) AS owed,
           sum(surrendered) AS surrendered, sum(by_offset) AS by_offset
    FROM change WHERE business_date <= :to_date GROUP BY 1, 2
), day AS (
    SELECT DISTINCT province_code, CAST(day AS date) AS business_date
    FROM by_day CROSS JOIN generate_series(CAST(:from_date AS date), CAST(:to_date AS date), '1 day') AS day
)
SELECT * FROM (
    SELECT province_code, business_date,
           CAST(coalesce(sum(entities) OVER past, 0) AS int) AS entity_count,
           CAST(coalesce(sum(completed) OVER past, 0) AS int) AS completed_count,
           CAST(coalesce(sum(owed) OVER past, 0) AS bigint) AS obligation_tco2e,
           CAST(coalesce(sum(surrendered) OVER past, 0) AS bigint) AS surrendered_tco2e,
           CAST(coalesce(sum(by_offset) OVER past, 0) AS bigint) AS offset_tco2e
    FROM day LEFT JOIN by_day USING (province_code, business_date)
    WINDOW past AS (PARTITION BY province_code ORDER BY business_date)
) AS stood
WHERE (province_code, to_char(business_date, 'YYYY-MM-DD')) > (:after_province COLLATE "C", :after_date COLLATE "C")
ORDER BY province_code, business_date LIMIT :size
""")  # noqa: S608


async def obligations_as_of(
    connection: AsyncConnection,
    *,
    credit_code: str,
    province_code: str,
    period: str,
    at: datetime,
    page: PageOf,
) -> Sequence[Obligation]:
    """Give what entities owed and had registered at a moment, by credit code."""
    rows = await fetch(
        connection,
        _OBLIGATIONS,
        credit_code=credit_code,
        province_code=province_code,
        period=period,
        at=at,
        after=page.after_text,
        size=page.size,
    )
    return [obligation_of(row) for row in rows]


async def obligation_as_of(
    connection: AsyncConnection, credit_code: str, period: str, *, at: datetime, province_code: str = ""
) -> Obligation:
    """Give what an entity, of a province where one is named, owed at a moment; OBLIGATION_NOT_FOUND."""
    found = await obligations_as_of(
        connection,
        credit_code=credit_code,
        province_code=province_code,
        period=period,
        at=at,
        page=PageOf(size=1, after=()),
    )
    if not found:
        raise ObligationNotFound(
            f"{credit_code} had no obligation for {period}", credit_code=credit_code, period=period
        )
    return found[0]


class SqlSurrenderReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def notice(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> ComplianceNotice:
        """Give the notice in force at a moment, of a province where one is named; OBLIGATION_NOT_FOUND."""
        return notice_of(
            await obligation_as_of(self._connection, credit_code, period, province_code=province_code, at=at)
        )

    async def certificate(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> ComplianceCertificate:
        """Give the certificate in force at a moment; OBLIGATION_NOT_FOUND as for a notice, CERTIFICATE_NOT_FOUND."""
        stood = await obligation_as_of(
            self._connection, credit_code, period, province_code=province_code, at=at
        )
        if stood.completed_time is None:
            raise CertificateNotFound(
                f"{credit_code} had not met its obligation for {period}",
                credit_code=credit_code,
                period=period,
            )
        key = {"credit_code": credit_code, "period": period}
        rows = await fetch(self._connection, _ISSUED, **key, certificate_ordinal=stood.certificate_ordinal)
        issued_time = rows[0].recorded_time
        used = two_columns(await fetch(self._connection, _BY_PRODUCT, **key, at=issued_time))
        return certificate_of(obligation_of(rows[0]), used, issued_time=issued_time)

    async def applications_of(
        self, credit_code: str, *, period: str, at: datetime, page: PageOf
    ) -> Sequence[SurrenderApplication]:
        """Give an entity's applications and its offers to others by number, as they stood at a moment."""
        heads = await fetch(
            self._connection,
            _OF_ENTITY,
            credit_code=credit_code,
            period=period,
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return await with_lines(self._connection, heads, at=at)

    async def taken_over(
        self, credit_code: str, *, at: datetime, page: PageOf
    ) -> Sequence[ObligationTakenOver]:
        """Give the obligations of absorbed entities that an entity owed at a moment, by entity and period."""
        after_entity, after_period = page.after or ("", "")
        rows = await fetch(
            self._connection,
            _TAKEN_OVER,
            credit_code=credit_code,
            at=at,
            after_entity=after_entity,
            after_period=after_period,
            size=page.size,
        )
        return [
            ObligationTakenOver(
                obligation=obligation_of(row),
                registration_no=row.registration_no,
                outstanding_tco2e=row.outstanding_tco2e,
                merged_time=row.merged_time,
            )
            for row in rows
        ]

    async def changes(
        self, *, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[ObligationChange]:
        """Give changes of obligations by number, as they stood at a moment."""
        wanted = {
            "province_code": province_code,
            "period": period,
            "at": at,
            "after": page.after_text,
            "size": page.size,
        }
        return [change_of(row) for row in await fetch(self._connection, _CHANGES, **wanted)]

    async def forced_surrenders(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[ForcedSurrender]:
        """Give forced surrenders by number, as they stood at a moment."""
        wanted = {
            "province_code": province_code,
            "credit_code": credit_code,
            "at": at,
            "after": page.after_text,
            "size": page.size,
        }
        return await cases_of(self._connection, await fetch(self._connection, _FORCED, **wanted), at=at)

    async def completion(
        self,
        *,
        province_code: str,
        period: str,
        from_date: date,
        to_date: date,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CompletionView]:
        """Give how provinces stood at the end of each day up to a moment's, by province and day."""
        after_province, after_date = page.after or ("", "")
        rows: Sequence[AnyRow] = await fetch(
            self._connection,
            _COMPLETION,
            province_code=province_code,
            period=period,
            from_date=from_date,
            to_date=min(to_date, business_date(at)),
            at=at,
            after_province=after_province,
            after_date=after_date,
            size=page.size,
        )
        return [CompletionView(**values_of(row)) for row in rows]
