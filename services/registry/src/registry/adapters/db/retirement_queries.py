"""Port `RetirementReader` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.domain.products import ProductKind, parse_product
from ets_kernel.runtime.sql import AnyRow, fetch, values_of
from ets_ledger.domain.values import SOURCE_BUCKET, Bucket
from ets_ledger.runtime.queries import LedgerQueries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.cancellations import COLUMNS, application_of
from registry.adapters.db.carry_overs import finding_of, run_of, with_lines
from registry.adapters.db.record_corrections import corrections_of
from registry.app.queries import PageOf
from registry.app.retirement_queries import CancellationView, DeclarationView, NoticeView
from registry.domain.accounts import CANCELLED, CARRIED_OVER, RECOVERED, SURRENDERED, AccountKind
from registry.domain.cancellation import CancellationStatus, NationalTotal
from registry.domain.carry_over import CarryOverApplication, CarryOverRun, CarryOverStatus
from registry.domain.carry_over_notice import Finding, Notice
from registry.domain.retirement_errors import CarryOverNoticeNotFound

_PROVINCE: Final = "(:province_code = '' OR province_code = :province_code)"
_LATER: Final = {
    "status",
    "checked_by",
    "checked_time",
    "decided_by",
    "decided_time",
    "note",
    "certificate_no",
}
_PLAIN: Final = ", ".join(name for name in COLUMNS if name not in _LATER)
# What was checked or decided after the moment had not happened then; whose it is is told as of the decision.
_CANCELLATIONS: Final = f"""
SELECT * FROM (
    SELECT {_PLAIN.replace("account_no", "item.account_no")}, account.credit_code, account.identity_number,
           holder.province_code, holder.name AS holder_name, account.kind,
           CASE WHEN decided_time <= :at THEN item.status WHEN checked_time <= :at THEN 'checked'
                ELSE 'submitted' END AS status,
           CASE WHEN checked_time <= :at THEN checked_by ELSE '' END AS checked_by,
           CASE WHEN checked_time <= :at THEN checked_time END AS checked_time,
           CASE WHEN decided_time <= :at THEN decided_by ELSE '' END AS decided_by,
           CASE WHEN decided_time <= :at THEN decided_time END AS decided_time,
           CASE WHEN decided_time <= :at THEN note ELSE '' END AS note,
           CASE WHEN decided_time <= :at THEN certificate_no ELSE '' END AS certificate_no
    FROM cancellation_application AS item JOIN account ON account.account_no = item.account_no
    CROSS JOIN LATERAL (
        SELECT name, province_code FROM account_version AS version
        WHERE version.account_no = item.account_no AND recorded_time <= least(item.decided_time, :at)
        ORDER BY version.version DESC LIMIT 1
    ) AS holder
    WHERE submitted_time <= :at
) AS application
"""  # noqa: S608
_LIST: Final = text(f"""{_CANCELLATIONS}
WHERE (:holder_no = '' OR :holder_no IN (credit_code, identity_number)) AND {_PROVINCE}
AND (:status = '' OR status = :status) AND application_no > :after ORDER BY application_no LIMIT :size
""")
_PUBLISHED: Final = text(f"""{_CANCELLATIONS}
WHERE certificate_no <> '' AND (:product = '' OR product = :product) AND certificate_no > :after
ORDER BY certificate_no LIMIT :size
""")
# What a correction took back is not applied for any more, and not carried over.
_NOTICE: Final = text("""
SELECT notice.credit_code, notice.province_code, computed_tco2e, holding_tco2e, allowed_tco2e, issued_time,
       CAST(coalesce(sum(quantity_tco2e) FILTER (WHERE withdrawn_time IS NULL OR withdrawn_time > :at), 0) AS bigint)
           AS applied_tco2e,
       CAST(coalesce((
           SELECT sum(CASE WHEN moved.credit_code = notice.credit_code THEN -quantity_tco2e ELSE quantity_tco2e END)
           FROM carry_over_succession AS moved JOIN change_registration USING (registration_no)
           WHERE notice.credit_code IN (moved.credit_code, successor_credit_code) AND confirmed_time <= :at
       ), 0) AS bigint) AS taken_over_tco2e,
       CAST(coalesce(sum(quantity_tco2e) FILTER (WHERE registered_time <= :at), 0) AS bigint) AS carried_over_tco2e
