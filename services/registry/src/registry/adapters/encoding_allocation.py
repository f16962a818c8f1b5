"""Values of allocation to contract messages: used by events and by gRPC alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp

from registry.domain.adjustment import AdjustmentChange, AdjustmentKind
from registry.domain.earmark import EarmarkChange, EarmarkKind

ADJUSTMENT_KINDS: Final[Mapping[AdjustmentKind, pb.AllocationAdjustmentKind.ValueType]] = {
    AdjustmentKind.UNSURRENDERED: pb.ALLOCATION_ADJUSTMENT_KIND_UNSURRENDERED,
    AdjustmentKind.CORRECTION: pb.ALLOCATION_ADJUSTMENT_KIND_CORRECTION,
    AdjustmentKind.BORROWED: pb.ALLOCATION_ADJUSTMENT_KIND_BORROWED,
    AdjustmentKind.RELIEF: pb.ALLOCATION_ADJUSTMENT_KIND_RELIEF,
    AdjustmentKind.OTHER: pb.ALLOCATION_ADJUSTMENT_KIND_OTHER,
    AdjustmentKind.DEDUCTED: pb.ALLOCATION_ADJUSTMENT_KIND_DEDUCTED,
    AdjustmentKind.RETURNED: pb.ALLOCATION_ADJUSTMENT_KIND_RETURNED,
}
EARMARK_KINDS: Final[Mapping[EarmarkKind, pb.EarmarkKind.ValueType]] = {
    EarmarkKind.ISSUED: pb.EARMARK_KIND_ISSUED,
    EarmarkKind.SURRENDERED: pb.EARMARK_KIND_SURRENDERED,
    EarmarkKind.RELEASED: pb.EARMARK_KIND_RELEASED,
    EarmarkKind.RECOVERED: pb.EARMARK_KIND_RECOVERED,
    EarmarkKind.CORRECTED: pb.EARMARK_KIND_CORRECTED,
}


def adjustment(change: AdjustmentChange, at: datetime) -> pb.AllocationAdjustment:
    """Put a change of what is to be deducted in its message."""
    return pb.AllocationAdjustment(
        credit_code=change.credit_code,
        from_period=change.from_period,
        ordinal=change.ordinal,
        kind=ADJUSTMENT_KINDS[change.kind],
        change_tco2e=change.change_tco2e,
        remainder_tco2e=change.remainder_tco2e,
        reference=change.reference,
        recorded_time=to_timestamp(at),
    )


def earmark(change: EarmarkChange, at: datetime) -> pb.EarmarkedAllowance:
    """Put a change of what a province holds for an entity in its message."""
    return pb.EarmarkedAllowance(
        credit_code=change.credit_code,
        product=change.product,
        ordinal=change.ordinal,
        province_code=change.province_code,
        kind=EARMARK_KINDS[change.kind],
        change_tco2e=change.change_tco2e,
        quantity_tco2e=change.quantity_tco2e,
        reference=change.reference,
        recorded_time=to_timestamp(at),
    )
