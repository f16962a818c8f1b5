"""What change registrations tell."""

from collections.abc import Mapping
from typing import Any, Final

from ets.registry.v1 import registry_events_pb2
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.publication import Published, Told

from registry.adapters import encoding_changes as encoding
from registry.adapters.encoding import BUCKETS
from registry.domain import events

HOLDINGS: Final = "ets.registry.holdings.v1"


def _holdings_changed(fact: events.HoldingsChanged) -> Told:
    change = fact.change
    is_merged = fact.account_no in {change.account_no, change.survivor_account_no}
    message = registry_events_pb2.HoldingsChanged(
        account_no=fact.account_no,
        registration_no=change.registration_no,
        kind=encoding.CHANGE_KINDS[change.kind],
        document=encoding.document(change.document),
        changes=[
            registry_events_pb2.HoldingChange(product=product, bucket=BUCKETS[bucket], change_tco2e=quantity)
            for (product, bucket), quantity in sorted(fact.changes.items())
        ],
        successions=[encoding.succession(one) for one in change.successions] if is_merged else [],
        confirmed_time=to_timestamp(fact.at),
        carry_over_tco2e=fact.carry_over_tco2e,
    )
    return Told(aggregate_id=fact.account_no, flow_id=change.registration_no, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    events.HoldingsChanged: Published(topic=HOLDINGS, aggregate="account", tell=_holdings_changed),
}
