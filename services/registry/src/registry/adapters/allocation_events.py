"""Facts of allocation to messages."""

from collections.abc import Mapping
from typing import Any, Final

from ets.registry.v1 import registry_events_pb2 as pb
from ets_kernel.runtime.publication import Published, Told

from registry.adapters import encoding, encoding_allocation
from registry.domain import events

ALLOCATION: Final = "ets.registry.allocation.v1"


def _table_recomputed(fact: events.AllocationTableRecomputed) -> Told:
    message = pb.AllocationTableRecomputed(
        table_no=fact.table_no,
        revision=fact.revision,
        differences=[encoding.difference(difference) for difference in fact.differences],
    )
    return Told(aggregate_id=fact.table_no, flow_id=fact.table_no, message=message)


def _allowances_issued(fact: events.AllowancesIssued) -> Told:
    message = pb.AllowancesIssued(
        table_no=fact.table_no,
        revision=fact.revision,
        product=fact.product,
        issue_tco2e=fact.issue_tco2e,
        entity_count=fact.entity_count,
        initiated_by=fact.initiated_by,
        confirmed_by=fact.confirmed_by,
        borrowed_tco2e=fact.borrowed_tco2e,
        earmarked_tco2e=fact.earmarked_tco2e,
    )
    return Told(aggregate_id=fact.table_no, flow_id=fact.table_no, message=message)


def _adjustment_changed(fact: events.AllocationAdjustmentChanged) -> Told:
    change = fact.change
    message = pb.AllocationAdjustmentChanged(adjustment=encoding_allocation.adjustment(change, fact.at))
    return Told(aggregate_id=change.credit_code, flow_id=change.reference, message=message)


def _earmarked(fact: events.AllowancesEarmarked) -> Told:
    change = fact.change
    message = pb.AllowancesEarmarked(earmark=encoding_allocation.earmark(change, fact.at))
    return Told(aggregate_id=change.credit_code, flow_id=change.reference, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    events.AllocationTableRecomputed: Published(
        topic=ALLOCATION, aggregate="allocation_table", tell=_table_recomputed
    ),
    events.AllowancesIssued: Published(
        topic=ALLOCATION, aggregate="allocation_table", tell=_allowances_issued
    ),
    events.AllocationAdjustmentChanged: Published(
        topic=ALLOCATION, aggregate="entity", tell=_adjustment_changed
    ),
    events.AllowancesEarmarked: Published(topic=ALLOCATION, aggregate="entity", tell=_earmarked),
}