FROM carry_over_notice AS notice
LEFT JOIN (
    SELECT credit_code, submitted_time, withdrawn_time, registered_time, quantity_tco2e
    FROM carry_over_application JOIN carry_over_line USING (application_no)
    UNION ALL
    SELECT credit_code, corrected_time, NULL, corrected_time, change_tco2e
    FROM record_correction WHERE kind = 'carry_over' AND record_line_no > 0
) AS line ON line.credit_code = notice.credit_code AND line.submitted_time <= :at
WHERE notice.credit_code = :credit_code AND issued_time <= :at
AND (:province_code = '' OR notice.province_code = :province_code) GROUP BY notice.credit_code
""")
_FINDINGS: Final = text(f"""
SELECT * FROM (
    SELECT DISTINCT ON (credit_code) * FROM carry_over_finding
    WHERE found_time <= :at AND {_PROVINCE} AND (:credit_code = '' OR credit_code = :credit_code)
    ORDER BY credit_code, finding_id DESC
) AS finding
WHERE (:reason = '' OR reason = :reason) AND credit_code > :after ORDER BY credit_code LIMIT :size
""")  # noqa: S608
_DECLARATIONS: Final = text("""
SELECT * FROM (
    SELECT DISTINCT ON (credit_code) credit_code, sold_tco2e, bought_tco2e, declared_by, declared_time
    FROM net_sales_declaration
    WHERE declared_time <= :at AND (:credit_code = '' OR credit_code = :credit_code)
    ORDER BY credit_code, declaration_id DESC
) AS declaration
WHERE credit_code > :after ORDER BY credit_code LIMIT :size
""")
_RUN_STATUS: Final = """CASE WHEN decided_time <= :at THEN status ELSE 'initiated' END AS status,
       CASE WHEN decided_time <= :at THEN decided_by ELSE '' END AS decided_by,
       CASE WHEN decided_time <= :at THEN decided_time END AS decided_time"""
# An application is in the last run that took it and has not been turned down.
_APPLICATIONS: Final = text(f"""
SELECT application_no, ordinal, credit_code, province_code, batch_no, status, submitted_time, run_no,
       CASE WHEN registered_time <= :at THEN registered_time END AS registered_time,
       CASE WHEN withdrawn_time <= :at THEN withdrawn_time END AS withdrawn_time
