"""What a run of the consistency checker found, for people and for programs."""

import json

import typer
from ets.checker.v1.checker_types_pb2 import Reconciliation, Verdict
from rich.console import Console
from rich.table import Table


def show(run: Reconciliation, *, as_json: bool, console: Console) -> None:
    """Print the verdict of each invariant, as a table or as JSON."""
    findings = [
        {
            "invariant": finding.invariant_id,
            "verdict": Verdict.Name(finding.verdict).removeprefix("VERDICT_").capitalize(),
            "statement": finding.statement,
            "cause": finding.cause,
            "evidence": [
                {"subject": e.subject, "expected": e.expected, "found": e.found, "first_event": e.first_event}
                for e in finding.evidence
            ],
        }
        for finding in run.findings
    ]
    if as_json:
        typer.echo(json.dumps({"findings": findings}, indent=2, ensure_ascii=False))
        return
    table = Table("invariant", "verdict", "statement", "evidence or cause")
    for finding, row in zip(run.findings, findings, strict=True):
        places = "; ".join(
            f"{e.subject}: expected {e.expected}, found {e.found}" for e in finding.evidence[:3]
        )
        table.add_row(finding.invariant_id, str(row["verdict"]), finding.statement, finding.cause or places)
    console.print(table)
    console.print(f"{run.kept_count} kept, {run.broken_count} broken, {run.unchecked_count} unchecked")
