"""Hand-overs for tests of rules and use cases: whole and sealed, until a test changes something."""

from dataclasses import replace
from datetime import date

from ets_kernel.domain.canonical import rows_digest
from mrv.domain.allocation_table import Seal
from mrv.domain.handover import (
    CENTRE_KEY_ID,
    HandoverRow,
    LastHandover,
    Manifest,
    Receipt,
    manifest_digest_of,
    row_bytes,
)
from mrv_steps import GOOD

FIRST_DAY, SECOND_DAY = date(2021, 10, 26), date(2021, 10, 27)


def rows_of(*quantities: int, province_code: str = "37") -> tuple[HandoverRow, ...]:
    """Make rows of a province's applicants, tCO2e."""
    return tuple(
        HandoverRow(
            row_no=number,
            receipt=Receipt(
                cancellation_no=f"CX-{number}",
                application_no="OA-2019-2020-X-1",
                credit_code="X",
                province_code=province_code,
                project_no="WIND1",
                reduction_year=2015,
                quantity_tco2e=quantity,
            ),
            entity_name="one",
            ccer_account_no="C-X",
            blocks="1-100",
            confirmed_tco2e=400,
        )
        for number, quantity in enumerate(quantities, start=1)
    )


def manifest_of(
    rows: tuple[HandoverRow, ...], *, day: date = FIRST_DAY, last: Manifest | None = None, **changes
) -> Manifest:
    """Make the manifest of rows, changed before its digest is taken, and sealed by the centre."""
    made = Manifest(
        handover_no=f"H-{day}-37",
        business_date=day,
        province_code="37",
        row_count=len(rows),
        quantity_tco2e=sum(row.receipt.quantity_tco2e for row in rows),
        rows_digest=rows_digest(row_bytes(row) for row in rows),
        previous_digest=last.manifest_digest if last is not None else b"",
        manifest_digest=b"",
        seal=Seal(digest=b"", signature=GOOD, key_id=CENTRE_KEY_ID),
    )
    made = replace(made, **changes)
    digest = manifest_digest_of(made)
    return replace(made, manifest_digest=digest, seal=replace(made.seal, digest=digest))


def last_of(manifest: Manifest) -> LastHandover:
    """Give what is kept of the last hand-over."""
    return LastHandover(
        handover_no=manifest.handover_no,
        business_date=manifest.business_date,
        manifest_digest=manifest.manifest_digest,
    )
