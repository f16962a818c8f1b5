"""Contract messages to domain values; what cannot be a value is MALFORMED_REQUEST or the value's own refusal."""

from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

from ets.ccer.v1 import ccer_types_pb2
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import (
    ApplicationNo,
    CancellationNo,
    CreditCode,
    HandoverNo,
    TableNo,
    parse_credit_code,
)
from ets_kernel.domain.periods import parse_period
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.quantities import parse_decimal
from ets_ledger.domain.values import SerialRange

from registry.domain.allocation_table import EntityRow, TableKind, TransmittedTable, UnitRow
from registry.domain.handover import HandoverRow, Manifest
from registry.domain.plan_2019_2020 import Category

Value = TypeVar("Value")

_CATEGORIES: Final[Mapping[int, Category]] = {
    mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW: Category.COAL_ABOVE_300MW,
    mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_UP_TO_300MW: Category.COAL_UP_TO_300MW,
    mrv_types_pb2.UNIT_CATEGORY_UNCONVENTIONAL_COAL: Category.UNCONVENTIONAL_COAL,
    mrv_types_pb2.UNIT_CATEGORY_GAS: Category.GAS,
}
_KINDS: Final[Mapping[int, TableKind]] = {
    mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION: TableKind.PRE_ALLOCATION,
    mrv_types_pb2.ALLOCATION_KIND_VERIFIED: TableKind.VERIFIED,
}
_COOLING: Final[Mapping[int, bool]] = {
    mrv_types_pb2.COOLING_MODE_WATER: False,
    mrv_types_pb2.COOLING_MODE_AIR: True,
}
_COGENERATION: Final[Mapping[int, bool]] = {
    mrv_types_pb2.PRODUCT_CLASS_CONDENSING: False,
    mrv_types_pb2.PRODUCT_CLASS_COGENERATION: True,
}


def business_day(text: str, field: str = "business_date") -> date:
    """Take a date, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest(f"{field} {text!r} is no date", field=field, rule="YYYY-MM-DD") from error


def transmitted_table(message: mrv_events_pb2.AllocationTableTransmitted) -> TransmittedTable:
    """Take a transmitted table; its number must name its period, kind and province."""
    province_code = parse_province_code(message.province_code)
    period = parse_period(message.period).name
    kind = _one_of(_KINDS, message.kind, "kind")
    number = TableNo(f"{period}/{kind}/{province_code}")
    if message.table_no != number or message.revision < 1:
        raise MalformedRequest(
            f"{message.table_no} revision {message.revision} is not a transmission of {number}",
            field="table_no",
            rule="<period>/<PRE or VERIFIED>/<province code>, revisions from 1",
        )
    return TransmittedTable(
        table_no=number,
        revision=message.revision,
        province_code=province_code,
        period=period,
        kind=kind,
        unit_rows=tuple(_unit_row(row) for row in message.unit_rows),
        entity_rows=tuple(_entity_row(row) for row in message.entity_rows),
        digest=message.digest,
    )


def manifest(message: ccer_types_pb2.HandoverManifest) -> Manifest:
    """Take a manifest; its number must name its date and province."""
    day = business_day(message.business_date)
    province_code = parse_province_code(message.province_code)
    number = HandoverNo(f"H-{day.isoformat()}-{province_code}")
    if message.handover_no != number:
        raise MalformedRequest(
            f"{message.handover_no} is not the hand-over {number}",
            field="handover_no",
            rule="H-<business date>-<province code>",
        )
    return Manifest(
        handover_no=number,
        business_date=day,
        province_code=province_code,
        row_count=message.row_count,
        quantity_tco2e=message.quantity_tco2e,
        rows_digest=message.rows_digest,
        previous_digest=message.previous_digest,
        manifest_digest=message.manifest_digest,
        seal_digest=message.seal.digest,
        signature=message.seal.signature,
        key_id=message.seal.key_id,
    )


def handover_row(message: ccer_types_pb2.HandoverRow) -> HandoverRow:
    """Take a row as it is; what is wrong with it is judged, so that it can be answered."""
    cancellation = message.cancellation
    return HandoverRow(
        row_no=message.row_no,
        cancellation_no=CancellationNo(cancellation.cancellation_no),
        offset_application_no=ApplicationNo(cancellation.application_no),
        credit_code=CreditCode(cancellation.credit_code),
        entity_name=cancellation.entity_name,
        province_code=parse_province_code(cancellation.province_code),
        ccer_account_no=cancellation.account_no,
        project_no=cancellation.project_no,
        reduction_year=cancellation.reduction_year,
        blocks=tuple(SerialRange(block.serial_start, block.serial_end) for block in cancellation.blocks),
        quantity_tco2e=cancellation.quantity_tco2e,
        confirmed_tco2e=message.confirmed_tco2e,
        is_inside_national_market=message.is_inside_national_market,
    )


def _unit_row(message: mrv_types_pb2.AllocationUnitRow) -> UnitRow:
    unit, output = message.unit, message.output
    if (unit.credit_code, unit.unit_no) != (output.credit_code, output.unit_no):
        raise MalformedRequest(
            f"unit {unit.unit_no} of {unit.credit_code} has the output of another",
            field="unit_rows.output",
            rule="same unit",
        )
    return UnitRow(
        credit_code=parse_credit_code(unit.credit_code),
        unit_no=unit.unit_no,
        category=_one_of(_CATEGORIES, unit.category, "unit.category"),
        is_air_cooled=_one_of(_COOLING, unit.cooling, "unit.cooling"),
        is_cogeneration=_one_of(_COGENERATION, unit.product_class, "unit.product_class"),
        year=output.year,
        net_supply_mwh=parse_decimal(output.net_supply_mwh, "net_supply_mwh"),
        heat_supply_gj=parse_decimal(output.heat_supply_gj, "heat_supply_gj"),
        heat_ratio=parse_decimal(output.heat_ratio, "heat_ratio"),
        load_factor=parse_decimal(output.load_factor, "load_factor"),
        emissions_tco2e=output.emissions_tco2e,
        allowance_tco2e=message.allowance_tco2e,
        obligation_tco2e=message.obligation_tco2e,
    )


def _entity_row(message: mrv_types_pb2.AllocationEntityRow) -> EntityRow:
    return EntityRow(
        credit_code=parse_credit_code(message.credit_code),
        name=message.name,
        pre_allocated_tco2e=message.pre_allocated_tco2e,
        verified_tco2e=message.verified_tco2e,
        issue_tco2e=message.issue_tco2e,
        emissions_tco2e=message.emissions_tco2e,
        obligation_tco2e=message.obligation_tco2e,
        is_capped=message.is_capped,
    )


def _one_of(known: Mapping[int, Value], value: int, field: str) -> Value:
    if value not in known:
        raise MalformedRequest(f"{field} {value} is not known", field=field, rule="defined_only")
    return known[value]
