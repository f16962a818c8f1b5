"""The first event that mentions what parted is named, with its business case."""

from dataclasses import replace
from datetime import timedelta

from checker_books import NOW, TOPIC, event
from checker_clean import CEA, RA, A
from checker_platform import FakePlatform
from consistency_checker.app.trace_evidence import EVIDENCE_TRACED_MAX, trace_evidence
from consistency_checker.domain.reconciliation import Finding
from consistency_checker.domain.verdict import Broken, Evidence, Kept, Verdict

STREAM, OTHER = f"{TOPIC}/0", f"{TOPIC}/1"


def _finding(*evidence: Evidence) -> Finding:
    return Finding(number=1, statement="It holds.", verdict=Broken(evidence))


def _place(*keys: str, first_event: str = "") -> Evidence:
    return Evidence(subject="s", expected="e", found="f", keys=keys, first_event=first_event)


async def _first(*evidence: Evidence, platform: FakePlatform, events_max: int = 100) -> list[str]:
    heads = {"registry": {stream: len(events) for stream, events in platform.streams.items()}}
    (finding,) = await trace_evidence([_finding(*evidence)], platform, heads, events_max=events_max)
    assert isinstance(finding.verdict, Broken)
    return [place.first_event for place in finding.verdict.evidence]


def _moved(sequence: int, stream: str = STREAM, *, minutes: int = 0, **fields: str):
    found = event("UnitsTransferredToTrading", sequence=sequence, **fields)
    return replace(found, stream=stream, occurred_time=NOW + timedelta(minutes=minutes))


async def test_the_earliest_event_that_mentions_every_key_is_named():
    platform = FakePlatform(
        streams={
            STREAM: [
                _moved(1, account_no=RA, product="other"),
                _moved(2, minutes=9, account_no=RA, product=CEA),
            ],
            OTHER: [_moved(1, OTHER, minutes=5, account_no=RA, product=CEA)],
        }
    )
    assert await _first(_place(RA, CEA), platform=platform) == [f"{OTHER}#1"]


async def test_an_entitys_credit_code_stands_for_its_account():
    platform = FakePlatform(streams={STREAM: [_moved(1, credit_code=A, product=CEA)]})
    assert await _first(_place(RA, CEA), platform=platform) == [f"{STREAM}#1"]


async def test_what_no_event_mentions_stays_untold():
    platform = FakePlatform(streams={STREAM: [_moved(1, account_no=RA)]})
    assert await _first(_place(RA, CEA), _place(), platform=platform) == ["", ""]


async def test_a_place_that_names_its_event_keeps_it():
    platform = FakePlatform(streams={STREAM: [_moved(1, account_no=RA)]})
    assert await _first(_place(RA, first_event="x#1"), platform=platform) == ["x#1"]


async def test_no_more_events_than_the_bound_are_read():
    platform = FakePlatform(streams={STREAM: [_moved(1), _moved(2, account_no=RA)]})
    assert await _first(_place(RA), platform=platform, events_max=1) == [""]
    assert await _first(_place(RA), platform=platform, events_max=2) == [f"{STREAM}#2"]


async def test_only_the_first_places_of_a_finding_are_traced():
    platform = FakePlatform(streams={STREAM: [_moved(1, account_no="late")]})
    places = [_place(f"k{number}") for number in range(EVIDENCE_TRACED_MAX)]
    assert (await _first(*places, _place("late"), platform=platform))[-1] == ""
    assert (await _first(*places[1:], _place("late"), platform=platform))[-1] == f"{STREAM}#1"


async def test_a_service_that_left_has_nothing_to_tell():
    platform = FakePlatform()
    (finding,) = await trace_evidence(
        [_finding(_place(RA))], platform, {"registry": {STREAM: 5}}, events_max=9
    )
    assert finding == _finding(_place(RA))


async def test_the_business_case_is_told_and_kept_findings_are_left_alone():
    platform = FakePlatform(streams={STREAM: [_moved(1, account_no=RA)]})
    kept: Verdict = Kept()
    findings = [_finding(_place(RA)), Finding(number=2, statement="It holds.", verdict=kept)]
    broken, other = await trace_evidence(findings, platform, {"registry": {STREAM: 1}}, events_max=9)
    assert isinstance(broken.verdict, Broken)
    assert broken.verdict.evidence[0].flow_id == "flow-1"
    assert other.verdict is kept
