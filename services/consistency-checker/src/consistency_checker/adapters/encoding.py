"""Runs in the contract's words."""

from typing import assert_never

from ets.checker.v1 import checker_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp

from consistency_checker.domain.reconciliation import Finding, Reconciliation, RunSummary
from consistency_checker.domain.verdict import Broken, Evidence, Kept, Unchecked


def reconciliation(run: Reconciliation, *, with_digests: bool = True) -> pb.Reconciliation:
    """Encode a run."""
    examination = run.examination
    return pb.Reconciliation(
        reconciliation_no=run.reconciliation_no,
        business_time=to_timestamp(examination.business_time),
        findings=[_finding(finding, run) for finding in examination.findings],
        kept_count=run.count(Kept),
        broken_count=run.count(Broken),
        unchecked_count=run.count(Unchecked),
        digests=dict(examination.digests) if with_digests else {},
        in_flight_count=examination.in_flight_count,
    )


def summary(row: RunSummary) -> pb.Reconciliation:
    """Encode a run without its findings and digests."""
    return pb.Reconciliation(
        reconciliation_no=row.reconciliation_no,
        business_time=to_timestamp(row.business_time),
        kept_count=row.kept_count,
        broken_count=row.broken_count,
        unchecked_count=row.unchecked_count,
        in_flight_count=row.in_flight_count,
    )


def _finding(finding: Finding, run: Reconciliation) -> pb.Finding:
    message = pb.Finding(invariant_id=finding.invariant_id, statement=finding.statement)
    match finding.verdict:
        case Kept():
            message.verdict = pb.VERDICT_KEPT
        case Broken(evidence):
            message.verdict = pb.VERDICT_BROKEN
            message.evidence.extend(map(_evidence, evidence))
            message.evidence_count = run.evidence_counts[finding.number]
        case Unchecked(cause):
            message.verdict = pb.VERDICT_UNCHECKED
            message.cause = cause
        case _:
            assert_never(finding.verdict)
    return message


def _evidence(evidence: Evidence) -> pb.Evidence:
    return pb.Evidence(
        subject=evidence.subject,
        expected=evidence.expected,
        found=evidence.found,
        first_event=evidence.first_event,
        flow_id=evidence.flow_id,
    )
