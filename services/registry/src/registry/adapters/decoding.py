"""Contract messages to domain values; what cannot be a value is MALFORMED_REQUEST or the value's own refusal."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from ets.ccer.v1 import ccer_types_pb2
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import (
    ApplicationNo,
    CancellationNo,
    CreditCode,
    HandoverNo,
    parse_credit_code,
)
from ets_kernel.domain.periods import parse_period
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.quantities import parse_decimal
from ets_kernel.runtime.grpc.messages import Page
from ets_ledger.domain.values import SerialRange

from registry.app.queries import PageOf
from registry.domain.allocation_history import change_ordinal, table_no_of
from registry.domain.allocation_table import (
    Category,
    Differentiation,
    EntityRow,
    InstallationRow,
    Scope,
    SpecialLine,
    TableKind,
    TransmittedTable,
    UnitRow,
)
from registry.domain.compliance_rules import Sector
from registry.domain.handover import HandoverRow, Manifest

Value = TypeVar("Value")

EMISSIONS_MAX_TCO2E: Final = 10**12
"""More than the whole world emits: no unit of a table emits as much."""

_CATEGORIES: Final[Mapping[int, Category]] = {
    mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW: Category.COAL_ABOVE_300MW,
    mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_UP_TO_300MW: Category.COAL_UP_TO_300MW,
    mrv_types_pb2.UNIT_CATEGORY_UNCONVENTIONAL_COAL: Category.UNCONVENTIONAL_COAL,
    mrv_types_pb2.UNIT_CATEGORY_GAS: Category.GAS,
}
_KINDS: Final[Mapping[int, TableKind]] = {
    mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION: TableKind.PRE_ALLOCATION,
    mrv_types_pb2.ALLOCATION_KIND_VERIFIED: TableKind.VERIFIED,
    mrv_types_pb2.ALLOCATION_KIND_CHANGED: TableKind.CHANGED,
}
_SCOPES: Final[Mapping[int, Scope]] = {
    mrv_types_pb2.ALLOCATION_SCOPE_UNSPECIFIED: Scope.POWER,
    mrv_types_pb2.ALLOCATION_SCOPE_POWER: Scope.POWER,
    mrv_types_pb2.ALLOCATION_SCOPE_INDUSTRY: Scope.INDUSTRY,
}
_SECTORS: Final[Mapping[int, Sector]] = {
    mrv_types_pb2.INDUSTRY_SECTOR_STEEL: Sector.STEEL,
    mrv_types_pb2.INDUSTRY_SECTOR_CEMENT: Sector.CEMENT,
    mrv_types_pb2.INDUSTRY_SECTOR_ALUMINIUM: Sector.ALUMINIUM,
}
_ENTITY_SECTORS: Final = {mrv_types_pb2.INDUSTRY_SECTOR_UNSPECIFIED: Sector.POWER, **_SECTORS}
_SPECIAL_LINES: Final[Mapping[int, SpecialLine]] = {
    mrv_types_pb2.SPECIAL_LINE_UNSPECIFIED: SpecialLine.NONE,
    mrv_types_pb2.SPECIAL_LINE_WHITE_CLINKER: SpecialLine.WHITE_CLINKER,
    mrv_types_pb2.SPECIAL_LINE_CARBIDE_SLAG: SpecialLine.CARBIDE_SLAG,
    mrv_types_pb2.SPECIAL_LINE_GYPSUM: SpecialLine.GYPSUM,
}
_DIFFERENTIATIONS: Final[Mapping[int, Differentiation]] = {
    mrv_types_pb2.DIFFERENTIATION_UNSPECIFIED: Differentiation.NONE,
    mrv_types_pb2.DIFFERENTIATION_SHUT_DOWN: Differentiation.SHUT_DOWN,
    mrv_types_pb2.DIFFERENTIATION_AT_RISK: Differentiation.AT_RISK,
    mrv_types_pb2.DIFFERENTIATION_NOT_SURRENDERED: Differentiation.NOT_SURRENDERED,
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
    """Take a date, YYYY-MM-DD; the moments of the first and the last year that there are leave the calendar."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest(f"{field} {text!r} is no date", field=field, rule="YYYY-MM-DD") from error
    if day.year in (date.min.year, date.max.year):
        raise MalformedRequest(f"{field} {text!r} is out of time", field=field, rule="year 0002 to 9998")
    return day


def province_of(text: str) -> str:
    """Take the province that a read is about, empty for all; PROVINCE_UNKNOWN."""
    return parse_province_code(text) if text else ""


def period_of(text: str) -> str:
    """Take the compliance period that a read is about; PERIOD_UNKNOWN."""
    return parse_period(text).name


