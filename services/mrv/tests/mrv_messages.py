"""What callers and other services tell the platform, made by the letter of the contracts.

Two entities of Shandong with one unit of test vector T1 each, and one of Jiangsu; figures follow from the vector.
"""

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.common.v1.seal_pb2 import Seal
from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import CreditCode, make_credit_code
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_seed

PERIOD = "2019-2020"
PROVINCE = "37"
OTHER_PROVINCE = "32"
PRE = f"{PERIOD}/PRE/{PROVINCE}"
VERIFIED = f"{PERIOD}/VERIFIED/{PROVINCE}"
YEAR_TCO2E = 2_710_521
PRE_YEAR_TCO2E = 1_897_365
EMISSIONS_TCO2E = 2_900_000
OBLIGATION_TCO2E = 2 * EMISSIONS_TCO2E
LIMIT_TCO2E = 290_000

PROVINCE_KEY = private_key_from_seed(b"p" * 32)
OTHER_PROVINCE_KEY = private_key_from_seed(b"q" * 32)
CENTRE_KEY = private_key_from_seed(b"c" * 32)


def code(number: int) -> CreditCode:
    """The credit code of the entity with this number."""
    return make_credit_code(f"9137000000{number:07d}")


def name(number: int) -> str:
    """The name of the entity with this number."""
    return f"发电企业{number}"


FIRST, SECOND, FOREIGN = code(1), code(2), code(3)


def entity(number: int, **changes) -> types_pb.Entity:
    values = {
        "credit_code": code(number),
        "name": name(number),
        "province_code": PROVINCE,
        "period": PERIOD,
    }
    return types_pb.Entity(**(values | changes))


def unit(number: int, **changes) -> types_pb.Unit:
    values = {
        "credit_code": code(number),
        "unit_no": "1",
        "category": types_pb.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
        "cooling": types_pb.COOLING_MODE_WATER,
        "product_class": types_pb.PRODUCT_CLASS_CONDENSING,
        "capacity_mw": "600",
        "main_fuel": "烟煤",
    }
    return types_pb.Unit(**(values | changes))


def year(number: int, when: int, **changes) -> types_pb.VerifiedYear:
    values = {
        "credit_code": code(number),
        "unit_no": "1",
        "year": when,
        "net_supply_mwh": "3000000",
        "heat_supply_gj": "0",
        "heat_ratio": "0",
        "load_factor": "0.70",
        "emissions_tco2e": 0 if when == 2018 else EMISSIONS_TCO2E,
    }
    return types_pb.VerifiedYear(**(values | changes))


def years(number: int) -> list[types_pb.VerifiedYear]:
    return [year(number, when) for when in (2018, 2019, 2020)]


def seal_of(digest: bytes, *, key=PROVINCE_KEY, key_id: str = f"province/{PROVINCE}") -> Seal:
    return Seal(digest=digest, signature=Ed25519Signer(key_id, key).sign(digest), key_id=key_id)


def line(quantity: int, project_no: str = "WIND1", reduction_year: int = 2015) -> types_pb.OffsetLine:
    return types_pb.OffsetLine(project_no=project_no, reduction_year=reduction_year, quantity_tco2e=quantity)


def form(*lines: types_pb.OffsetLine, number: int = 1, **changes) -> pb.OffsetApplicationForm:
    values = {
        "credit_code": code(number),
        "entity_name": name(number),
        "province_code": PROVINCE,
        "period": PERIOD,
        "obligation_tco2e": OBLIGATION_TCO2E,
        "ccer_account_no": f"C-{code(number)}",
        "lines": lines or (line(1_000),),
    }
    return pb.OffsetApplicationForm(**(values | changes))


def recomputed(table_no: str, revision: int = 1, *differences) -> object:
    return registry_events_pb2.AllocationTableRecomputed(
        table_no=table_no, revision=revision, differences=differences
    )


def difference(number: int, column: str, transmitted: int, own: int) -> types_pb.AllocationDifference:
    return types_pb.AllocationDifference(
        credit_code=code(number), column=column, transmitted_tco2e=transmitted, recomputed_tco2e=own
    )


def issued(table_no: str, revision: int = 1) -> object:
    return registry_events_pb2.AllowancesIssued(
        table_no=table_no, revision=revision, product=f"CEA-{PERIOD}", initiated_by="a", confirmed_by="b"
    )


