"""Facts to messages. The checker consumes no topic: it reads the others' outboxes when it needs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ets.checker.v1 import checker_events_pb2 as pb
from ets_kernel.runtime.db import OutgoingEvent
from google.protobuf.message import Message

from consistency_checker.adapters import encoding
from consistency_checker.domain import events

RECONCILIATIONS: Final = "ets.checker.reconciliations.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message with its key."""

    aggregate_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where facts of one type go and how they are put in words."""

    topic: str
    aggregate: str
    tell: Callable[[Any], Told]


def outgoing(fact: events.Fact) -> OutgoingEvent:
    """Put a fact in its message."""
    published = PUBLISHED[type(fact)]
    told = published.tell(fact)
    return OutgoingEvent(
        topic=published.topic,
        aggregate=published.aggregate,
        aggregate_id=told.aggregate_id,
        message=told.message,
        occurred_time=fact.at,
        flow_id=told.aggregate_id,
    )


def _completed(fact: events.ReconciliationCompleted) -> Told:
    message = pb.ReconciliationCompleted(
        reconciliation=encoding.reconciliation(fact.reconciliation, with_digests=False)
    )
    return Told(aggregate_id=fact.reconciliation.reconciliation_no, message=message)


PUBLISHED: Final[Mapping[type[events.Fact], Published]] = {
    events.ReconciliationCompleted: Published(
        topic=RECONCILIATIONS, aggregate="reconciliation", tell=_completed
    ),
}
