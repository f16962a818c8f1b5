"""The report of a window as JSON with stable keys (docs/window.md)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ets.checker.v1.checker_types_pb2 import Reconciliation, Verdict
from ets_kernel.domain.provinces import PROVINCES

from simulation.population.expected import compare
from simulation.population.plan import CEA_MARKET
from simulation.scenario import FigureKind, Scenario
from simulation.window.faults import Strikes
from simulation.window.gather import Outcome
from simulation.window.progress import Progress

MONTH_LENGTH: Final = len("2021-11")


def build_report(
    scenario: Scenario, progress: Progress, outcome: Outcome, strikes: Strikes | None = None
) -> dict[str, Any]:
    """Put the outcome of a window under the report's keys; amounts in tonnes and fen."""
    comparisons = compare(scenario, outcome.figures())
    handovers = outcome.handovers
    return {
        "scenario": {
            "cycle": progress.cycle,
            "seed": progress.seed,
            "plan_digest": progress.plan_digest,
            "last_date": progress.last_date,
            "assumed": [
                {"figure": key, "value": figure.value, "unit": figure.unit, "note": figure.note}
                for key, figure in scenario.figures.items()
                if figure.kind is FigureKind.ASSUMED
            ],
        },
        "published": [
            {
                "figure": one.figure,
                "unit": one.unit,
                "kind": one.kind.value,
                "source": scenario.figures[one.figure].source,
                "published": one.published,
                "simulated": one.simulated,
                "equal": one.is_equal,
            }
            for one in comparisons
            if one.kind is not FigureKind.ASSUMED
        ],
        "entities": len(outcome.statuses),
        "obligation_t": sum(status.obligation_tco2e for status in outcome.statuses),
        "surrendered_t": sum(status.surrendered_tco2e for status in outcome.statuses),
        "offset_registered_t": sum(status.offset_tco2e for status in outcome.statuses),
        "ccer_cancelled_t": outcome.cancelled_tco2e,
        "deficit": _deficit(outcome),
        "handovers": {
            "count": len(handovers),
            "rows": sum(one.manifest.row_count for one in handovers),
            "zero_row_days": sum(one.manifest.row_count == 0 for one in handovers),
            "acknowledged": sum(one.is_acknowledged for one in handovers),
        },
        "completion": progress.daily,
        "provinces": _provinces(outcome),
        "trades": _by_month([trade for trade in outcome.trades if trade.market == CEA_MARKET]),
        "ccer_trades": _by_month([trade for trade in outcome.trades if trade.market != CEA_MARKET]),
        "events": dict(outcome.events),
        "reconciliation": reconciliation_summary(outcome.reconciliation),
        "faults": {
            "seed": strikes.seed if strikes else None,
            "struck": [str(strike) for strike in strikes.struck] if strikes else [],
        },
        "wall_seconds": round(progress.wall_seconds, 1),
        "peak_rss_mib": dict(progress.peak_rss_mib),
        "digests": dict(sorted(outcome.reconciliation.digests.items())),
    }


def write_json(report: Mapping[str, Any], path: Path) -> None:
    """Write the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def reconciliation_summary(run: Reconciliation) -> dict[str, Any]:
    """Count the verdicts and list them."""
    return {
        "kept": run.kept_count,
        "broken": run.broken_count,
        "unchecked": run.unchecked_count,
        "findings": [
            {
                "invariant": finding.invariant_id,
                "statement": finding.statement,
                "verdict": Verdict.Name(finding.verdict).removeprefix("VERDICT_").capitalize(),
                "cause": finding.cause,
                "evidence_count": finding.evidence_count,
            }
            for finding in run.findings
        ],
    }


def _deficit(outcome: Outcome) -> dict[str, int]:
    gaps = {row.credit_code: row.obligation_tco2e - row.verified_tco2e for row in outcome.allocations}
    short = {code: gap for code, gap in gaps.items() if gap > 0}
    total, offset, open_t = sum(short.values()), 0, 0
    for status in outcome.statuses:
        gap = short.get(status.credit_code, 0)
        missing = status.obligation_tco2e - status.surrendered_tco2e - status.offset_tco2e
        # Who surrenders nothing leaves more open than its deficit.
        open_t += min(missing, gap)
        offset += min(status.offset_tco2e, gap - min(missing, gap))
    return {"total_t": total, "by_ccer_t": offset, "by_trade_t": total - offset - open_t, "open_t": open_t}


def _provinces(outcome: Outcome) -> list[dict[str, Any]]:
    counts: dict[str, Counter[str]] = {}
    for status in outcome.statuses:
        one = counts.setdefault(status.province_code, Counter())
        one["entities"] += 1
        one["completed"] += bool(status.certificate_no)
        one["obligation_t"] += status.obligation_tco2e
        one["met_t"] += status.surrendered_tco2e + status.offset_tco2e
    return [
        {"province_code": code, "name": province.name_zh, **dict(sorted(counts[code].items()))}
        for code, province in PROVINCES.items()
        if code in counts
    ]


def _by_month(trades: Sequence[Any]) -> dict[str, dict[str, int]]:
    months: dict[str, Counter[str]] = {}
    for trade in trades:
        one = months.setdefault(trade.trading_date[:MONTH_LENGTH], Counter())
        one["count"] += 1
        one["volume_t"] += trade.quantity_tco2e
        one["turnover_fen"] += trade.turnover_fen
    return {month: dict(sorted(counter.items())) for month, counter in sorted(months.items())}
