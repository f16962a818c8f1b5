"""Daily hand-overs and their answers: rows to values and back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.ids import ProvinceCode
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ccer_bridge.adapters.db import tables
from ccer_bridge.adapters.db.applications import (
    CANCELLATION_COLUMNS,
    CANCELLATION_SOURCE,
    WINDOW_LOCK,
    cancellation_of,
)
from ccer_bridge.domain.handover import (
    Acknowledgement,
    AnsweredRow,
    Handover,
    HandoverRow,
    HandoverState,
    Manifest,
    Pending,
)

_LOCK_WINDOW: Final = text(f"SELECT pg_advisory_xact_lock({WINDOW_LOCK})")
_LAST_DATE: Final = text("SELECT max(business_date) FROM handover_run")
_PENDING: Final = text(f"""
SELECT {CANCELLATION_COLUMNS}, confirmed.confirmed_tco2e FROM {CANCELLATION_SOURCE}
JOIN confirmed_application AS confirmed ON confirmed.application_no = made.application_no
WHERE made.cancelled_time < :before
AND NOT EXISTS (SELECT FROM handover_row WHERE handover_row.cancellation_no = made.cancellation_no)
ORDER BY made.cancelled_time, made.cancellation_no
""")  # noqa: S608
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
_ISSUE: Final = ("issue_no", "signature", "issued_time", *_ANSWER, "alarmed_time")
_HANDOVERS: Final = f"SELECT {', '.join(dict.fromkeys((*_MANIFEST, *_ISSUE)))} FROM handover"  # noqa: S608
# Every hand-over that was issued by a moment, with the last issue that was made by then.
HANDOVERS_AS_OF: Final = f"""
SELECT {", ".join(name for name in _MANIFEST if name != "signature")}, {", ".join(f"issue.{name}" for name in _ISSUE)}
FROM handover CROSS JOIN LATERAL (
    SELECT {", ".join(_ISSUE)} FROM (
        SELECT handover_no, {", ".join(_ISSUE)} FROM handover AS last UNION ALL
        SELECT handover_no, {", ".join(_ISSUE)} FROM handover_earlier_issue
    ) AS every WHERE every.handover_no = handover.handover_no AND every.issued_time <= :at
    ORDER BY every.issue_no DESC LIMIT 1
) AS issue"""  # noqa: S608
_LOCK: Final = text(f"{_HANDOVERS} WHERE handover_no = :handover_no FOR UPDATE")
_LOCK_SINCE: Final = text(f"""
{_HANDOVERS} WHERE business_date >= :business_date AND (:province_code = '' OR province_code = :province_code)
ORDER BY business_date, province_code FOR UPDATE
""")
_ANSWERED_ROWS: Final = text(
    "SELECT cancellation_no, is_accepted FROM handover_row WHERE handover_no = :handover_no ORDER BY row_no"
)
_ROWS: Final = text(f"""
SELECT {CANCELLATION_COLUMNS}, line.handover_no, line.row_no, line.confirmed_tco2e FROM {CANCELLATION_SOURCE}
JOIN handover_row AS line USING (cancellation_no)
WHERE line.handover_no = ANY(CAST(:handover_nos AS text[])) ORDER BY line.handover_no, line.row_no
""")  # noqa: S608
_LOCK_OVERDUE: Final = text(f"""
{_HANDOVERS} WHERE acknowledged_time IS NULL AND alarmed_time IS NULL AND issued_time <= :issued_until
ORDER BY handover_no FOR UPDATE
""")
_REJECT_ROWS: Final = text("""
UPDATE handover_row SET is_accepted = false, reason = :reason
WHERE handover_no = :handover_no AND is_accepted IS NOT TRUE
""")


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

    async def lock(self, handover_no: str) -> tuple[HandoverState, Sequence[AnsweredRow]] | None:
        """Give a hand-over, locked, with its rows in their order."""
        found = await fetch(self._connection, _LOCK, handover_no=handover_no)
        if not found:
            return None
        rows = await fetch(self._connection, _ANSWERED_ROWS, handover_no=handover_no)
        return handover_of(found[0]), [AnsweredRow(**values_of(row)) for row in rows]

    async def lock_since(
        self, business_date: date, province_code: str
    ) -> Sequence[tuple[HandoverState, Sequence[HandoverRow]]]:
        """Give the hand-overs of a date and of later ones, locked, by date; of one province, or of all if empty."""
        found = await fetch(
            self._connection, _LOCK_SINCE, business_date=business_date, province_code=province_code
        )
        numbers = [row.handover_no for row in found]
        rows: dict[str, list[HandoverRow]] = {number: [] for number in numbers}
        for row in await fetch(self._connection, _ROWS, handover_nos=numbers):
            rows[row.handover_no].append(
                HandoverRow(
                    row_no=row.row_no, cancellation=cancellation_of(row), confirmed_tco2e=row.confirmed_tco2e
                )
            )
        return [(handover_of(row), rows[row.handover_no]) for row in found]

    async def save_issues(self, issues: Sequence[tuple[HandoverState, HandoverState]]) -> None:
        """Store the last issue of hand-overs, and keep the one before it, which comes first in each pair."""
        await insert_rows(
            self._connection,
            tables.handover_earlier_issue,
            ("handover_no", *_ISSUE),
            [_issue(earlier) for earlier, _ in issues],
        )
        await update_rows(
            self._connection,
            tables.handover,
            ("handover_no", *_ISSUE),
            [_issue(last) for _, last in issues],
            keys=("handover_no",),
        )

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
    """Read a hand-over, selected with `HANDOVERS_AS_OF` or here."""
    return HandoverState(
        manifest=Manifest(**{name: getattr(row, name) for name in _MANIFEST}),
        issued_time=row.issued_time,
        issue_no=row.issue_no,
        accepted_count=row.accepted_count,
        rejected_count=row.rejected_count,
        rejection_reason=row.rejection_reason,
        acknowledged_time=row.acknowledged_time,
        alarmed_time=row.alarmed_time,
    )


def _issue(state: HandoverState) -> tuple[Any, ...]:
    manifest = state.manifest
    answer = (getattr(state, name) for name in _ANSWER)
    return (
        manifest.handover_no,
        state.issue_no,
        manifest.signature,
        state.issued_time,
        *answer,
        state.alarmed_time,
    )
