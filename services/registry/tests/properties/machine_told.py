"""What the registry told others, fact by fact: it must be what the books say."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from ets.registry.v1 import registry_events_pb2
from google.protobuf.message import Message

Fact = tuple[object, ...]
Facts = dict[str, "Counter[Fact]"]

# What is read of each fact.
_READ: dict[str, Callable[[Any], Fact]] = {
    "UnitsTransferredToTrading": lambda one: (
        *(one.transfer_no, one.account_no, one.product, one.quantity_tco2e),
    ),
    "UnitsReturnedFromTrading": lambda one: (
        *(one.withdrawal_no, one.account_no, one.product, one.quantity_tco2e),
    ),
    "VoluntaryCancellationRegistered": lambda one: (
        *(one.application_no, one.certificate_no, one.account_no, one.product, one.quantity_tco2e),
    ),
    "SurrenderRegistered": lambda one: (
        one.application.application_no,
        sum(line.quantity_tco2e for line in one.application.lines),
    ),
    "OffsetCreditsCreated": lambda one: (
        *(one.cancellation_no, one.credit_code, one.product, one.quantity_tco2e),
    ),
    "UnitsCarriedOver": lambda one: (*(one.application_no, one.account_no, one.product, one.quantity_tco2e),),
    "CarryOverNoticeIssued": lambda one: (
        *(one.credit_code, one.computed_tco2e, one.holding_tco2e, one.allowed_tco2e),
    ),
    "AllocationAdjustmentChanged": lambda one: (
        *(one.adjustment.credit_code, one.adjustment.from_period, one.adjustment.ordinal),
        *(one.adjustment.change_tco2e, one.adjustment.remainder_tco2e),
    ),
    "AllowancesEarmarked": lambda one: (
        *(one.earmark.credit_code, one.earmark.product, one.earmark.ordinal),
        *(one.earmark.change_tco2e, one.earmark.quantity_tco2e),
    ),
    "ForcedSurrenderRegistered": lambda one: (one.forced_surrender.case_no, one.status.period),
}


def facts_of(events: list[tuple[str, bytes]]) -> Facts:
    """Read what was told, by the name of the fact."""
    found: Facts = {name: Counter() for name in _READ}
    for full_name, payload in events:
        name = full_name.rpartition(".")[2]
        if name in _READ:
            message: Message = getattr(registry_events_pb2, name).FromString(payload)
            found[name][_READ[name](message)] += 1
    return found
