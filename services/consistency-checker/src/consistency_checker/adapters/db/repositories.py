"""Runs in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from consistency_checker.adapters.db.tables import finding, reconciliation
from consistency_checker.domain.reconciliation import Examination, Finding, Reconciliation, RunSummary
from consistency_checker.domain.verdict import Broken, Evidence, Kept, Unchecked, Verdict

EVIDENCE_FIELDS: Final = ("subject", "expected", "found", "first_event", "flow_id")

# Runs are rare: whoever numbers one keeps others from numbering until it is committed.
_LOCK: Final = text("LOCK TABLE reconciliation IN SHARE ROW EXCLUSIVE MODE")
_NEXT: Final = text("SELECT coalesce(max(ordinal), 0) + 1 FROM reconciliation")


class SqlReconciliations:
    """Port `Reconciliations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def next_ordinal(self) -> int:
        """Give the next number, from 1, and keep it for this transaction alone."""
        await self._connection.execute(_LOCK)
        return int((await self._connection.execute(_NEXT)).scalar_one())

    async def add(self, run: Reconciliation, *, request_id: str, at: datetime) -> None:
        """Store a run."""
        ordinal = int(run.reconciliation_no.rpartition("-")[2])
        examination = run.examination
        values = {
            "ordinal": ordinal,
            "reconciliation_no": run.reconciliation_no,
            "request_id": request_id,
            "business_time": examination.business_time,
            "kept_count": run.count(Kept),
            "broken_count": run.count(Broken),
            "unchecked_count": run.count(Unchecked),
            "in_flight_count": examination.in_flight_count,
            "digests": dict(examination.digests),
            "recorded_time": at,
        }
        await self._connection.execute(insert(reconciliation).values(values))
        rows = [_finding_row(ordinal, found, run) for found in examination.findings]
        if rows:
            await self._connection.execute(insert(finding).values(rows))


class SqlReconciliationReads:
    """Port `ReconciliationReads`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def latest_no(self) -> str:
        """Give the number of the latest run; empty when there is none."""
        query = select(reconciliation.c.reconciliation_no).order_by(reconciliation.c.ordinal.desc()).limit(1)
        return (await self._connection.execute(query)).scalar() or ""

    async def of_request(self, request_id: str) -> Reconciliation | None:
        """Give the run that a request made, or nothing."""
        query = select(reconciliation).where(reconciliation.c.request_id == request_id)
        return await self._whole((await self._connection.execute(query)).one_or_none())

    async def get(self, reconciliation_no: str) -> Reconciliation | None:
        """Give a run whole, or nothing."""
        query = select(reconciliation).where(reconciliation.c.reconciliation_no == reconciliation_no)
        return await self._whole((await self._connection.execute(query)).one_or_none())

    async def page(self, *, below_ordinal: int | None, limit: int) -> Sequence[RunSummary]:
        """Give runs in short, newest first."""
        query = select(reconciliation).order_by(reconciliation.c.ordinal.desc()).limit(limit)
        if below_ordinal is not None:
            query = query.where(reconciliation.c.ordinal < below_ordinal)
        return [
            RunSummary(
                reconciliation_no=row.reconciliation_no,
                ordinal=row.ordinal,
                business_time=row.business_time,
                kept_count=row.kept_count,
                broken_count=row.broken_count,
                unchecked_count=row.unchecked_count,
                in_flight_count=row.in_flight_count,
            )
            for row in await self._connection.execute(query)
        ]

    async def _whole(self, row: Row[Any] | None) -> Reconciliation | None:
        if row is None:
            return None
        query = select(finding).where(finding.c.ordinal == row.ordinal).order_by(finding.c.invariant_number)
        found = (await self._connection.execute(query)).all()
        return Reconciliation(
            reconciliation_no=row.reconciliation_no,
            examination=Examination(
                business_time=row.business_time,
                findings=tuple(_finding(stored) for stored in found),
                digests=row.digests,
                in_flight_count=row.in_flight_count,
            ),
            evidence_counts={
                stored.invariant_number: stored.evidence_count for stored in found if stored.evidence_count
            },
        )


def _finding_row(ordinal: int, found: Finding, run: Reconciliation) -> dict[str, Any]:
    verdict = found.verdict
    places = verdict.evidence if isinstance(verdict, Broken) else ()
    return {
        "ordinal": ordinal,
        "invariant_number": found.number,
        "statement": found.statement,
        "verdict": type(verdict).__name__.upper(),
        "cause": verdict.cause if isinstance(verdict, Unchecked) else "",
        "evidence_count": run.evidence_counts.get(found.number, 0),
        "evidence": [{name: getattr(place, name) for name in EVIDENCE_FIELDS} for place in places],
    }


def _finding(row: Row[Any]) -> Finding:
    return Finding(number=row.invariant_number, statement=row.statement, verdict=_verdict(row))


def _verdict(row: Row[Any]) -> Verdict:
    if row.verdict == "BROKEN":
        return Broken(tuple(Evidence(**place) for place in row.evidence))
    return Unchecked(row.cause) if row.verdict == "UNCHECKED" else Kept()