FROM (
    SELECT item.application_no, item.ordinal, credit_code, province_code, item.batch_no, submitted_time,
           registered_time, withdrawn_time, coalesce(taken.run_no, '') AS run_no,
           CASE WHEN withdrawn_time <= :at THEN 'withdrawn' WHEN registered_time <= :at THEN 'registered'
                WHEN taken.run_no IS NOT NULL THEN 'processing' ELSE 'submitted' END AS status
    FROM carry_over_application AS item LEFT JOIN LATERAL (
        SELECT run.run_no FROM carry_over_run_member AS member JOIN carry_over_run AS run USING (run_no)
        WHERE member.application_no = item.application_no AND run.initiated_time <= :at
        AND (run.status <> 'refused' OR run.decided_time > :at)
        ORDER BY run.ordinal DESC LIMIT 1
    ) AS taken ON true
    WHERE submitted_time <= :at
) AS application
WHERE (:credit_code = '' OR credit_code = :credit_code) AND {_PROVINCE}
AND (:status = '' OR status = :status) AND application_no > :after ORDER BY application_no LIMIT :size
""")  # noqa: S608
_RUNS: Final = text(f"""
SELECT run_no, batch_no, ordinal, application_count, quantity_tco2e, initiated_by, initiated_time, {_RUN_STATUS}
FROM carry_over_run WHERE initiated_time <= :at AND run_no > :after ORDER BY run_no LIMIT :size
""")  # noqa: S608


class SqlRetirementReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._ledger = LedgerQueries(connection, tables.ledger)

    async def cancellations(
        self,
        *,
        holder_no: str,
        province_code: str,
        status: CancellationStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CancellationView]:
        """Give applications by number, as they stood at a moment."""
        rows = await fetch(
            self._connection,
            _LIST,
            holder_no=holder_no,
            province_code=province_code,
            status=status or "",
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return await self._cancellations(rows, at)

    async def published(self, *, product: str, at: datetime, page: PageOf) -> Sequence[CancellationView]:
        """Give cancellations registered by a moment, by certificate number."""
        rows = await fetch(
            self._connection, _PUBLISHED, product=product, at=at, after=page.after_text, size=page.size
        )
        return await self._cancellations(rows, at)

    async def national_totals(self, *, at: datetime | None) -> Sequence[NationalTotal]:
        """Give what became of each vintage by a moment, in the order of the products; without one, by now."""
        sums: dict[str, dict[str, int]] = {}
        for bucket in (SOURCE_BUCKET, Bucket.SURRENDERED, Bucket.CANCELLED, Bucket.RECOVERED):
            for holding in await self._ledger.holdings(bucket=bucket, effective=at):
                account_no, product, _ = holding.position
                sums.setdefault(product, {})[account_no] = holding.quantity
        return [
            NationalTotal(
                product=product,
                issued_tco2e=-sum(quantity for quantity in by_account.values() if quantity < 0),
                surrendered_tco2e=by_account.get(SURRENDERED.account, 0),
                cancelled_tco2e=by_account.get(CANCELLED.account, 0),
                recovered_tco2e=by_account.get(RECOVERED.account, 0),
                carried_over_tco2e=by_account.get(CARRIED_OVER.account, 0),
            )
            for product, by_account in sorted(sums.items())
            if parse_product(product, "product").kind is ProductKind.ALLOWANCE
        ]

    async def notice(self, credit_code: str, *, province_code: str, at: datetime) -> NoticeView:
        """Give an entity's notice as it stood at a moment, of a province where one is named.

        CARRY_OVER_NOTICE_NOT_FOUND.
        """
        rows = await fetch(
            self._connection, _NOTICE, credit_code=credit_code, province_code=province_code, at=at
        )
        found = await self._findings(
            credit_code=credit_code,
            province_code=province_code,
            reason="",
            at=at,
            page=PageOf(size=1, after=()),
        )
        if not rows:
            raise CarryOverNoticeNotFound(
                f"{credit_code} had no carry-over notice",
                credit_code=credit_code,
                cause=found[0].reason if found else "",
            )
        values = values_of(rows[0])
        carried_over = values.pop("carried_over_tco2e")
        return NoticeView(notice=Notice(**values), finding=found[0], carried_over_tco2e=carried_over)

    async def findings(
        self, *, province_code: str, reason: str, at: datetime, page: PageOf
    ) -> Sequence[Finding]:
        """Give the last finding of each entity by a moment, by credit code."""
        return await self._findings(
            credit_code="", province_code=province_code, reason=reason, at=at, page=page
        )

    async def declarations(
        self, *, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[DeclarationView]:
        """Give the last declaration about each entity by a moment, by credit code."""
        rows = await fetch(
            self._connection,
            _DECLARATIONS,
            credit_code=credit_code,
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return [DeclarationView(**values_of(row)) for row in rows]

    async def carry_over_applications(
        self,
        *,
        credit_code: str,
        province_code: str,
        status: CarryOverStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[CarryOverApplication]:
        """Give applications by number, as they stood at a moment."""
        heads = await fetch(
            self._connection,
            _APPLICATIONS,
            credit_code=credit_code,
            province_code=province_code,
            status=status or "",
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return await with_lines(self._connection, heads, at=at)

    async def runs(self, *, at: datetime, page: PageOf) -> Sequence[CarryOverRun]:
        """Give runs by number, as they stood at a moment."""
        return [
            run_of(row)
            for row in await fetch(self._connection, _RUNS, at=at, after=page.after_text, size=page.size)
        ]

    async def _cancellations(self, rows: Sequence[AnyRow], at: datetime) -> list[CancellationView]:
        corrections = await corrections_of(self._connection, [row.application_no for row in rows], at=at)
        return [
            CancellationView(
                application=application_of(row, corrections),
                credit_code=row.credit_code,
                province_code=row.province_code,
                holder_name=row.holder_name,
                is_person=row.kind == AccountKind.INDIVIDUAL,
            )
            for row in rows
        ]

    async def _findings(
        self, *, credit_code: str, province_code: str, reason: str, at: datetime, page: PageOf
    ) -> Sequence[Finding]:
        rows = await fetch(
            self._connection,
            _FINDINGS,
            credit_code=credit_code,
            province_code=province_code,
            reason=reason,
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return [finding_of(row) for row in rows]
