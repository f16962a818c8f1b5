"""Allocation tables of the plans from 2021 on, made by the letter of the contracts."""

from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets_kernel.domain.canonical import canonical_row, rows_digest
from registry_messages import PROVINCE, code, name

PRE = mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION
VERIFIED = mrv_types_pb2.ALLOCATION_KIND_VERIFIED
CHANGED = mrv_types_pb2.ALLOCATION_KIND_CHANGED
POWER = mrv_types_pb2.ALLOCATION_SCOPE_POWER
INDUSTRY = mrv_types_pb2.ALLOCATION_SCOPE_INDUSTRY
AT_RISK = mrv_types_pb2.DIFFERENTIATION_AT_RISK
SHUT_DOWN = mrv_types_pb2.DIFFERENTIATION_SHUT_DOWN
CEMENT = mrv_types_pb2.INDUSTRY_SECTOR_CEMENT
STEEL = mrv_types_pb2.INDUSTRY_SECTOR_STEEL

_KINDS = {PRE: "PRE", VERIFIED: "VERIFIED", CHANGED: "CHANGED"}


def unit(
    number, *, year, emissions=0, allowance=0, obligation=0, top_up=0, heat="0", supply="0", generation=""
):
    """A conventional coal unit above 300 MW with a load of 90 %, unless told otherwise."""
    return mrv_types_pb2.AllocationUnitRow(
        unit=mrv_types_pb2.Unit(
            credit_code=code(number),
            unit_no="1",
            category=mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
            cooling=mrv_types_pb2.COOLING_MODE_WATER,
            product_class=mrv_types_pb2.PRODUCT_CLASS_CONDENSING,
            capacity_mw="600",
        ),
        output=mrv_types_pb2.VerifiedYear(
            credit_code=code(number),
            unit_no="1",
            year=year,
            net_supply_mwh=supply,
            heat_supply_gj=heat,
            heat_ratio="0",
            load_factor="0.90",
            emissions_tco2e=emissions,
            gross_generation_mwh=generation,
        ),
        allowance_tco2e=allowance,
        obligation_tco2e=obligation,
        top_up_tco2e=top_up,
    )


def clinker(number, *, year, emissions, allowance, obligation, output="1000000"):
    """An ordinary clinker line."""
    return mrv_types_pb2.AllocationInstallationRow(
        credit_code=code(number),
        installation_no="1",
        sector=CEMENT,
        year=year,
        output_t=output,
        emissions_tco2e=emissions,
        allowance_tco2e=allowance,
        obligation_tco2e=obligation,
    )


def entity(number, **figures):
    """An entity's row; figures without their unit."""
    marks = {
        name: figures.pop(name) for name in ("is_capped", "differentiation", "sector") if name in figures
    }
    return mrv_types_pb2.AllocationEntityRow(
        credit_code=code(number),
        name=name(number),
        **{f"{column}_tco2e": value for column, value in figures.items()},
        **marks,
    )


def wide_digest(rows) -> bytes:
    """The digest of rows from 2021 on, column by column as the contract says."""
    return rows_digest(
        canonical_row(
            [
                row.credit_code,
                row.name,
                row.pre_allocated_tco2e,
                row.verified_tco2e,
                row.issue_tco2e,
                row.emissions_tco2e,
                row.obligation_tco2e,
                int(row.is_capped),
                row.top_up_tco2e,
                row.adjustment_tco2e,
                row.deducted_before_tco2e,
                row.deducted_tco2e,
                row.returned_tco2e,
                row.remainder_tco2e,
                row.borrowed_tco2e,
                row.differentiation,
                row.sector,
            ]
        )
        for row in rows
    )


def table(period, kind, raw, entities, *, scope=POWER, ordinal=0, revision=1, balances=()):
    """A transmission with its own number and digest."""
    parts = [period, _KINDS[kind], PROVINCE]
    parts += ["industry"] if scope == INDUSTRY else []
    parts += [str(ordinal)] if ordinal else []
    rows = sorted(entities, key=lambda row: row.credit_code)
    return mrv_events_pb2.AllocationTableTransmitted(
        table_no="/".join(parts),
        province_code=PROVINCE,
        period=period,
        kind=kind,
        revision=revision,
        unit_rows=raw if scope == POWER else [],
        installation_rows=raw if scope == INDUSTRY else [],
        entity_rows=rows,
        digest=wide_digest(rows),
        scope=scope,
        balances=[
            mrv_types_pb2.SectorBalance(sector=sector, balance_value=value) for sector, value in balances
        ],
    )


# 2021, two entities. The first emits 1,000,000 t, is pre-allocated 700,000 t and verified 850,000 t, borrows 75,000 t
# (test vector T10). The second is at risk, verified 1,200,000 t, and owes 1,000,000 t.
HEAT_850 = "7650765.077"
HEAT_1200 = "10801080.109"


def pre_2021(**changes):
    first = {"pre_allocated": 700_000, "issue": 700_000} | changes
    return table(
        "2021",
        PRE,
        [unit(number, year=2021, emissions=1_000_000, allowance=700_000) for number in (1, 2)],
        [entity(1, **first), entity(2, differentiation=AT_RISK)],
    )


def verified_2021(*, revision=1, second=None, **changes):
    first = {
        "pre_allocated": 700_000,
        "verified": 850_000,
        "issue": 150_000,
        "emissions": 1_000_000,
        "obligation": 1_000_000,
        "borrowed": 75_000,
    } | changes
    other = {
        "verified": 1_200_000,
        "issue": 1_200_000,
        "emissions": 1_000_000,
        "obligation": 1_000_000,
        "differentiation": AT_RISK,
    } | (second or {})
    common = {"year": 2021, "emissions": 1_000_000, "obligation": 1_000_000}
    return table(
        "2021",
        VERIFIED,
        [
            unit(1, heat=HEAT_850, allowance=850_000, **common),
            unit(2, heat=HEAT_1200, allowance=1_200_000, **common),
        ],
        [entity(1, **first), entity(2, **other)],
        revision=revision,
    )


# 2022, one entity: the worked example of a deduction of 70,000 t from 50,000 t pre-allocated and 30,000 t verified.
def pre_2022(*, revision=1):
    return table(
        "2022",
        PRE,
        [unit(1, year=2021, emissions=71_429, allowance=50_000)],
        [
            entity(1, pre_allocated=50_000, adjustment=70_000, deducted=50_000, remainder=20_000),
        ],
        revision=revision,
    )


def verified_2022():
    return table(
        "2022",
        VERIFIED,
        [unit(1, year=2022, emissions=30_000, heat="271493.213", allowance=30_000, obligation=30_000)],
        [
            entity(
                1,
                pre_allocated=50_000,
                verified=30_000,
                issue=0,
                emissions=30_000,
                obligation=30_000,
                adjustment=20_000,
                deducted_before=50_000,
                returned=20_000,
                remainder=40_000,
            )
        ],
    )


def changed_2021(ordinal, heat, allowance, emissions, row):
    """A change of the first entity's allocation."""
    return table(
        "2021",
        CHANGED,
        [unit(1, year=2021, emissions=emissions, heat=heat, allowance=allowance, obligation=emissions)],
        [entity(1, emissions=emissions, obligation=emissions, **row)],
        ordinal=ordinal,
    )
