"""Domain values to contract messages: one function per message, used by events and by gRPC alike."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from ets.common.v1 import seal_pb2
from ets.mrv.v1 import mrv_events_pb2
from ets.mrv.v1 import mrv_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from google.protobuf.timestamp_pb2 import Timestamp

from mrv.domain.allocation_table import (
    AllocationTable,
    Difference,
    EntityRow,
    Seal,
    TableKind,
    TableStatus,
    UnitRow,
)
from mrv.domain.compliance import ComplianceOverview
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv.domain.roster import Entity
from mrv.domain.units import CoolingMode, ProductClass, Unit, UnitCategory, VerifiedYear
from mrv.domain.weekly_summary import WeeklySummaryRow

CATEGORIES: Final[Mapping[UnitCategory, pb.UnitCategory.ValueType]] = {
    UnitCategory.CONVENTIONAL_COAL_ABOVE_300MW: pb.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
    UnitCategory.CONVENTIONAL_COAL_UP_TO_300MW: pb.UNIT_CATEGORY_CONVENTIONAL_COAL_UP_TO_300MW,
    UnitCategory.UNCONVENTIONAL_COAL: pb.UNIT_CATEGORY_UNCONVENTIONAL_COAL,
    UnitCategory.GAS: pb.UNIT_CATEGORY_GAS,
}
COOLING_MODES: Final[Mapping[CoolingMode, pb.CoolingMode.ValueType]] = {
    CoolingMode.WATER: pb.COOLING_MODE_WATER,
    CoolingMode.AIR: pb.COOLING_MODE_AIR,
}
PRODUCT_CLASSES: Final[Mapping[ProductClass, pb.ProductClass.ValueType]] = {
    ProductClass.CONDENSING: pb.PRODUCT_CLASS_CONDENSING,
    ProductClass.COGENERATION: pb.PRODUCT_CLASS_COGENERATION,
}
KINDS: Final[Mapping[TableKind, pb.AllocationKind.ValueType]] = {
    TableKind.PRE_ALLOCATION: pb.ALLOCATION_KIND_PRE_ALLOCATION,
    TableKind.VERIFIED: pb.ALLOCATION_KIND_VERIFIED,
}
TABLE_STATUSES: Final[Mapping[TableStatus, pb.AllocationTableStatus.ValueType]] = {
    TableStatus.COMPUTED: pb.ALLOCATION_TABLE_STATUS_COMPUTED,
    TableStatus.TRANSMITTED: pb.ALLOCATION_TABLE_STATUS_TRANSMITTED,
    TableStatus.DIFFERENT: pb.ALLOCATION_TABLE_STATUS_DIFFERENT,
    TableStatus.AGREED: pb.ALLOCATION_TABLE_STATUS_AGREED,
    TableStatus.SEALED: pb.ALLOCATION_TABLE_STATUS_SEALED,
    TableStatus.ISSUED: pb.ALLOCATION_TABLE_STATUS_ISSUED,
}
APPLICATION_STATUSES: Final[Mapping[ApplicationStatus, pb.OffsetApplicationStatus.ValueType]] = {
    ApplicationStatus.SUBMITTED: pb.OFFSET_APPLICATION_STATUS_SUBMITTED,
    ApplicationStatus.CONFIRMED: pb.OFFSET_APPLICATION_STATUS_CONFIRMED,
    ApplicationStatus.REFUSED: pb.OFFSET_APPLICATION_STATUS_REFUSED,
    ApplicationStatus.CANCELLED: pb.OFFSET_APPLICATION_STATUS_CANCELLED,
}


def entity(value: Entity) -> pb.Entity:
    """Encode an entity."""
    return pb.Entity(
        credit_code=value.credit_code,
        name=value.name,
        province_code=value.province_code,
        period=value.period,
    )


def unit(value: Unit) -> pb.Unit:
    """Encode a unit."""
    return pb.Unit(
        credit_code=value.credit_code,
        unit_no=value.unit_no,
        category=CATEGORIES[value.category],
        cooling=COOLING_MODES[value.cooling],
        product_class=PRODUCT_CLASSES[value.product_class],
        capacity_mw=_decimal(value.capacity_mw),
        main_fuel=value.main_fuel,
    )


def verified_year(value: VerifiedYear) -> pb.VerifiedYear:
    """Encode a verified year."""
    return pb.VerifiedYear(
        credit_code=value.credit_code,
        unit_no=value.unit_no,
        year=value.year,
        net_supply_mwh=_decimal(value.net_supply_mwh),
        heat_supply_gj=_decimal(value.heat_supply_gj),
        heat_ratio=_decimal(value.heat_ratio),
        load_factor=_decimal(value.load_factor),
        emissions_tco2e=value.emissions_tco2e,
    )


def unit_row(value: UnitRow) -> pb.AllocationUnitRow:
    """Encode a unit's row of a table."""
    return pb.AllocationUnitRow(
        unit=unit(value.unit),
        output=verified_year(value.output),
        allowance_tco2e=value.allowance_tco2e,
        obligation_tco2e=value.obligation_tco2e,
    )


