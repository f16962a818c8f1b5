"""Daily hand-overs and their answers: rows to values and back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, update_rows
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ccer_bridge.adapters.db import tables
from ccer_bridge.adapters.db.applications import CANCELLATIONS, WINDOW_LOCK, cancellation_of
from ccer_bridge.domain.handover import (
    Acknowledgement,
    Handover,
    HandoverState,
    Manifest,
    Pending,
)

_LOCK_WINDOW: Final = text(f"SELECT pg_advisory_xact_lock({WINDOW_LOCK})")
_LAST_DATE: Final = text("SELECT max(business_date) FROM handover_run")
_PENDING: Final = text(f"""
{CANCELLATIONS.replace(" FROM ", ", confirmed.confirmed_tco2e FROM ", 1)}
JOIN confirmed_application AS confirmed ON confirmed.application_no = made.application_no
WHERE made.cancelled_time < :before
AND NOT EXISTS (SELECT FROM handover_row WHERE handover_row.cancellation_no = made.cancellation_no)
ORDER BY made.cancelled_time, made.cancellation_no
""")
_LAST_DIGESTS: Final = text("""
SELECT DISTINCT ON (province_code) province_code, manifest_digest FROM handover
ORDER BY province_code, business_date DESC
""")
_MANIFEST: Final = (
    "handover_no",
    "business_date",
    "province_code",
    "row_count",
    "quantity_tco2e",
    "rows_digest",
    "previous_digest",
    "manifest_digest",
    "signature",
)
_ANSWER: Final = ("accepted_count", "rejected_count", "rejection_reason", "acknowledged_time")
_ROW: Final = ("handover_no", "row_no", "cancellation_no", "confirmed_tco2e", "reason")
HANDOVERS: Final = (
    f"SELECT {', '.join(_MANIFEST)}, issued_time, {', '.join(_ANSWER)}, alarmed_time FROM handover"  # noqa: S608
)
_LOCK: Final = text(f"{HANDOVERS} WHERE handover_no = :handover_no FOR UPDATE")
_CANCELLATION_NOS: Final = text(
    "SELECT cancellation_no FROM handover_row WHERE handover_no = :handover_no ORDER BY row_no"
)
_LOCK_OVERDUE: Final = text(f"""
{HANDOVERS} WHERE acknowledged_time IS NULL AND alarmed_time IS NULL AND issued_time <= :issued_until
ORDER BY handover_no FOR UPDATE
""")
_REJECT_ROWS: Final = text(
    "UPDATE handover_row SET is_accepted = false, reason = :reason WHERE handover_no = :handover_no"
)


class SqlHandovers:
    """Port `Handovers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_window(self) -> date | None:
        """Wait for all cancellations under way, let no other in, and give the last date that was run."""
        await self._connection.execute(_LOCK_WINDOW)
        last: date | None = (await self._connection.execute(_LAST_DATE)).scalar_one()
        return last

    async def pending(self, before: datetime) -> Sequence[Pending]:
        """Give the cancellations made before a moment that were not handed over."""
        rows = await fetch(self._connection, _PENDING, before=before)
        return [
            Pending(cancellation=cancellation_of(row), confirmed_tco2e=row.confirmed_tco2e) for row in rows
        ]

    async def last_digests(self) -> Mapping[ProvinceCode, bytes]:
        """Give the digest of each province's last manifest."""
        rows = await fetch(self._connection, _LAST_DIGESTS)
        return {row.province_code: row.manifest_digest for row in rows}

    async def add(self, business_date: date, handovers: Sequence[Handover], *, at: datetime) -> None:
        """Store the run of a date with its hand-overs and rows."""
        connection = self._connection
        columns = ("business_date", "run_time")
        await insert_rows(connection, tables.handover_run, columns, [(business_date, at)])
        await insert_rows(
            connection,
            tables.handover,
            (*_MANIFEST, "issued_time", "accepted_count", "rejected_count", "rejection_reason"),
            [
                (*(getattr(handover.manifest, name) for name in _MANIFEST), at, 0, 0, "")
                for handover in handovers
            ],
        )
        rows = [
            (
                handover.manifest.handover_no,
                row.row_no,
                row.cancellation.cancellation_no,
                row.confirmed_tco2e,
                "",
            )
            for handover in handovers
            for row in handover.rows
        ]
        await insert_rows(connection, tables.handover_row, _ROW, rows)

    async def lock(self, handover_no: str) -> tuple[HandoverState, Sequence[str]] | None:
        """Give a hand-over, locked, with the cancellation numbers of its rows in their order."""
        found = await fetch(self._connection, _LOCK, handover_no=handover_no)
        if not found:
            return None
        rows = await fetch(self._connection, _CANCELLATION_NOS, handover_no=handover_no)
        return handover_of(found[0]), [row.cancellation_no for row in rows]

    async def save_answer(self, state: HandoverState, answer: Acknowledgement) -> None:
        """Store the answer to a hand-over and to each of its rows."""
        number = state.manifest.handover_no
        await self._save([state], _ANSWER)
        if answer.reason:
            await self._connection.execute(_REJECT_ROWS, {"handover_no": number, "reason": answer.reason})
            return
        await update_rows(
            self._connection,
            tables.handover_row,
            ("handover_no", "row_no", "is_accepted", "reason"),
            [(number, row.row_no, row.is_accepted, row.reason) for row in answer.rows],
            keys=("handover_no", "row_no"),
        )

    async def lock_overdue(self, issued_until: datetime) -> Sequence[HandoverState]:
        """Give hand-overs issued up to a moment, neither answered nor alarmed, locked, by number."""
        rows = await fetch(self._connection, _LOCK_OVERDUE, issued_until=issued_until)
        return [handover_of(row) for row in rows]

    async def save_alarms(self, states: Sequence[HandoverState]) -> None:
        """Store that alarms were raised."""
        await self._save(states, ("alarmed_time",))

    async def _save(self, states: Sequence[HandoverState], columns: tuple[str, ...]) -> None:
        rows: list[tuple[Any, ...]] = [
            (state.manifest.handover_no, *(getattr(state, name) for name in columns)) for state in states
        ]
        await update_rows(
            self._connection, tables.handover, ("handover_no", *columns), rows, keys=("handover_no",)
        )


def handover_of(row: AnyRow) -> HandoverState:
    """Read a hand-over, selected with `HANDOVERS`."""
    return HandoverState(
        manifest=Manifest(**{name: getattr(row, name) for name in _MANIFEST}),
        issued_time=row.issued_time,
        accepted_count=row.accepted_count,
        rejected_count=row.rejected_count,
        rejection_reason=row.rejection_reason,
        acknowledged_time=row.acknowledged_time,
        alarmed_time=row.alarmed_time,
    )
