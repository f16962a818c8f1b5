from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.publication import Published, Told
from ets_kernel.testing.messages import NOTES_TOPIC, NoteWritten

AT = datetime(2021, 7, 16, 1, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    note: str
    at: datetime


@pytest.mark.parametrize("version", [{}, {"aggregate_version": 3}])
def test_a_fact_goes_to_its_topic_in_its_message_at_its_time(version):
    message = NoteWritten()
    published = Published(
        topic=NOTES_TOPIC,
        aggregate="note",
        tell=lambda fact: Told(aggregate_id=fact.note, flow_id="case-1", message=message, **version),
    )
    assert published.outgoing(Noted(note="N-1", at=AT)) == OutgoingEvent(
        topic=NOTES_TOPIC,
        aggregate="note",
        aggregate_id="N-1",
        message=message,
        occurred_time=AT,
        aggregate_version=version.get("aggregate_version", 0),
        flow_id="case-1",
    )
