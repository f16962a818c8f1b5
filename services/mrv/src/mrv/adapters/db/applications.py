"""Applications to use CCER with what they are checked against, and the weekly summaries of their decisions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, lock_names, pairs, put_rows, update_rows
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mrv.adapters.db import tables
from mrv.app.ports import EntityPeriod
from mrv.domain.handover import Receipt
from mrv.domain.offset_application import (
    ApplicationStatus,
    CcerAccount,
    CheckCode,
    OffsetApplication,
    OffsetCheck,
    OffsetForm,
    OffsetLine,
)
from mrv.domain.weekly_summary import WeeklySummary

APPLICATION_COLUMNS: Final = (
    "application_no, credit_code, period, ordinal, entity_name, province_code, obligation_tco2e,"
    " ccer_account_no, status, submitted_time, decided_time, decided_by, refusal_text, cancelled_tco2e"
)

_PROJECTS: Final = text("""
SELECT project_no, is_inside_national_market FROM project
WHERE project_no = ANY(CAST(:project_nos AS text[]))
""")
_PUT_PROJECT: Final = text("""
INSERT INTO project (project_no, is_inside_national_market) VALUES (:project_no, :is_inside)
ON CONFLICT (project_no) DO UPDATE SET is_inside_national_market = excluded.is_inside_national_market
""")
_ACCOUNTS: Final = text("""
SELECT account_no, credit_code, is_open FROM ccer_account WHERE account_no = ANY(CAST(:account_nos AS text[]))
""")
_PUT_ACCOUNT: Final = text("""
INSERT INTO ccer_account (account_no, credit_code, is_open) VALUES (:account_no, :credit_code, :is_open)
ON CONFLICT (account_no) DO UPDATE SET credit_code = excluded.credit_code, is_open = excluded.is_open
""")
_APPLIED: Final = text("""
SELECT credit_code, period, max(ordinal) AS last_ordinal,
       coalesce(sum(requested_tco2e) FILTER (WHERE status <> 'refused'), 0)::bigint AS applied_tco2e
