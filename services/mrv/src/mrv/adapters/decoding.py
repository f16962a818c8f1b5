"""Contract messages to domain values; what cannot be a value is MALFORMED_REQUEST or the value's own refusal."""

from datetime import date
from typing import Final

from ets.ccer.v1 import ccer_types_pb2
from ets.common.v1 import seal_pb2
from ets.mrv.v1 import mrv_service_pb2, mrv_types_pb2
from ets.registry.v1 import registry_types_pb2
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import (
    ApplicationNo,
    CancellationNo,
    CreditCode,
    HandoverNo,
    Period,
    UnitNo,
    parse_credit_code,
)
from ets_kernel.domain.periods import parse_period
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.quantities import parse_decimal

from mrv.adapters import encoding
from mrv.domain.allocation_table import Difference, Seal
from mrv.domain.compliance import ComplianceStatus
from mrv.domain.handover import HandoverRow, Manifest, Receipt
from mrv.domain.offset_application import OffsetForm, OffsetLine
from mrv.domain.units import Unit, VerifiedYear

CATEGORIES: Final = {value: category for category, value in encoding.CATEGORIES.items()}
COOLING_MODES: Final = {value: mode for mode, value in encoding.COOLING_MODES.items()}
PRODUCT_CLASSES: Final = {value: product for product, value in encoding.PRODUCT_CLASSES.items()}
KINDS: Final = {value: kind for kind, value in encoding.KINDS.items()}
APPLICATION_STATUSES: Final = {value: status for status, value in encoding.APPLICATION_STATUSES.items()}

COMPLETED: Final = frozenset(
    {
        registry_types_pb2.COMPLIANCE_STATE_COMPLETED_ON_TIME,
        registry_types_pb2.COMPLIANCE_STATE_COMPLETED_LATE,
    }
)


def business_day(text: str, field: str = "business_date") -> date:
    """Take a date, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest(f"{field} {text!r} is no date", field=field, rule="YYYY-MM-DD") from error


def unit(message: mrv_types_pb2.Unit) -> Unit:
    """Take a unit; enums and patterns were checked by the contract's rules."""
    return Unit(
        credit_code=CreditCode(message.credit_code),
        unit_no=UnitNo(message.unit_no),
        category=CATEGORIES[message.category],
        cooling=COOLING_MODES[message.cooling],
        product_class=PRODUCT_CLASSES[message.product_class],
        capacity_mw=parse_decimal(message.capacity_mw, "capacity_mw"),
        main_fuel=message.main_fuel,
    )


def verified_year(message: mrv_types_pb2.VerifiedYear) -> VerifiedYear:
    """Take a verified year."""
    return VerifiedYear(
        credit_code=CreditCode(message.credit_code),
        unit_no=UnitNo(message.unit_no),
        year=message.year,
        net_supply_mwh=parse_decimal(message.net_supply_mwh, "net_supply_mwh"),
        heat_supply_gj=parse_decimal(message.heat_supply_gj, "heat_supply_gj"),
        heat_ratio=parse_decimal(message.heat_ratio, "heat_ratio"),
        load_factor=parse_decimal(message.load_factor, "load_factor"),
        emissions_tco2e=message.emissions_tco2e,
    )


def seal(message: seal_pb2.Seal) -> Seal:
    """Take a seal."""
    return Seal(digest=message.digest, signature=message.signature, key_id=message.key_id)


def difference(message: mrv_types_pb2.AllocationDifference) -> Difference:
    """Take a figure that the registry computed differently."""
    return Difference(
        credit_code=message.credit_code,
        unit_no=message.unit_no,
        year=message.year,
        column=message.column,
        transmitted_tco2e=message.transmitted_tco2e,
        recomputed_tco2e=message.recomputed_tco2e,
    )


def offset_form(message: mrv_service_pb2.OffsetApplicationForm) -> OffsetForm:
    """Take a form as it is; the use case says what is wrong with it."""
    return OffsetForm(
        credit_code=CreditCode(message.credit_code),
        entity_name=message.entity_name,
        province_code=message.province_code,
        period=Period(message.period),
        obligation_tco2e=message.obligation_tco2e,
        ccer_account_no=message.ccer_account_no,
        lines=tuple(
            OffsetLine(
                project_no=line.project_no,
                reduction_year=line.reduction_year,
                quantity_tco2e=line.quantity_tco2e,
            )
            for line in message.lines
        ),
    )


def receipt(message: ccer_types_pb2.Cancellation) -> Receipt:
    """Take a cancellation; its quantity must be above zero."""
    if message.quantity_tco2e <= 0:
        raise MalformedRequest("a cancellation has a quantity", field="quantity_tco2e", rule="> 0")
    return Receipt(
        cancellation_no=CancellationNo(message.cancellation_no),
        application_no=ApplicationNo(message.application_no),
        credit_code=parse_credit_code(message.credit_code),
        province_code=parse_province_code(message.province_code),
        project_no=message.project_no,
        reduction_year=message.reduction_year,
        quantity_tco2e=message.quantity_tco2e,
    )


def compliance_status(message: registry_types_pb2.ComplianceStatus) -> ComplianceStatus:
    """Take an entity's compliance as the registry tells of it."""
    return ComplianceStatus(
        credit_code=parse_credit_code(message.credit_code),
        period=parse_period(message.period).name,
        province_code=parse_province_code(message.province_code),
        obligation_tco2e=message.obligation_tco2e,
        surrendered_tco2e=message.surrendered_tco2e,
        offset_tco2e=message.offset_tco2e,
        is_completed=message.state in COMPLETED,
    )


def manifest(message: ccer_types_pb2.HandoverManifest) -> Manifest:
    """Take the manifest of a hand-over."""
    return Manifest(
        handover_no=HandoverNo(message.handover_no),
        business_date=business_day(message.business_date),
        province_code=parse_province_code(message.province_code),
        row_count=message.row_count,
        quantity_tco2e=message.quantity_tco2e,
        rows_digest=message.rows_digest,
        previous_digest=message.previous_digest,
        manifest_digest=message.manifest_digest,
        seal=seal(message.seal),
    )


def handover_row(message: ccer_types_pb2.HandoverRow) -> HandoverRow:
    """Take a row of a hand-over."""
    cancellation = message.cancellation
    return HandoverRow(
        row_no=message.row_no,
        receipt=receipt(cancellation),
        entity_name=cancellation.entity_name,
        ccer_account_no=cancellation.account_no,
        blocks=",".join(f"{block.serial_start}-{block.serial_end}" for block in cancellation.blocks),
        confirmed_tco2e=message.confirmed_tco2e,
    )
