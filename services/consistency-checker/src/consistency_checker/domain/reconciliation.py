"""A run of the checker and what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consistency_checker.domain.verdict import Broken, Invariant, Kept, Unchecked, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The verdict on one invariant."""

    number: int
    statement: str
    verdict: Verdict

    @property
    def invariant_id(self) -> str:
        """Give the permanent id, "CHK-<n>"."""
        return f"CHK-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What looking at all books gave, before it is stored under a number."""

    business_time: datetime
    findings: tuple[Finding, ...]
    digests: Mapping[str, str]
    in_flight_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A stored run; evidence may be shortened, `evidence_counts` has the whole numbers by invariant number."""

    reconciliation_no: str
    examination: Examination
    evidence_counts: Mapping[int, int]

    def count(self, verdict: type[Kept] | type[Broken] | type[Unchecked]) -> int:
        """Count the findings with a verdict."""
        return sum(isinstance(finding.verdict, verdict) for finding in self.examination.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A stored run in a list."""

    reconciliation_no: str
    ordinal: int
    business_time: datetime
    kept_count: int
    broken_count: int
    unchecked_count: int
    in_flight_count: int


def finding_of(invariant: Invariant, verdict: Verdict) -> Finding:
    """Put an invariant and its verdict together."""
    return Finding(number=invariant.number, statement=invariant.statement, verdict=verdict)


def numbered(examination: Examination, ordinal: int, *, evidence_max: int) -> Reconciliation:
    """Give an examination its number, and keep at most so many places of evidence per finding."""
    return Reconciliation(
        reconciliation_no=f"RC-{ordinal}",
        examination=Examination(
            business_time=examination.business_time,
            findings=tuple(_shortened(finding, evidence_max) for finding in examination.findings),
            digests=examination.digests,
            in_flight_count=examination.in_flight_count,
        ),
        evidence_counts=evidence_counts(examination.findings),
    )


def evidence_counts(findings: Sequence[Finding]) -> dict[int, int]:
    """Count the places of every broken invariant."""
    return {
        finding.number: len(finding.verdict.evidence)
        for finding in findings
        if isinstance(finding.verdict, Broken)
    }


def _shortened(finding: Finding, evidence_max: int) -> Finding:
    if not isinstance(finding.verdict, Broken):
        return finding
    return Finding(
        number=finding.number,
        statement=finding.statement,
        verdict=Broken(finding.verdict.evidence[:evidence_max]),
    )