FROM offset_application
WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
GROUP BY credit_code, period
""")
_BY_NUMBER: Final = (
    f"SELECT {APPLICATION_COLUMNS} FROM offset_application"  # noqa: S608
    " WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no"
)
_PEEK: Final = text(_BY_NUMBER)
_LOCK: Final = text(f"{_BY_NUMBER} FOR UPDATE")
_LINES: Final = text("""
SELECT application_no, project_no, reduction_year, quantity_tco2e FROM offset_line
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, line_no
""")
_CHECKS: Final = text("""
SELECT application_no, check_code, is_passed, finding FROM offset_check
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, check_no
""")
_ADD_RECEIPT: Final = text("""
INSERT INTO cancellation_receipt (
    cancellation_no, application_no, credit_code, province_code, project_no, reduction_year, quantity_tco2e,
    recorded_time
) VALUES (
    :cancellation_no, :application_no, :credit_code, :province_code, :project_no, :reduction_year,
    :quantity_tco2e, :at
) ON CONFLICT (cancellation_no) DO NOTHING RETURNING cancellation_no
""")
_COUNTS: Final = text("""
SELECT count(*) AS summary_count, coalesce(sum(row_count), 0)::int AS row_count FROM weekly_summary
WHERE business_date = :business_date
""")
_UNSUMMARISED: Final = text(
    f"SELECT {APPLICATION_COLUMNS} FROM offset_application"  # noqa: S608
    " WHERE summary_date IS NULL AND decided_time < :before ORDER BY application_no"
)


async def applications_of(
    connection: AsyncConnection, rows: Sequence[AnyRow]
) -> dict[str, OffsetApplication]:
    """Give the applications of rows, with their lines and checks, in the order of the rows."""
    numbers = [row.application_no for row in rows]
    lines: dict[str, list[OffsetLine]] = {number: [] for number in numbers}
    checks: dict[str, list[OffsetCheck]] = {number: [] for number in numbers}
    for row in await fetch(connection, _LINES, application_nos=numbers):
        lines[row.application_no].append(
            OffsetLine(
                project_no=row.project_no,
                reduction_year=row.reduction_year,
                quantity_tco2e=row.quantity_tco2e,
            )
        )
    for row in await fetch(connection, _CHECKS, application_nos=numbers):
        checks[row.application_no].append(
            OffsetCheck(check=CheckCode(row.check_code), is_passed=row.is_passed, finding=row.finding)
        )
    return {
        row.application_no: _application(row, lines[row.application_no], checks[row.application_no])
        for row in rows
    }


def _application(
    row: AnyRow, lines: Sequence[OffsetLine], checks: Sequence[OffsetCheck]
) -> OffsetApplication:
    return OffsetApplication(
        application_no=row.application_no,
        ordinal=row.ordinal,
        form=OffsetForm(
            credit_code=row.credit_code,
            entity_name=row.entity_name,
            province_code=row.province_code,
            period=row.period,
            obligation_tco2e=row.obligation_tco2e,
            ccer_account_no=row.ccer_account_no,
            lines=tuple(lines),
        ),
        status=ApplicationStatus(row.status),
        submitted_time=row.submitted_time,
        decided_time=row.decided_time,
        decided_by=row.decided_by,
        refusal_text=row.refusal_text,
        checks=tuple(checks),
        cancelled_tco2e=row.cancelled_tco2e,
    )


class SqlOffsets:
    """Port `Offsets`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def projects(self, project_nos: Collection[str]) -> Mapping[str, bool]:
        """Give for each known project whether it is inside the national market."""
        rows = await fetch(self._connection, _PROJECTS, project_nos=sorted(project_nos))
        return {row.project_no: row.is_inside_national_market for row in rows}

    async def put_project(self, project_no: str, *, is_inside_national_market: bool) -> None:
        """Remember a project with its mark."""
        await self._connection.execute(
            _PUT_PROJECT, {"project_no": project_no, "is_inside": is_inside_national_market}
        )

    async def accounts(self, account_nos: Collection[str]) -> Mapping[str, CcerAccount]:
        """Give the known accounts among these."""
        rows = await fetch(self._connection, _ACCOUNTS, account_nos=sorted(account_nos))
        return {
            row.account_no: CcerAccount(
                account_no=row.account_no, credit_code=row.credit_code, is_open=row.is_open
            )
            for row in rows
        }

    async def put_account(self, account: CcerAccount) -> None:
        """Remember an account as it is now."""
        await self._connection.execute(
            _PUT_ACCOUNT,
            {
                "account_no": account.account_no,
                "credit_code": account.credit_code,
                "is_open": account.is_open,
            },
        )

    async def applied(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, tuple[int, int]]:
        """Give what is applied for and not refused, tCO2e, and the last ordinal, of those who applied."""
        rows = await fetch(self._connection, _APPLIED, **pairs(keys))
        return {(row.credit_code, row.period): (row.applied_tco2e, row.last_ordinal) for row in rows}

    async def add(self, applications: Sequence[OffsetApplication]) -> None:
        """Store new applications."""
        await insert_rows(
            self._connection, tables.offset_application, _NEW, [_new_values(new) for new in applications]
        )
        await insert_rows(
            self._connection,
            tables.offset_line,
            ("application_no", "line_no", "project_no", "reduction_year", "quantity_tco2e"),
            [
                (new.application_no, line_no, line.project_no, line.reduction_year, line.quantity_tco2e)
                for new in applications
                for line_no, line in enumerate(new.form.lines, start=1)
            ],
        )
        await self._keep_history([(new, new.submitted_time) for new in applications])

    async def peek(self, application_nos: Collection[str]) -> Mapping[str, OffsetApplication]:
        """Give the applications among these."""
        rows = await fetch(self._connection, _PEEK, application_nos=sorted(application_nos))
        return await applications_of(self._connection, rows)

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, OffsetApplication]:
        """Give the applications among these, locked."""
        rows = await fetch(self._connection, _LOCK, application_nos=sorted(application_nos))
        return await applications_of(self._connection, rows)

    async def save(self, applications: Sequence[OffsetApplication], *, at: datetime) -> None:
        """Store decisions and cancelled quantities, and keep where the applications stood."""
        await update_rows(
            self._connection,
            tables.offset_application,
            (
                "application_no",
                "status",
                "decided_time",
                "decided_by",
                "refusal_text",
                "cancelled_tco2e",
            ),
            [
                (
                    kept.application_no,
                    kept.status,
                    kept.decided_time,
                    kept.decided_by,
                    kept.refusal_text,
                    kept.cancelled_tco2e,
                )
                for kept in applications
            ],
            keys=("application_no",),
        )
        checks = [
            (kept.application_no, check_no, check.check, check.is_passed, check.finding)
            for kept in applications
            for check_no, check in enumerate(kept.checks, start=1)
        ]
        await put_rows(
            self._connection,
            tables.offset_check,
            ("application_no", "check_no", "check_code", "is_passed", "finding"),
            checks,
            keys=("application_no", "check_no"),
            changes=(),
        )
        await self._keep_history([(kept, at) for kept in applications])

    async def add_receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Keep a cancellation's receipt; false when it is there already."""
        rows = await fetch(
            self._connection,
            _ADD_RECEIPT,
            cancellation_no=receipt.cancellation_no,
            application_no=receipt.application_no,
            credit_code=receipt.credit_code,
            province_code=receipt.province_code,
            project_no=receipt.project_no,
            reduction_year=receipt.reduction_year,
            quantity_tco2e=receipt.quantity_tco2e,
            at=at,
        )
        return bool(rows)

    async def _keep_history(self, steps: Sequence[tuple[OffsetApplication, datetime]]) -> None:
        await insert_rows(
            self._connection,
            tables.offset_application_history,
            ("application_no", "status", "cancelled_tco2e", "recorded_time"),
            [(kept.application_no, kept.status, kept.cancelled_tco2e, at) for kept, at in steps],
        )


