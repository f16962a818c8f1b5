"""The digests of a hand-over are the contract's, pinned byte for byte."""

from datetime import date

from ets_kernel.domain.canonical import rows_digest
from mrv.domain.allocation_table import Seal
from mrv.domain.handover import HandoverRow, Manifest, Receipt, manifest_digest_of, row_bytes

RECEIPT = Receipt(
    cancellation_no="CX-OA-2019-2020-X-1-1",
    application_no="OA-2019-2020-X-1",
    credit_code="X",
    province_code="37",
    project_no="WIND1",
    reduction_year=2015,
    quantity_tco2e=300,
)
ROW = HandoverRow(
    row_no=1,
    receipt=RECEIPT,
    entity_name="发电",
    ccer_account_no="C-X",
    blocks="1-100,201-400",
    confirmed_tco2e=400,
)


def test_a_row_is_encoded_in_the_order_of_the_contract():
    assert row_bytes(ROW).decode() == (
        "1:1,21:CX-OA-2019-2020-X-1-1,16:OA-2019-2020-X-1,1:X,6:发电,3:C-X,5:WIND1,4:2015,13:1-100,201-400,"
        "3:300,3:400,"
    )


def test_a_row_belongs_to_the_period_in_its_application_number():
    assert ROW.period == "2019-2020"


def test_a_manifest_is_encoded_in_the_order_of_the_contract():
    manifest = Manifest(
        handover_no="H-2021-10-26-37",
        business_date=date(2021, 10, 26),
        province_code="37",
        row_count=1,
        quantity_tco2e=300,
        rows_digest=b"\x01",
        previous_digest=b"",
        manifest_digest=b"",
        seal=Seal(digest=b"", signature=b"", key_id=""),
    )
    assert manifest_digest_of(manifest) == rows_digest(
        [b"15:H-2021-10-26-37,10:2021-10-26,2:37,1:1,3:300,2:01,0:,"]
    )
