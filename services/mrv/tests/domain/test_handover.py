"""MRV-13: a copy is whole, sealed and in its chain; its digests are the contract's, pinned byte for byte."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from ets_kernel.domain.canonical import rows_digest
from ets_kernel.domain.errors import SealInvalid
from mrv.domain.allocation_table import Seal
from mrv.domain.errors import HandoverCopyWrong
from mrv.domain.handover import HandoverRow, Manifest, Receipt, manifest_digest_of, require_whole, row_bytes
from mrv_handovers import FIRST_DAY, SECOND_DAY, last_of, manifest_of, rows_of
from mrv_steps import OneSignature

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


ROWS = rows_of(300, 100)
FIRST_COPY = manifest_of(ROWS)
FOREIGN = (*ROWS[:1], *rows_of(1, 100, province_code="32")[1:])


def take(manifest, rows=ROWS, last=None):
    require_whole(manifest, rows, last=last, verifier=OneSignature())


def test_a_whole_copy_is_taken_also_without_rows_and_after_days_that_are_missing():
    take(FIRST_COPY)
    take(manifest_of((), day=SECOND_DAY, last=FIRST_COPY), (), last_of(FIRST_COPY))
    later = manifest_of(ROWS, day=SECOND_DAY + timedelta(days=5), last=FIRST_COPY)
    take(later, ROWS, last_of(FIRST_COPY))


@pytest.mark.parametrize(
    ("manifest", "rows", "wrong"),
    [
        (manifest_of(ROWS, row_count=1, quantity_tco2e=1), ROWS, "counts 1 rows"),
        (manifest_of(ROWS, row_count=3), ROWS, "counts 3 rows"),
        (manifest_of(ROWS, quantity_tco2e=399), FOREIGN, "sums up to 399 t"),
        (manifest_of(ROWS, quantity_tco2e=401), ROWS, "sums up to 401 t"),
        (manifest_of(ROWS), FOREIGN, "another province"),
        (manifest_of(ROWS), ROWS[::-1], "rows_digest"),
        (replace(FIRST_COPY, manifest_digest=b"x" * 32), ROWS, "manifest_digest"),
        (replace(FIRST_COPY, business_date=SECOND_DAY), ROWS, "manifest_digest"),
    ],
)
def test_a_copy_that_contradicts_itself_says_where(manifest, rows, wrong):
    with pytest.raises(HandoverCopyWrong) as refusal:
        take(manifest, rows)
    assert wrong in refusal.value.metadata["wrong"]


@pytest.mark.parametrize(
    ("manifest", "wrong"),
    [
        (manifest_of(ROWS, day=FIRST_DAY, last=FIRST_COPY), "taken before"),
        (manifest_of(ROWS, day=FIRST_DAY - timedelta(days=1), last=FIRST_COPY), "taken before"),
        (manifest_of(ROWS, day=SECOND_DAY), "does not follow"),
        (manifest_of(ROWS, day=SECOND_DAY, previous_digest=b"x" * 32), "does not follow"),
    ],
)
def test_a_copy_follows_the_last_one_that_was_taken(manifest, wrong):
    with pytest.raises(HandoverCopyWrong) as refusal:
        take(manifest, ROWS, last_of(FIRST_COPY))
    assert wrong in refusal.value.metadata["wrong"]


def test_a_first_copy_follows_none():
    with pytest.raises(HandoverCopyWrong):
        take(manifest_of(ROWS, previous_digest=b"x" * 32))


@pytest.mark.parametrize("wrong", [{"key_id": "province/37"}, {"digest": b"x" * 32}, {"signature": b"bad"}])
def test_a_copy_has_the_centres_seal_over_its_manifest(wrong):
    with pytest.raises(SealInvalid):
        take(replace(FIRST_COPY, seal=replace(FIRST_COPY.seal, **wrong)))
