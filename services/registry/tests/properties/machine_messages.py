"""What others tell the registry about the small plants of the machine."""

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from model_allocation import (
    emissions_tco2e,
    obligation_tco2e,
    pre_allocated_tco2e,
    verified_tco2e,
    yearly_tco2e,
)
from model_offsets import HandoverInHand, RowInHand
from model_state import PERIOD, Plant
from registry_messages import handover, rows_digest_of, table_digest


def entity_listed(credit_code: str, name: str, province_code: str) -> mrv_events_pb2.EntityListed:
    entity = mrv_types_pb2.Entity(
        credit_code=credit_code, name=name, province_code=province_code, period=PERIOD
    )
    return mrv_events_pb2.EntityListed(entity=entity)


def transmitted(
    kind: str, province_code: str, revision: int, plants: list[Plant], *, is_false: bool
) -> mrv_events_pb2.AllocationTableTransmitted:
    """A table as the management platform sends it; one false figure more, if asked for."""
    is_pre = kind == "PRE"
    plants = sorted(plants, key=lambda plant: plant.credit_code)
    rows = [pre_row(plant) if is_pre else verified_row(plant) for plant in plants]
    if is_false:
        rows[0].issue_tco2e += 1
    years = (2018,) if is_pre else (2019, 2020)
    return mrv_events_pb2.AllocationTableTransmitted(
        table_no=f"{PERIOD}/{kind}/{province_code}",
        province_code=province_code,
        period=PERIOD,
        kind=mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION
        if is_pre
        else mrv_types_pb2.ALLOCATION_KIND_VERIFIED,
        revision=revision,
        unit_rows=[unit_row(plant, year) for plant in plants for year in years],
        entity_rows=rows,
        digest=table_digest(rows),
    )


def unit_row(plant: Plant, year: int) -> mrv_types_pb2.AllocationUnitRow:
    emissions = 0 if year == 2018 else plant.emissions_tco2e[year]
    pre = pre_allocated_tco2e(plant) // 2
    return mrv_types_pb2.AllocationUnitRow(
        unit=mrv_types_pb2.Unit(
            credit_code=plant.credit_code,
            unit_no="1",
            category=mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
            cooling=mrv_types_pb2.COOLING_MODE_WATER,
            product_class=mrv_types_pb2.PRODUCT_CLASS_CONDENSING,
            capacity_mw="600",
            main_fuel="烟煤",
        ),
        output=mrv_types_pb2.VerifiedYear(
            credit_code=plant.credit_code,
            unit_no="1",
            year=year,
            net_supply_mwh=str(plant.supply_mwh[year]),
            heat_supply_gj="0",
            heat_ratio="0",
            load_factor="0.90",
            emissions_tco2e=emissions,
        ),
        allowance_tco2e=pre if year == 2018 else yearly_tco2e(plant.supply_mwh[year]),
        obligation_tco2e=emissions,
    )


def pre_row(plant: Plant) -> mrv_types_pb2.AllocationEntityRow:
    given = pre_allocated_tco2e(plant)
    return mrv_types_pb2.AllocationEntityRow(
        credit_code=plant.credit_code, name=plant.name, pre_allocated_tco2e=given, issue_tco2e=given
    )


def verified_row(plant: Plant) -> mrv_types_pb2.AllocationEntityRow:
    given = pre_allocated_tco2e(plant)
    return mrv_types_pb2.AllocationEntityRow(
        credit_code=plant.credit_code,
        name=plant.name,
        pre_allocated_tco2e=given,
        verified_tco2e=verified_tco2e(plant),
        issue_tco2e=verified_tco2e(plant) - given,
        emissions_tco2e=emissions_tco2e(plant),
        obligation_tco2e=obligation_tco2e(plant),
        is_capped=obligation_tco2e(plant) < emissions_tco2e(plant),
    )


def handover_row(row: RowInHand) -> ccer_types_pb2.HandoverRow:
    return ccer_types_pb2.HandoverRow(
        row_no=row.row_no,
        cancellation=ccer_types_pb2.Cancellation(
            cancellation_no=row.cancellation_no,
            application_no=row.application_no,
            credit_code=row.credit_code,
            entity_name=row.name,
            province_code=row.province_code,
            account_no=f"C-{row.credit_code}",
            project_no=row.project_no,
            reduction_year=row.year,
            blocks=[
                ccer_types_pb2.CcerBlock(serial_start=start, serial_end=end) for start, end in row.serials
            ],
            quantity_tco2e=row.quantity,
        ),
        confirmed_tco2e=row.confirmed,
        is_inside_national_market=row.is_inside,
    )


def handed_over(given: HandoverInHand) -> ccer_events_pb2.HandoverIssued:
    """A hand-over as the centre issues it, with the fault that it is said to have; sets its digest."""
    rows = [handover_row(row) for row in given.rows]
    changes = {}
    if given.fault == "count":
        changes["row_count"] = given.row_count = len(rows) + 1
    elif given.fault == "sum":
        given.quantity += 1
        changes["quantity_tco2e"] = given.quantity
    elif given.fault == "digest":
        changes["rows_digest"] = rows_digest_of([])[:31] + b"!"
    message = handover(given.business_date, *rows, previous=given.previous, **changes)
    if given.fault == "seal":
        message.manifest.seal.signature = bytes(64)
    given.digest = message.manifest.manifest_digest
    return message
