"""What others tell the registry, made by the letter of the contracts."""

from dataclasses import dataclass

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.common.v1.seal_pb2 import Seal
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import CreditCode, make_credit_code
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_seed

PERIOD = "2019-2020"
PROVINCE = "37"
CEA = "CEA-2019-2020"
# Allowances of the unit below for one year, and what is pre-allocated on it, for one year and for the period.
YEAR_TCO2E = 2_710_521
PRE_YEAR_TCO2E = 1_897_365
PRE_TCO2E = 2 * PRE_YEAR_TCO2E
VERIFIED_TCO2E = 2 * YEAR_TCO2E

PROVINCE_KEY = private_key_from_seed(b"p" * 32)
CENTRE_KEY = private_key_from_seed(b"c" * 32)
REGISTRY_KEY = private_key_from_seed(b"r" * 32)
STRANGER_KEY = private_key_from_seed(b"s" * 32)


def code(number: int) -> CreditCode:
    """The credit code of the entity with this number."""
    return make_credit_code(f"9137000000{number:07d}")


def name(number: int) -> str:
    """The name of the entity with this number."""
    return f"发电企业{number}"


DEFICIT, SURPLUS = code(1), code(2)


@dataclass(frozen=True, kw_only=True)
class Plant:
    """An entity with one unit of test vector T1 and its emissions of both years together."""

    number: int
    emissions_tco2e: int
    net_supply_mwh: str = "3000000"

    @property
    def obligation_tco2e(self) -> int:
        """Emissions, capped."""
        return min(self.emissions_tco2e, VERIFIED_TCO2E + self.emissions_tco2e // 5)


PLANTS = (Plant(number=1, emissions_tco2e=5_800_000), Plant(number=2, emissions_tco2e=5_000_000))


def entity_listed(number: int, province_code: str = PROVINCE) -> mrv_events_pb2.EntityListed:
    entity = mrv_types_pb2.Entity(
        credit_code=code(number), name=name(number), province_code=province_code, period=PERIOD
    )
    return mrv_events_pb2.EntityListed(entity=entity)


def unit_row(plant: Plant, year: int, allowance_tco2e: int) -> mrv_types_pb2.AllocationUnitRow:
    emissions = 0 if year == 2018 else plant.emissions_tco2e // 2
    return mrv_types_pb2.AllocationUnitRow(
        unit=mrv_types_pb2.Unit(
            credit_code=code(plant.number),
            unit_no="1",
            category=mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
            cooling=mrv_types_pb2.COOLING_MODE_WATER,
            product_class=mrv_types_pb2.PRODUCT_CLASS_CONDENSING,
            capacity_mw="600",
            main_fuel="烟煤",
        ),
        output=mrv_types_pb2.VerifiedYear(
            credit_code=code(plant.number),
            unit_no="1",
            year=year,
            net_supply_mwh=plant.net_supply_mwh,
            heat_supply_gj="0",
            heat_ratio="0",
            load_factor="0.70",
            emissions_tco2e=emissions,
        ),
        allowance_tco2e=allowance_tco2e,
        obligation_tco2e=emissions,
    )


def pre_row(plant: Plant) -> mrv_types_pb2.AllocationEntityRow:
    return mrv_types_pb2.AllocationEntityRow(
        credit_code=code(plant.number),
        name=name(plant.number),
        pre_allocated_tco2e=PRE_TCO2E,
        issue_tco2e=PRE_TCO2E,
    )


def verified_row(plant: Plant) -> mrv_types_pb2.AllocationEntityRow:
    return mrv_types_pb2.AllocationEntityRow(
        credit_code=code(plant.number),
        name=name(plant.number),
        pre_allocated_tco2e=PRE_TCO2E,
        verified_tco2e=VERIFIED_TCO2E,
        issue_tco2e=VERIFIED_TCO2E - PRE_TCO2E,
        emissions_tco2e=plant.emissions_tco2e,
        obligation_tco2e=plant.obligation_tco2e,
        is_capped=plant.obligation_tco2e < plant.emissions_tco2e,
    )


def table_digest(rows) -> bytes:
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
            ]
        )
        for row in rows
    )


def pre_table(*plants: Plant, revision: int = 1) -> mrv_events_pb2.AllocationTableTransmitted:
    plants = plants or PLANTS
    rows = sorted((pre_row(plant) for plant in plants), key=lambda row: row.credit_code)
    return mrv_events_pb2.AllocationTableTransmitted(
        table_no=f"{PERIOD}/PRE/{PROVINCE}",
        province_code=PROVINCE,
        period=PERIOD,
        kind=mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION,
        revision=revision,
        unit_rows=[unit_row(plant, 2018, PRE_YEAR_TCO2E) for plant in plants],
        entity_rows=rows,
        digest=table_digest(rows),
    )