def entity_row(value: EntityRow) -> pb.AllocationEntityRow:
    """Encode an entity's row of a table."""
    return pb.AllocationEntityRow(
        credit_code=value.credit_code,
        name=value.name,
        pre_allocated_tco2e=value.pre_allocated_tco2e,
        verified_tco2e=value.verified_tco2e,
        issue_tco2e=value.issue_tco2e,
        emissions_tco2e=value.emissions_tco2e,
        obligation_tco2e=value.obligation_tco2e,
        is_capped=value.is_capped,
    )


def seal(value: Seal | None) -> seal_pb2.Seal | None:
    """Encode a seal, if there is one."""
    if value is None:
        return None
    return seal_pb2.Seal(digest=value.digest, signature=value.signature, key_id=value.key_id)


def allocation_table(value: AllocationTable, differences: tuple[Difference, ...] = ()) -> pb.AllocationTable:
    """Encode a table without its rows."""
    return pb.AllocationTable(
        table_no=value.table_no,
        province_code=value.province_code,
        period=value.period,
        kind=KINDS[value.kind],
        status=TABLE_STATUSES[value.status],
        entity_count=value.entity_count,
        issue_tco2e=value.issue_tco2e,
        obligation_tco2e=value.obligation_tco2e,
        digest=value.digest,
        seal=seal(value.seal),
        differences=[_difference(difference) for difference in differences],
    )


def offset_application(value: OffsetApplication) -> pb.OffsetApplication:
    """Encode an application with its lines and checks."""
    form = value.form
    return pb.OffsetApplication(
        application_no=value.application_no,
        credit_code=form.credit_code,
        entity_name=form.entity_name,
        province_code=form.province_code,
        period=form.period,
        obligation_tco2e=form.obligation_tco2e,
        ccer_account_no=form.ccer_account_no,
        lines=[
            pb.OffsetLine(
                project_no=line.project_no,
                reduction_year=line.reduction_year,
                quantity_tco2e=line.quantity_tco2e,
            )
            for line in form.lines
        ],
        requested_tco2e=form.requested_tco2e,
        status=APPLICATION_STATUSES[value.status],
        submitted_time=to_timestamp(value.submitted_time),
        decided_time=_time(value.decided_time),
        checks=[
            pb.OffsetCheck(check=check.check, is_passed=check.is_passed, finding=check.finding)
            for check in value.checks
        ],
        cancelled_tco2e=value.cancelled_tco2e,
        refusal_text=value.refusal_text,
    )


def summary_row(value: WeeklySummaryRow) -> mrv_events_pb2.WeeklySummaryRow:
    """Encode a decision in a weekly summary."""
    status = ApplicationStatus.CONFIRMED if value.is_confirmed else ApplicationStatus.REFUSED
    return mrv_events_pb2.WeeklySummaryRow(
        application_no=value.application_no,
        credit_code=value.credit_code,
        status=APPLICATION_STATUSES[status],
        confirmed_tco2e=value.confirmed_tco2e,
    )


def compliance_overview(value: ComplianceOverview) -> pb.ComplianceOverview:
    """Encode a province's compliance."""
    return pb.ComplianceOverview(
        province_code=value.province_code,
        period=value.period,
        entity_count=value.entity_count,
        completed_count=value.completed_count,
        obligation_tco2e=value.obligation_tco2e,
        surrendered_tco2e=value.surrendered_tco2e,
        offset_tco2e=value.offset_tco2e,
        handed_over_tco2e=value.handed_over_tco2e,
    )


def _difference(value: Difference) -> pb.AllocationDifference:
    return pb.AllocationDifference(
        credit_code=value.credit_code,
        unit_no=value.unit_no,
        year=value.year,
        column=value.column,
        transmitted_tco2e=value.transmitted_tco2e,
        recomputed_tco2e=value.recomputed_tco2e,
    )


def _decimal(value: Decimal) -> str:
    # Never with an exponent: the contract's pattern has none.
    return f"{value:f}"


def _time(value: datetime | None) -> Timestamp | None:
    return to_timestamp(value) if value is not None else None