def page_of(page: Page) -> PageOf:
    """Take a page, one row longer than it shows: that row tells whether the list goes on."""
    return PageOf(size=page.size + 1, after=page.after)


def transmitted_table(message: mrv_events_pb2.AllocationTableTransmitted) -> TransmittedTable:
    """Take a transmitted table; its number must name its period, kind, province and scope."""
    province_code = parse_province_code(message.province_code)
    period = parse_period(message.period).name
    kind = _one_of(_KINDS, message.kind, "kind")
    scope = _one_of(_SCOPES, message.scope, "scope")
    ordinal = change_ordinal(message.table_no)
    number = table_no_of(period=period, kind=kind, province_code=province_code, scope=scope, ordinal=ordinal)
    is_numbered = (kind is TableKind.CHANGED) == (ordinal > 0)
    if message.table_no != number or message.revision < 1 or not is_numbered:
        raise MalformedRequest(
            f"{message.table_no} revision {message.revision} is not a transmission of {number}",
            field="table_no",
            rule="<period>/<kind>/<province code>[/industry][/<number of a change>], revisions from 1",
        )
    if message.installation_rows if scope is Scope.POWER else message.unit_rows:
        raise MalformedRequest(
            f"{number} is of {scope} and has rows of the other scope", field="scope", rule="rows of one scope"
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
        scope=scope,
        installation_rows=tuple(_installation_row(row) for row in message.installation_rows),
        balances={
            _one_of(_SECTORS, balance.sector, "sector"): _not_negative(balance.balance_value, "balance_value")
            for balance in message.balances
        },
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
        net_supply_mwh=_not_negative(output.net_supply_mwh, "net_supply_mwh"),
        heat_supply_gj=_not_negative(output.heat_supply_gj, "heat_supply_gj"),
        heat_ratio=_not_negative(output.heat_ratio, "heat_ratio"),
        load_factor=_not_negative(output.load_factor, "load_factor"),
        emissions_tco2e=_emissions(output.emissions_tco2e, "emissions_tco2e"),
        allowance_tco2e=message.allowance_tco2e,
        obligation_tco2e=message.obligation_tco2e,
        top_up_tco2e=message.top_up_tco2e,
        gross_generation_mwh=_decimal_or_zero(output.gross_generation_mwh, "gross_generation_mwh"),
        is_back_pressure=unit.is_back_pressure,
    )


def _installation_row(message: mrv_types_pb2.AllocationInstallationRow) -> InstallationRow:
    return InstallationRow(
        credit_code=parse_credit_code(message.credit_code),
        unit_no=message.installation_no,
        sector=_one_of(_SECTORS, message.sector, "sector"),
        special_line=_one_of(_SPECIAL_LINES, message.special_line, "special_line"),
        year=message.year,
        output_t=_not_negative(message.output_t, "output_t"),
        process_emissions_tco2e=_emissions(message.process_emissions_tco2e, "process_emissions_tco2e"),
        carbide_slag_ratio=_decimal_or_zero(message.carbide_slag_ratio, "carbide_slag_ratio"),
        emissions_tco2e=_emissions(message.emissions_tco2e, "emissions_tco2e"),
        allowance_tco2e=message.allowance_tco2e,
        obligation_tco2e=message.obligation_tco2e,
    )


def _emissions(value_tco2e: int, field: str) -> int:
    if not 0 <= value_tco2e <= EMISSIONS_MAX_TCO2E:
        raise MalformedRequest(
            f"{field} {value_tco2e} cannot be", field=field, rule=f"0 to {EMISSIONS_MAX_TCO2E}"
        )
    return value_tco2e


def _decimal_or_zero(text: str, field: str) -> Decimal:
    return _not_negative(text, field) if text else Decimal(0)


def _not_negative(text: str, field: str) -> Decimal:
    value = parse_decimal(text, field)
    if value < 0:
        raise MalformedRequest(f"{field} {text} is below zero", field=field, rule="0 or more")
    return value


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
        top_up_tco2e=message.top_up_tco2e,
        adjustment_tco2e=message.adjustment_tco2e,
        deducted_before_tco2e=message.deducted_before_tco2e,
        deducted_tco2e=message.deducted_tco2e,
        returned_tco2e=message.returned_tco2e,
        remainder_tco2e=message.remainder_tco2e,
        borrowed_tco2e=message.borrowed_tco2e,
        differentiation=_one_of(_DIFFERENTIATIONS, message.differentiation, "differentiation"),
        sector=_one_of(_ENTITY_SECTORS, message.sector, "sector"),
    )


def _one_of(known: Mapping[int, Value], value: int, field: str) -> Value:
    if value not in known:
        raise MalformedRequest(f"{field} {value} is not known", field=field, rule="defined_only")
    return known[value]