_NEW: Final = (
    "application_no",
    "credit_code",
    "period",
    "ordinal",
    "entity_name",
    "province_code",
    "obligation_tco2e",
    "ccer_account_no",
    "requested_tco2e",
    "status",
    "submitted_time",
    "decided_by",
    "refusal_text",
    "cancelled_tco2e",
)


def _new_values(new: OffsetApplication) -> tuple[object, ...]:
    form = new.form
    return (
        new.application_no,
        form.credit_code,
        form.period,
        new.ordinal,
        form.entity_name,
        form.province_code,
        form.obligation_tco2e,
        form.ccer_account_no,
        form.requested_tco2e,
        new.status,
        new.submitted_time,
        new.decided_by,
        new.refusal_text,
        new.cancelled_tco2e,
    )


class SqlSummaries:
    """Port `Summaries`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Keep others from making summaries meanwhile."""
        await lock_names(self._connection, {"weekly-summary"})

    async def counts(self, business_date: date) -> tuple[int, int] | None:
        """Give the number of summaries and of their rows of a Friday, if it has any."""
        row = (await fetch(self._connection, _COUNTS, business_date=business_date))[0]
        return (row.summary_count, row.row_count) if row.summary_count else None

    async def unsummarised(self, before: datetime) -> Sequence[OffsetApplication]:
        """Give the applications decided before a moment that no summary has."""
        rows = await fetch(self._connection, _UNSUMMARISED, before=before)
        return list((await applications_of(self._connection, rows)).values())

    async def add(self, summaries: Sequence[WeeklySummary], *, at: datetime) -> None:
        """Store summaries, and mark their applications as summarised."""
        await insert_rows(
            self._connection,
            tables.weekly_summary,
            ("business_date", "province_code", "row_count", "confirmed_tco2e", "recorded_time"),
            [
                (made.business_date, made.province_code, len(made.rows), made.confirmed_tco2e, at)
                for made in summaries
            ],
        )
        rows = [(made, row) for made in summaries for row in made.rows]
        await insert_rows(
            self._connection,
            tables.weekly_summary_row,
            (
                "business_date",
                "province_code",
                "application_no",
                "credit_code",
                "is_confirmed",
                "confirmed_tco2e",
            ),
            [
                (
                    made.business_date,
                    made.province_code,
                    row.application_no,
                    row.credit_code,
                    row.is_confirmed,
                    row.confirmed_tco2e,
                )
                for made, row in rows
            ],
        )
        await update_rows(
            self._connection,
            tables.offset_application,
            ("application_no", "summary_date"),
            [(row.application_no, made.business_date) for made, row in rows],
            keys=("application_no",),
        )
