"""What a table's digest covers, pinned: rows of 2019-2020 as ever, rows from 2021 on with their further columns."""

from dataclasses import replace

import pytest
from ets_kernel.domain.canonical import rows_digest
from ets_kernel.domain.ids import make_credit_code
from registry.domain.allocation_table import Differentiation, EntityRow, digest_of
from registry.domain.compliance_rules import Sector

ROW = EntityRow(
    credit_code=make_credit_code("91370000000000001"),
    name="发电企业",
    pre_allocated_tco2e=50_000,
    verified_tco2e=30_000,
    issue_tco2e=-20_000,
    emissions_tco2e=30_001,
    obligation_tco2e=30_002,
    is_capped=True,
    top_up_tco2e=1,
    adjustment_tco2e=2,
    deducted_before_tco2e=3,
    deducted_tco2e=4,
    returned_tco2e=5,
    remainder_tco2e=6,
    borrowed_tco2e=7,
    differentiation=Differentiation.AT_RISK,
    sector=Sector.CEMENT,
)
FIRST = "18:91370000000000001P,12:发电企业,5:50000,5:30000,6:-20000,5:30001,5:30002,1:1,".encode()
WIDE = FIRST + b"1:1,1:2,1:3,1:4,1:5,1:6,1:7,1:2,1:2,"


def test_a_row_of_2019_and_2020_is_eight_columns():
    assert digest_of([ROW]) == digest_of([ROW], "2019-2020") == rows_digest([FIRST])
    assert digest_of([ROW]).hex() == "891a84a6e31c2c5a43aa1f46d47900c1eef95d7648edf5db8bc53b5e755b9517"


def test_a_row_from_2021_on_goes_on_with_nine_more():
    assert digest_of([ROW], "2021") == digest_of([ROW], "2025") == rows_digest([WIDE])
    assert (
        digest_of([ROW], "2021").hex() == "9025f04645f1ddf3fe06f6a9115521cf6a6259e0c5e665c1921aede54a14f988"
    )


def test_rows_are_taken_in_credit_code_order():
    other = replace(ROW, credit_code=make_credit_code("91370000000000002"))
    assert digest_of([other, ROW], "2021") == digest_of([ROW, other], "2021")


@pytest.mark.parametrize("column", [name for name in EntityRow.__slots__ if name.endswith("_tco2e")])
def test_every_quantity_counts_from_2021_on(column):
    changed = replace(ROW, **{column: getattr(ROW, column) + 1})
    assert digest_of([changed], "2021") != digest_of([ROW], "2021")