def surrendered(number: int, *, surrendered: int, offset: int, state: str) -> object:
    return registry_events_pb2.SurrenderRegistered(
        application=registry_types_pb2.SurrenderApplication(application_no=f"SA-{PERIOD}-{code(number)}-1"),
        status=registry_types_pb2.ComplianceStatus(
            credit_code=code(number),
            province_code=PROVINCE,
            period=PERIOD,
            obligation_tco2e=OBLIGATION_TCO2E,
            surrendered_tco2e=surrendered,
            offset_tco2e=offset,
            state=registry_types_pb2.ComplianceState.Value(f"COMPLIANCE_STATE_{state}"),
        ),
    )


def obligation_changed(number: int, tonnes: int) -> registry_events_pb2.ObligationChanged:
    status = surrendered(number, surrendered=0, offset=0, state="OPEN").status
    status.obligation_tco2e = tonnes
    return registry_events_pb2.ObligationChanged(
        change=registry_types_pb2.ObligationChange(change_no=f"OC-{PERIOD}-{code(number)}-1"), status=status
    )


def project(number: str = "WIND1", *, inside: bool = False) -> ccer_events_pb2.ProjectRegistered:
    return ccer_events_pb2.ProjectRegistered(
        project=ccer_types_pb2.Project(project_no=number, is_inside_national_market=inside)
    )


def account(number: int = 1, status: str = "OPEN", **changes) -> ccer_events_pb2.CcerAccountReviewed:
    values = {
        "account_no": f"C-{code(number)}",
        "credit_code": code(number),
        "status": ccer_types_pb2.AccountStatus.Value(f"ACCOUNT_STATUS_{status}"),
    }
    return ccer_events_pb2.CcerAccountReviewed(account=ccer_types_pb2.CcerAccount(**(values | changes)))


def cancellation(ordinal: int = 1, quantity: int = 1_000, **changes) -> ccer_types_pb2.Cancellation:
    application_no = f"OA-{PERIOD}-{FIRST}-1"
    values = {
        "cancellation_no": f"CX-{application_no}-{ordinal}",
        "application_no": application_no,
        "credit_code": FIRST,
        "entity_name": name(1),
        "province_code": PROVINCE,
        "account_no": f"C-{FIRST}",
        "project_no": "WIND1",
        "reduction_year": 2015,
        "blocks": [ccer_types_pb2.CcerBlock(serial_start=1, serial_end=quantity)],
        "quantity_tco2e": quantity,
    }
    return ccer_types_pb2.Cancellation(**(values | changes))


def receipt(ordinal: int = 1, quantity: int = 1_000, **changes) -> ccer_events_pb2.CancellationRegistered:
    return ccer_events_pb2.CancellationRegistered(cancellation=cancellation(ordinal, quantity, **changes))


def handover(day: str, *quantities: int, previous: bytes = b"", key=CENTRE_KEY, **changes):
    """A hand-over of Shandong; `changes` falsify the manifest before it is signed."""
    rows = [
        ccer_types_pb2.HandoverRow(
            row_no=row_no, cancellation=cancellation(row_no, quantity), confirmed_tco2e=290_000
        )
        for row_no, quantity in enumerate(quantities, start=1)
    ]
    values = {
        "handover_no": f"H-{day}-{PROVINCE}",
        "business_date": day,
        "province_code": PROVINCE,
        "row_count": len(rows),
        "quantity_tco2e": sum(quantities),
        "rows_digest": rows_digest(map(_row_bytes, rows)),
        "previous_digest": previous,
    } | changes
    digest = values.pop("manifest_digest", None) or _manifest_digest(values)
    manifest = ccer_types_pb2.HandoverManifest(
        **values, manifest_digest=digest, seal=seal_of(digest, key=key, key_id="ccer-centre")
    )
    return ccer_events_pb2.HandoverIssued(manifest=manifest, rows=rows)


def _row_bytes(row: ccer_types_pb2.HandoverRow) -> bytes:
    made = row.cancellation
    blocks = ",".join(f"{block.serial_start}-{block.serial_end}" for block in made.blocks)
    return canonical_row(
        [row.row_no, made.cancellation_no, made.application_no, made.credit_code, made.entity_name,
         made.account_no, made.project_no, made.reduction_year, blocks, made.quantity_tco2e, row.confirmed_tco2e]
    )  # fmt: skip


def _manifest_digest(values) -> bytes:
    named = ("handover_no", "business_date", "province_code", "row_count", "quantity_tco2e")
    digests = [values["rows_digest"].hex(), values["previous_digest"].hex()]
    return rows_digest([canonical_row([*(values[key] for key in named), *digests])])
