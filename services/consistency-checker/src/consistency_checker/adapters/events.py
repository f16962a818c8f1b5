"""Facts to messages. The checker consumes no topic: it reads the others' outboxes when it needs them."""

from collections.abc import Mapping
from typing import Final

from ets.checker.v1 import checker_events_pb2 as pb
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.publication import Published, Told

from consistency_checker.adapters import encoding
from consistency_checker.domain import events

RECONCILIATIONS: Final = "ets.checker.reconciliations.v1"


def outgoing(fact: events.Fact) -> OutgoingEvent:
    """Put a fact in its message."""
    return PUBLISHED[type(fact)].outgoing(fact)


def _completed(fact: events.ReconciliationCompleted) -> Told:
    message = pb.ReconciliationCompleted(
        reconciliation=encoding.reconciliation(fact.reconciliation, with_digests=False)
    )
    number = fact.reconciliation.reconciliation_no
    return Told(aggregate_id=number, flow_id=number, message=message)


PUBLISHED: Final[Mapping[type[events.Fact], Published]] = {
    events.ReconciliationCompleted: Published(
        topic=RECONCILIATIONS, aggregate="reconciliation", tell=_completed
    ),
}
