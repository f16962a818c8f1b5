"""A run judges everything, looks again while business goes on, and is stored and told once."""

from checker_books import NOW, TOPIC, event
from checker_clean import CEA, RA, RB, TRADE_CEA
from checker_platform import FakePlatform, FakeUnitOfWork
from consistency_checker.app.run_reconciliation import EVIDENCE_MAX, examine, store_reconciliation
from consistency_checker.app.take_snapshot import Limits
from consistency_checker.domain.books import HANDOVER_ROWS, REGISTRY_UNITS, TRADES
from consistency_checker.domain.events import ReconciliationCompleted
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.domain.reconciliation import Finding
from consistency_checker.domain.rows import State
from consistency_checker.domain.verdict import Broken, Kept, Unchecked
from ets_kernel.testing.clock import HandClock

LIMITS = Limits(recaptures_max=3, looks_max=3, in_flight_events_max=10, trace_events_max=100)


def _verdicts(findings: tuple[Finding, ...], verdict: type) -> set[int]:
    return {finding.number for finding in findings if isinstance(finding.verdict, verdict)}


async def test_clean_books_keep_everything():
    examination = await examine(FakePlatform(), clock=HandClock(), limits=LIMITS)
    assert _verdicts(examination.findings, Kept) == {invariant.number for invariant in INVARIANTS}
    assert examination.business_time == NOW
    assert examination.in_flight_count == 0


async def test_a_run_does_not_stop_at_the_first_fault():
    platform = FakePlatform(away={"mrv"})
    platform.books.drop(REGISTRY_UNITS.settled_trades)
    platform.books.drop(HANDOVER_ROWS)
    examination = await examine(platform, clock=HandClock(), limits=LIMITS)
    assert _verdicts(examination.findings, Broken) >= {17, 49, 51}
    assert 26 in _verdicts(examination.findings, Unchecked)
    assert 1 in _verdicts(examination.findings, Kept)


async def test_with_everybody_away_everything_is_unchecked_at_the_checkers_own_time():
    platform = FakePlatform(away={"mrv", "registry", "trading", "ccer-bridge"})
    clock = HandClock()
    examination = await examine(platform, clock=clock, limits=LIMITS)
    assert len(_verdicts(examination.findings, Unchecked)) == len(INVARIANTS)
    assert examination.business_time == clock.now()
    assert examination.digests == {}


async def test_what_business_under_way_explains_is_not_broken_at_the_second_look():
    """The registry was captured before a settlement, trading after it; no event tells of the call between them."""
    platform = FakePlatform()
    legs = list(platform.books.rows[REGISTRY_UNITS.settled_trades.path])

    def settle(service: str, ordinal: int) -> None:
        platform.books.rows[REGISTRY_UNITS.settled_trades.path] = legs if ordinal > 1 else []
        platform.moved["trading"] = {"ets.trading.trades.v1/0": 1} if ordinal == 1 else {}

    platform.before_capture = settle
    examination = await examine(platform, clock=HandClock(), limits=LIMITS)
    assert _verdicts(examination.findings, Broken) == set()
    assert platform.captured.count("registry") == 2


async def test_what_is_broken_for_good_stays_broken_after_a_bounded_number_of_looks():
    platform = FakePlatform(moved={"trading": {"ets.trading.trades.v1/0": 1}})
    platform.books.drop(REGISTRY_UNITS.settled_trades)
    examination = await examine(platform, clock=HandClock(), limits=LIMITS)
    assert 17 in _verdicts(examination.findings, Broken)
    assert platform.captured.count("registry") == LIMITS.looks_max


async def test_what_is_broken_at_rest_is_looked_at_once():
    platform = FakePlatform()
    platform.books.drop(REGISTRY_UNITS.settled_trades)
    await examine(platform, clock=HandClock(), limits=LIMITS)
    assert platform.captured.count("registry") == 1


async def test_a_run_is_stored_under_the_next_number_and_told():
    clock = HandClock()
    uow = FakeUnitOfWork()
    examination = await examine(FakePlatform(), clock=clock, limits=LIMITS)
    first = await store_reconciliation(examination, request_id="r-1", uow=uow, clock=clock)
    second = await store_reconciliation(examination, request_id="r-2", uow=uow, clock=clock)
    assert (first.reconciliation_no, second.reconciliation_no) == ("RC-1", "RC-2")
    assert uow.stored == [(first, "r-1"), (second, "r-2")]
    assert uow.facts[0] == ReconciliationCompleted(reconciliation=first, at=clock.now())
    assert first.count(Kept) == len(INVARIANTS)


async def test_evidence_is_shortened_and_counted():
    platform = FakePlatform()
    for number in range(EVIDENCE_MAX + 5):
        platform.books.add(
            TRADES, f"X-{number}", "CEA", "2021-12-01", State("AGREED"), RB, RA, CEA, 1, 1, 2, State("AGREED")
        )
    uow = FakeUnitOfWork()
    clock = HandClock()
    examination = await examine(platform, clock=clock, limits=LIMITS)
    run = await store_reconciliation(examination, request_id="r", uow=uow, clock=clock)
    finding = run.examination.findings[21]
    assert finding.invariant_id == "CHK-22"
    assert isinstance(finding.verdict, Broken)
    assert len(finding.verdict.evidence) == EVIDENCE_MAX
    assert run.evidence_counts[22] == EVIDENCE_MAX + 5
    assert TRADE_CEA not in {place.subject for place in finding.verdict.evidence}
    assert run.count(Broken) == 1


async def test_events_in_flight_are_counted():
    stream = f"{TOPIC}/0"
    platform = FakePlatform(produced={"registry": {stream: 1}})
    platform.streams[stream] = [event("UnitsReturnedFromTrading", sequence=1, withdrawal_no="W-CEA-1")]
    examination = await examine(platform, clock=HandClock(), limits=LIMITS)
    assert examination.in_flight_count == 1
