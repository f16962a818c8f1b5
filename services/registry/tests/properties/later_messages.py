"""Tables of the later plans as the management platform sends them."""

from allocation_messages import AT_RISK, INDUSTRY, POWER, PRE, STEEL, VERIFIED, entity, table, unit
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from later_allocation import YEAR_BEFORE, allowance_tco2e, pre_allocated_tco2e
from later_state import LaterPlant, LaterRow


def transmitted_later(
    number: str, revision: int, plants: list[LaterPlant], rows: dict[str, LaterRow], *, is_false: bool
) -> mrv_events_pb2.AllocationTableTransmitted:
    """A table with these rows; one false figure more, if asked for."""
    period, kind, *_ = number.split("/")
    entities = [_entity(plant, rows[plant.credit_code], kind) for plant in plants]
    if is_false:
        entities[0].issue_tco2e += 1
    if number.endswith("/industry"):
        lines = [_steel(plant, int(period)) for plant in plants]
        return table(period, VERIFIED, lines, entities, scope=INDUSTRY, revision=revision)
    units = [_unit(plant, period, kind) for plant in plants]
    return table(period, PRE if kind == "PRE" else VERIFIED, units, entities, scope=POWER, revision=revision)


def _unit(plant: LaterPlant, period: str, kind: str) -> mrv_types_pb2.AllocationUnitRow:
    if kind == "PRE":
        year = YEAR_BEFORE[period]
        emitted = plant.emissions_tco2e[year]
        return unit(plant.number, year=year, emissions=emitted, allowance=pre_allocated_tco2e(plant, period))
    year = int(period)
    output = str(plant.output_mwh[year])
    return unit(
        plant.number,
        year=year,
        emissions=plant.emissions_tco2e[year],
        allowance=allowance_tco2e(plant, period),
        obligation=plant.emissions_tco2e[year],
        **({"supply": output} if period == "2022" else {"generation": output}),
    )


def _steel(plant: LaterPlant, year: int) -> mrv_types_pb2.AllocationInstallationRow:
    emitted = plant.emissions_tco2e[year]
    return mrv_types_pb2.AllocationInstallationRow(
        credit_code=plant.credit_code,
        installation_no="1",
        sector=STEEL,
        year=year,
        output_t="1000",
        emissions_tco2e=emitted,
        process_emissions_tco2e=emitted,
        allowance_tco2e=emitted,
        obligation_tco2e=emitted,
    )


def _entity(plant: LaterPlant, row: LaterRow, kind: str) -> mrv_types_pb2.AllocationEntityRow:
    figures = {
        "pre_allocated": row.allocated_before,
        "issue": row.issue,
        "adjustment": row.adjustment,
        "deducted": row.deducted,
        "remainder": row.remainder,
    }
    if kind == "VERIFIED":
        figures |= {
            "verified": row.verified,
            "emissions": row.emissions,
            "obligation": row.emissions,
            "top_up": row.top_up,
            "deducted_before": row.deducted_before,
            "returned": row.returned,
            "borrowed": row.borrowed,
            "is_capped": row.top_up > 0,
        }
    if row.is_at_risk:
        figures["differentiation"] = AT_RISK
    if row.is_steel:
        figures["sector"] = STEEL
    return entity(plant.number, **figures)
