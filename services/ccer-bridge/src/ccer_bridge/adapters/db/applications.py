"""Confirmed applications, weekly summaries and cancellations: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ccer_bridge.adapters.db import tables
from ccer_bridge.domain.applications import ConfirmedApplication, SummaryRow, SummaryStatus, WeeklySummary
from ccer_bridge.domain.cancellation import Cancellation, parse_blocks

# Cancellations share this lock, the hand-over has it alone.
WINDOW_LOCK: Final = "hashtextextended('ccer/window', 0)"

_ENTER_WINDOW: Final = text(f"SELECT pg_advisory_xact_lock_shared({WINDOW_LOCK})")
_LOCK_APPLICATIONS: Final = text("""
SELECT application_no, credit_code, province_code, confirmed_tco2e, cancellation_count FROM confirmed_application
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no FOR UPDATE
""")
_LINES: Final = text("""
SELECT application_no, product, confirmed_tco2e, cancelled_tco2e FROM confirmed_line
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, product
""")
_SUMMARY: Final = text("""
SELECT confirmed_tco2e FROM weekly_summary WHERE province_code = :province_code AND business_date = :business_date
""")
_SUMMARY_ROWS: Final = text("""
SELECT application_no, credit_code, status, confirmed_tco2e FROM weekly_summary_row
WHERE province_code = :province_code AND business_date = :business_date ORDER BY row_no
""")
_CANCELLATION: Final = (
    "cancellation_no",
    "application_no",
    "credit_code",
    "entity_name",
    "province_code",
    "account_no",
    "product",
    "project_no",
    "reduction_year",
    "blocks_text",
    "quantity_tco2e",
    "cancelled_time",
)
# What `cancellation_of` reads, and where it stands; other columns and sources may follow.
CANCELLATION_COLUMNS: Final = ", ".join(
    (*(f"made.{name}" for name in _CANCELLATION), "project.name AS project_name", "project.project_type")
)
CANCELLATION_SOURCE: Final = "cancellation AS made JOIN project USING (project_no)"


class SqlApplications:
    """Port `Applications`."""

    _HEAD = ("application_no", "credit_code", "province_code", "confirmed_tco2e", "cancellation_count")
    _LINE = ("application_no", "product", "confirmed_tco2e", "cancelled_tco2e")
    _SUMMARY_ROW = ("application_no", "credit_code", "status", "confirmed_tco2e")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, ConfirmedApplication]:
        """Give the confirmed applications among these, locked in their order."""
        numbers = sorted(application_nos)
        heads = await fetch(self._connection, _LOCK_APPLICATIONS, application_nos=numbers)
        confirmed: dict[str, dict[Any, int]] = {row.application_no: {} for row in heads}
        cancelled: dict[str, dict[Any, int]] = {row.application_no: {} for row in heads}
        for number, product, confirmed_tco2e, cancelled_tco2e in await fetch(
            self._connection, _LINES, application_nos=list(confirmed)
        ):
            confirmed[number][product] = confirmed_tco2e
            cancelled[number][product] = cancelled_tco2e
        return {
            row.application_no: ConfirmedApplication(
                **values_of(row),
                lines_tco2e=confirmed[row.application_no],
                cancelled_tco2e=cancelled[row.application_no],
            )
            for row in heads
        }

    async def add(self, application: ConfirmedApplication) -> None:
        """Store a confirmed application."""
        head = tuple(getattr(application, name) for name in self._HEAD)
        await insert_rows(self._connection, tables.confirmed_application, self._HEAD, [head])
        await insert_rows(self._connection, tables.confirmed_line, self._LINE, _lines(application))

    async def save(self, applications: Sequence[ConfirmedApplication]) -> None:
        """Store what is cancelled under applications."""
        heads = [(application.application_no, application.cancellation_count) for application in applications]
        lines = [line for application in applications for line in _lines(application)]
        await update_rows(
            self._connection,
            tables.confirmed_application,
            ("application_no", "cancellation_count"),
            heads,
            keys=("application_no",),
        )
        await update_rows(
            self._connection,
            tables.confirmed_line,
            self._LINE,
            lines,
            keys=("application_no", "product"),
        )

    async def summary(self, province_code: ProvinceCode, business_date: date) -> WeeklySummary | None:
        """Give the summary of a province and date as received."""
        key = {"province_code": province_code, "business_date": business_date}
        found = await fetch(self._connection, _SUMMARY, **key)
        if not found:
            return None
        rows = await fetch(self._connection, _SUMMARY_ROWS, **key)
        return WeeklySummary(
            province_code=province_code,
            business_date=business_date,
            rows=tuple(SummaryRow(**{**values_of(row), "status": SummaryStatus(row.status)}) for row in rows),
            confirmed_tco2e=found[0].confirmed_tco2e,
        )

    async def add_summary(self, summary: WeeklySummary) -> None:
        """Store a summary."""
        key = (summary.province_code, summary.business_date)
        columns = ("province_code", "business_date")
        await insert_rows(
            self._connection,
            tables.weekly_summary,
            (*columns, "confirmed_tco2e"),
            [(*key, summary.confirmed_tco2e)],
        )
        rows = [
            (*key, row_no, *(getattr(row, name) for name in self._SUMMARY_ROW))
            for row_no, row in enumerate(summary.rows, start=1)
        ]
        await insert_rows(
            self._connection, tables.weekly_summary_row, (*columns, "row_no", *self._SUMMARY_ROW), rows
        )


class SqlCancellations:
    """Port `Cancellations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enter_window(self) -> None:
        """Keep the daily hand-over waiting until this transaction ends; cancellations do not wait for each other."""
        await self._connection.execute(_ENTER_WINDOW)

    async def add(self, cancellations: Sequence[Cancellation]) -> None:
        """Store cancellations, which wait for their hand-over from now on."""
        rows = [
            tuple(getattr(cancellation, name) for name in _CANCELLATION) for cancellation in cancellations
        ]
        await insert_rows(self._connection, tables.cancellation, _CANCELLATION, rows)


def cancellation_of(row: AnyRow) -> Cancellation:
    """Read a cancellation, selected with `CANCELLATION_COLUMNS`; further columns are left out."""
    values = {name: getattr(row, name) for name in (*_CANCELLATION, "project_name", "project_type")}
    blocks = parse_blocks(values.pop("blocks_text"))
    return Cancellation(**values, blocks=blocks)


def _lines(application: ConfirmedApplication) -> list[tuple[Any, ...]]:
    return [
        (application.application_no, product, quantity, application.cancelled_tco2e.get(product, 0))
        for product, quantity in application.lines_tco2e.items()
    ]