def verified_table(*plants: Plant, revision: int = 1) -> mrv_events_pb2.AllocationTableTransmitted:
    plants = plants or PLANTS
    rows = sorted((verified_row(plant) for plant in plants), key=lambda row: row.credit_code)
    return mrv_events_pb2.AllocationTableTransmitted(
        table_no=f"{PERIOD}/VERIFIED/{PROVINCE}",
        province_code=PROVINCE,
        period=PERIOD,
        kind=mrv_types_pb2.ALLOCATION_KIND_VERIFIED,
        revision=revision,
        unit_rows=[unit_row(plant, year, YEAR_TCO2E) for plant in plants for year in (2019, 2020)],
        entity_rows=rows,
        digest=table_digest(rows),
    )


def sealed(
    table: mrv_events_pb2.AllocationTableTransmitted,
    *,
    key=PROVINCE_KEY,
    key_id: str = f"province/{PROVINCE}",
    digest: bytes | None = None,
) -> mrv_events_pb2.AllocationTableSealed:
    signed = digest or table.digest
    signature = Ed25519Signer(key_id, key).sign(signed)
    return mrv_events_pb2.AllocationTableSealed(
        table_no=table.table_no,
        revision=table.revision,
        seal=Seal(digest=signed, signature=signature, key_id=key_id),
        sealed_by="official",
    )


def project(number: str, *, inside: bool = False) -> ccer_events_pb2.ProjectRegistered:
    return ccer_events_pb2.ProjectRegistered(
        project=ccer_types_pb2.Project(
            project_no=number,
            name="风电项目",
            project_type="wind",
            methodology="CM-001-V01",
            owner_credit_code=code(99),
            is_inside_national_market=inside,
        )
    )


def cancellation_row(
    row_no: int,
    *,
    number: int = 1,
    ordinal: int = 1,
    quantity: int = 1_000,
    start: int = 1,
    confirmed: int = 290_000,
    project_no: str = "WIND1",
    province_code: str = PROVINCE,
) -> ccer_types_pb2.HandoverRow:
    application_no = f"OA-{PERIOD}-{code(number)}-1"
    return ccer_types_pb2.HandoverRow(
        row_no=row_no,
        cancellation=ccer_types_pb2.Cancellation(
            cancellation_no=f"CX-{application_no}-{ordinal}",
            application_no=application_no,
            credit_code=code(number),
            entity_name=name(number),
            province_code=province_code,
            account_no=f"C-{code(number)}",
            project_no=project_no,
            reduction_year=2015,
            blocks=[ccer_types_pb2.CcerBlock(serial_start=start, serial_end=start + quantity - 1)],
            quantity_tco2e=quantity,
        ),
        confirmed_tco2e=confirmed,
    )


def rows_digest_of(rows) -> bytes:
    return rows_digest(
        canonical_row(
            [
                row.row_no,
                row.cancellation.cancellation_no,
                row.cancellation.application_no,
                row.cancellation.credit_code,
                row.cancellation.entity_name,
                row.cancellation.account_no,
                row.cancellation.project_no,
                row.cancellation.reduction_year,
                ",".join(f"{block.serial_start}-{block.serial_end}" for block in row.cancellation.blocks),
                row.cancellation.quantity_tco2e,
                row.confirmed_tco2e,
            ]
        )
        for row in rows
    )


def handover(
    day: str, *rows, previous: bytes = b"", key=CENTRE_KEY, **changes
) -> ccer_events_pb2.HandoverIssued:
    """A hand-over; `changes` falsify the manifest before it is signed."""
    values = {
        "handover_no": f"H-{day}-{PROVINCE}",
        "business_date": day,
        "province_code": PROVINCE,
        "row_count": len(rows),
        "quantity_tco2e": sum(row.cancellation.quantity_tco2e for row in rows),
        "rows_digest": rows_digest_of(rows),
        "previous_digest": previous,
    } | changes
    digest = values.pop("manifest_digest", None) or rows_digest(
        [
            canonical_row(
                [
                    values["handover_no"],
                    values["business_date"],
                    values["province_code"],
                    values["row_count"],
                    values["quantity_tco2e"],
                    values["rows_digest"].hex(),
                    values["previous_digest"].hex(),
                ]
            )
        ]
    )
    signature = Ed25519Signer("ccer-centre", key).sign(digest)
    manifest = ccer_types_pb2.HandoverManifest(
        **values,
        manifest_digest=digest,
        seal=Seal(digest=digest, signature=signature, key_id="ccer-centre"),
    )
    return ccer_events_pb2.HandoverIssued(manifest=manifest, rows=rows)
