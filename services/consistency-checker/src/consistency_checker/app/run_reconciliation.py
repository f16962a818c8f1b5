"""Compare all books: examine them, never stopping at the first fault, then store the run and tell of it.

Examining calls other services, so it is done before the transaction; storing is one.
"""

import asyncio
from typing import Final

from ets_kernel.domain.clock import Clock

from consistency_checker.app.ports import Platform, UnitOfWork
from consistency_checker.app.take_snapshot import Limits, is_moving, take_snapshot
from consistency_checker.app.trace_evidence import trace_evidence
from consistency_checker.domain.events import ReconciliationCompleted
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.domain.reconciliation import (
    Examination,
    Finding,
    Reconciliation,
    finding_of,
    numbered,
)
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Broken

EVIDENCE_MAX: Final = 100
"""Places stored and told per finding, as the contract says."""


async def examine(platform: Platform, *, clock: Clock, limits: Limits) -> Examination:
    """Judge every invariant at a consistent cut.

    Calls between services that no event tells of (the unit leg of a settlement) can fall between two captures. So
    when something is broken while events are being written, all is captured and judged again, a bounded number of
    times; what is broken for good stays broken.
    """
    for look in range(1, limits.looks_max + 1):
        snapshot, digests = await take_snapshot(platform, limits)
        findings = await asyncio.to_thread(judge, snapshot)
        is_broken = any(isinstance(finding.verdict, Broken) for finding in findings)
        if not is_broken or look == limits.looks_max or not await is_moving(platform, snapshot):
            break
    return Examination(
        business_time=max((side.business_time for side in snapshot.sides.values()), default=clock.now()),
        findings=await trace_evidence(
            findings,
            platform,
            {service: side.produced for service, side in snapshot.sides.items()},
            events_max=limits.trace_events_max,
        ),
        digests=digests,
        in_flight_count=sum(map(len, snapshot.in_flight.values())),
    )


def judge(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Check every invariant on a snapshot, in the order of their numbers."""
    return tuple(finding_of(invariant, invariant.check(snapshot)) for invariant in INVARIANTS)


async def store_reconciliation(
    examination: Examination, *, request_id: str, uow: UnitOfWork, clock: Clock
) -> Reconciliation:
    """Store an examination under the next number and tell of it."""
    ordinal = await uow.reconciliations.next_ordinal()
    reconciliation = numbered(examination, ordinal, evidence_max=EVIDENCE_MAX)
    at = clock.now()
    await uow.reconciliations.add(reconciliation, request_id=request_id, at=at)
    uow.record(ReconciliationCompleted(reconciliation=reconciliation, at=at))
    return reconciliation
