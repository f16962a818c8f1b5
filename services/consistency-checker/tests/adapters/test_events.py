"""Every fact has its message."""

from datetime import UTC, datetime
from typing import get_args

from consistency_checker.adapters.events import PUBLISHED, outgoing
from consistency_checker.domain import events
from consistency_checker.domain.reconciliation import Examination, Finding, numbered
from consistency_checker.domain.verdict import Broken, Evidence, Kept, Unchecked
from ets.topics import TOPICS
from google.protobuf.json_format import MessageToDict

AT = datetime(2021, 11, 2, 8, 0, tzinfo=UTC)


def test_every_fact_is_published_on_a_topic_of_the_checker():
    assert set(PUBLISHED) == set(get_args(events.Fact) or (events.Fact,))
    assert {TOPICS[published.topic].producer for published in PUBLISHED.values()} == {"consistency-checker"}


def test_a_completed_run_is_told_whole_but_for_its_digests():
    place = Evidence(subject="R-1", expected="1", found="2", keys=("R-1",), first_event="t/0#1", flow_id="f")
    examination = Examination(
        business_time=AT,
        findings=(
            Finding(number=1, statement="One.", verdict=Kept()),
            Finding(number=2, statement="Two.", verdict=Broken((place, place))),
            Finding(number=3, statement="Three.", verdict=Unchecked("away")),
        ),
        digests={"mrv/entities": "00"},
        in_flight_count=4,
    )
    run = numbered(examination, 7, evidence_max=1)
    event = outgoing(events.ReconciliationCompleted(reconciliation=run, at=AT))
    assert (event.topic, event.aggregate, event.aggregate_id) == (
        "ets.checker.reconciliations.v1",
        "reconciliation",
        "RC-7",
    )
    assert event.occurred_time == AT
    assert MessageToDict(event.message)["reconciliation"] == {
        "reconciliationNo": "RC-7",
        "businessTime": "2021-11-02T08:00:00Z",
        "findings": [
            {"invariantId": "CHK-1", "statement": "One.", "verdict": "VERDICT_KEPT"},
            {
                "invariantId": "CHK-2",
                "statement": "Two.",
                "verdict": "VERDICT_BROKEN",
                "evidence": [
                    {"subject": "R-1", "expected": "1", "found": "2", "firstEvent": "t/0#1", "flowId": "f"}
                ],
                "evidenceCount": 2,
            },
            {"invariantId": "CHK-3", "statement": "Three.", "verdict": "VERDICT_UNCHECKED", "cause": "away"},
        ],
        "keptCount": 1,
        "brokenCount": 1,
        "uncheckedCount": 1,
        "inFlightCount": 4,
    }
