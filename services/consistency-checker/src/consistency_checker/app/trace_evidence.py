"""Find the first event that mentions what a piece of evidence is about: where two books may have parted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from consistency_checker.app.ports import Platform, Unreadable
from consistency_checker.domain.reconciliation import Finding
from consistency_checker.domain.snapshot import Event
from consistency_checker.domain.verdict import Broken, Evidence

EVIDENCE_TRACED_MAX: Final = 20
"""Places traced per finding; the rest keep an empty event."""

ACCOUNT_PREFIXES: Final = ("R-E-", "C-")

_NEVER: Final = datetime.max.replace(tzinfo=UTC)

Keys = tuple[str, ...]
First = tuple[datetime, str, int, str]


async def trace_evidence(
    findings: Sequence[Finding],
    platform: Platform,
    heads: Mapping[str, Mapping[str, int]],
    *,
    events_max: int,
) -> tuple[Finding, ...]:
    """Fill in stream, sequence and business case where an event mentions all keys of the evidence.

    Reads at most `events_max` events per service; a service that does not answer has nothing to tell.
    """
    wanted = {evidence.keys for finding in findings for evidence in _traced(finding)}
    if not wanted:
        return tuple(findings)
    firsts: dict[Keys, First] = {}
    by_first_key = _index(wanted)
    for service, streams in sorted(heads.items()):
        left = events_max
        for stream, head in sorted(streams.items()):
            try:
                events = await platform.events(service, stream, after=0, up_to=min(head, left))
            except Unreadable:
                break
            left -= len(events)
            _look(events, by_first_key, firsts)
    return tuple(_with_events(finding, firsts) for finding in findings)


def _traced(finding: Finding) -> list[Evidence]:
    if not isinstance(finding.verdict, Broken):
        return []
    return [
        evidence
        for evidence in finding.verdict.evidence[:EVIDENCE_TRACED_MAX]
        if evidence.keys and not evidence.first_event
    ]


def _index(wanted: Iterable[Keys]) -> dict[str, list[Keys]]:
    index: defaultdict[str, list[Keys]] = defaultdict(list)
    for keys in sorted(wanted):
        for name in _names(keys[0]):
            index[name].append(keys)
    return index


def _look(events: Iterable[Event], by_first_key: Mapping[str, list[Keys]], firsts: dict[Keys, First]) -> None:
    for event in events:
        values = {value for values in event.fields.values() for value in values} | {event.flow_id}
        place = (event.occurred_time, event.stream, event.sequence, event.flow_id)
        for value in values & by_first_key.keys():
            for keys in by_first_key[value]:
                if all(_names(key) & values for key in keys) and place < firsts.get(
                    keys, (_NEVER, "", 0, "")
                ):
                    firsts[keys] = place


def _names(key: str) -> set[str]:
    """Give the key, and the credit code where it is the account of an entity."""
    return {key, *(key.removeprefix(prefix) for prefix in ACCOUNT_PREFIXES)}


def _with_events(finding: Finding, firsts: Mapping[Keys, First]) -> Finding:
    if not isinstance(finding.verdict, Broken):
        return finding
    return replace(
        finding, verdict=Broken(tuple(_with_event(evidence, firsts) for evidence in finding.verdict.evidence))
    )


def _with_event(evidence: Evidence, firsts: Mapping[Keys, First]) -> Evidence:
    first = firsts.get(evidence.keys)
    if first is None or evidence.first_event:
        return evidence
    _, stream, sequence, flow_id = first
    return replace(evidence, first_event=f"{stream}#{sequence}", flow_id=flow_id)
