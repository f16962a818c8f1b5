"""An outcome as the platforms would tell it: three entities in two provinces, two months of trade."""

from datetime import date, timedelta

from ets.ccer.v1.ccer_types_pb2 import HandoverManifest, HandoverStatus
from ets.checker.v1.checker_types_pb2 import Evidence, Finding, Reconciliation, Verdict
from ets.mrv.v1.mrv_types_pb2 import AllocationEntityRow
from ets.registry.v1.registry_types_pb2 import ComplianceState, ComplianceStatus
from ets.trading.v1.trading_types_pb2 import Trade, TradeMode, TradeStatus
from simulation.window.gather import Outcome
from simulation.window.progress import Progress

FIRST = date(2021, 10, 26)


def make_outcome(*, broken: int = 0, unchecked: int = 0) -> Outcome:
    return Outcome(
        allocations=[
            _allocation("A", verified=900, obligation=1_000, emissions=1_100, is_capped=True),
            _allocation("B", verified=1_200, obligation=1_000, emissions=1_000),
            _allocation("C", verified=500, obligation=700, emissions=700),
        ],
        statuses=[
            _status("A", "37", surrendered=960, offset=40, certificate="CC-A"),
            _status("B", "44", surrendered=1_000, offset=0, certificate="CC-B"),
            _status("C", "37", surrendered=0, offset=0, obligation=700),
        ],
        trades=[
            _trade("2021-10-26", 10, 4_265), _trade("2021-11-30", 20, 4_295), _trade("2021-12-31", 60, 5_422),
            _trade("2021-12-31", 200_000, 5_000, mode=TradeMode.TRADE_MODE_BLOCK),
            _trade("2021-12-01", 40, 3_600, market="BJ"),
        ],
        handovers=[_handover(rows=2, tonnes=40), _handover(rows=0, tonnes=0), _handover(is_acknowledged=False)],
        cancelled_tco2e=40,
        reconciliation=_reconciliation(broken, unchecked),
        events={"published": 9, "consumed": 8, "duplicates_ignored": 3, "gaps_repaired": 1, "dead_letters": 0},
    )  # fmt: skip


def make_progress(days: int = 67) -> Progress:
    daily: list[dict[str, int | str]] = [
        {
            "date": (FIRST + timedelta(days=n)).isoformat(),
            "completed_entities": min(3, n // 20),
            "surrendered_t": n * 100,
            "offset_t": n * 10,
            "handed_over_t": (n % 7) * 1_000,
            "handover_rows": n % 7,
            "listed_t": 90_000 + n * 1_000,
            "block_t": 300_000 if n % 3 else 0,
            "close_fen": 4_265 + n * 10 if (FIRST + timedelta(days=n)).weekday() < 5 else 0,
        }
        for n in range(days)
    ]
    return Progress(
        cycle="2019-2020", seed=7, plan_digest="d" * 64, is_prepared=True, last_date="2021-12-31",
        last_moment="late", daily=daily, wall_seconds=61.26, peak_rss_mib={"mrv": 90, "total": 900},
    )  # fmt: skip


def _allocation(
    code: str, *, verified: int, obligation: int, emissions: int, is_capped: bool = False
) -> AllocationEntityRow:
    return AllocationEntityRow(
        credit_code=code, verified_tco2e=verified, obligation_tco2e=obligation, emissions_tco2e=emissions,
        is_capped=is_capped,
    )  # fmt: skip


def _status(
    code: str, province: str, *, surrendered: int, offset: int, certificate: str = "", obligation: int = 1_000
) -> ComplianceStatus:
    completed = ComplianceState.COMPLIANCE_STATE_COMPLETED_ON_TIME
    return ComplianceStatus(
        credit_code=code, province_code=province, obligation_tco2e=obligation, surrendered_tco2e=surrendered,
        offset_tco2e=offset, certificate_no=certificate,
        state=completed if certificate else ComplianceState.COMPLIANCE_STATE_OVERDUE,
    )  # fmt: skip


def _trade(
    day: str, tonnes: int, price: int, *, market: str = "CEA",
    mode: TradeMode.ValueType = TradeMode.TRADE_MODE_LISTED,
) -> Trade:  # fmt: skip
    return Trade(
        market=market, trading_date=day, mode=mode, price_fen_per_tco2e=price, quantity_tco2e=tonnes,
        turnover_fen=tonnes * price, status=TradeStatus.TRADE_STATUS_SETTLED,
    )  # fmt: skip


def _handover(*, rows: int = 0, tonnes: int = 0, is_acknowledged: bool = True) -> HandoverStatus:
    manifest = HandoverManifest(row_count=rows, quantity_tco2e=tonnes)
    return HandoverStatus(manifest=manifest, is_acknowledged=is_acknowledged)


def _reconciliation(broken: int, unchecked: int) -> Reconciliation:
    verdicts = [
        Verdict.VERDICT_KEPT,
        *[Verdict.VERDICT_BROKEN] * broken,
        *[Verdict.VERDICT_UNCHECKED] * unchecked,
    ]
    findings = [
        Finding(
            invariant_id=f"CHK-{number}",
            statement=f"Statement {number} <of the checker>.",
            verdict=verdict,
            cause="registry is away" if verdict == Verdict.VERDICT_UNCHECKED else "",
            evidence=[Evidence(subject="R-E-A", expected="1", found="2")]
            if verdict == Verdict.VERDICT_BROKEN
            else [],
            evidence_count=int(verdict == Verdict.VERDICT_BROKEN),
        )
        for number, verdict in enumerate(verdicts, start=1)
    ]
    return Reconciliation(
        findings=findings, kept_count=1, broken_count=broken, unchecked_count=unchecked,
        digests={"registry/holdings": "ab" * 32, "mrv/entities": "cd" * 32},
    )  # fmt: skip
