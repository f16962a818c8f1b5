"""Where a table may go from where it stands."""

from dataclasses import replace

import pytest
from ets_kernel.domain.errors import SealInvalid, TableAlreadyIssued
from mrv.domain.allocation_table import (
    AllocationTable,
    EntityRow,
    Seal,
    TableKind,
    TableStatus,
    digest_of,
    recomputed,
    refusal_of_change,
    sealed,
    table_no_of,
    transmitted,
)
from mrv.domain.errors import SealKeyForeign, TableNotTransmitted

SENT = AllocationTable(
    table_no="2019-2020/PRE/37",
    province_code="37",
    period="2019-2020",
    kind=TableKind.PRE_ALLOCATION,
    status=TableStatus.TRANSMITTED,
    computation_no=1,
    revision=2,
    entity_count=0,
    issue_tco2e=0,
    obligation_tco2e=0,
    digest=b"",
)
SEAL = Seal(digest=b"d" * 32, signature=b"s", key_id="province/37")


class Trusting:
    """Verifies everything that is signed with "s"."""

    def verify(self, key_id, digest, signature):
        if signature != b"s":
            raise SealInvalid("wrong", key_id=key_id)


def at(status):
    return replace(SENT, status=status)


def test_a_table_is_named_by_period_kind_and_province():
    number = table_no_of(period="2019-2020", kind=TableKind.VERIFIED, province_code="66")
    assert number == "2019-2020/VERIFIED/66"


def test_the_digest_of_rows_is_pinned():
    row = EntityRow(
        credit_code="91370000000000001X",
        name="发电企业",
        pre_allocated_tco2e=1,
        verified_tco2e=2,
        issue_tco2e=-3,
        emissions_tco2e=4,
        obligation_tco2e=5,
        is_capped=True,
    )
    assert digest_of([row]).hex() == "ac36dcbb667c905019826c9c71592c0b752aa2a2115b9184015d4d67c64a181b"


def test_a_transmission_counts_on_and_drops_the_seal():
    again = transmitted(replace(SENT, seal=SEAL), last_revision=2)
    assert (again.status, again.revision, again.seal) == (TableStatus.TRANSMITTED, 3, None)


@pytest.mark.parametrize(
    "status",
    [TableStatus.TRANSMITTED, TableStatus.DIFFERENT, TableStatus.AGREED, TableStatus.SEALED],
)
def test_a_table_that_the_registry_has_may_be_sealed(status):
    assert sealed(at(status), SEAL, Trusting()) == replace(SENT, status=TableStatus.SEALED, seal=SEAL)


@pytest.mark.parametrize(
    ("table", "seal", "refusal"),
    [
        (at(TableStatus.ISSUED), replace(SEAL, key_id="x"), TableAlreadyIssued),
        (at(TableStatus.COMPUTED), replace(SEAL, key_id="x"), TableNotTransmitted),
        (SENT, replace(SEAL, key_id="province/32", digest=b""), SealKeyForeign),
        (SENT, replace(SEAL, digest=b"d" * 31, signature=b"x"), SealInvalid),
        (SENT, replace(SEAL, signature=b"x"), SealInvalid),
    ],
)
def test_refusals_of_a_seal_come_in_their_order(table, seal, refusal):
    with pytest.raises(refusal):
        sealed(table, seal, Trusting())


def test_only_an_issued_table_refuses_every_change():
    assert refusal_of_change(None) is None
    for status in TableStatus:
        refusal = refusal_of_change(at(status))
        assert isinstance(refusal, TableAlreadyIssued) is (status is TableStatus.ISSUED)


@pytest.mark.parametrize(
    ("status", "revision", "is_different", "after"),
    [
        (TableStatus.TRANSMITTED, 2, False, TableStatus.AGREED),
        (TableStatus.TRANSMITTED, 2, True, TableStatus.DIFFERENT),
        (TableStatus.TRANSMITTED, 1, True, TableStatus.TRANSMITTED),
        (TableStatus.SEALED, 2, False, TableStatus.SEALED),
        (TableStatus.SEALED, 2, True, TableStatus.DIFFERENT),
        (TableStatus.COMPUTED, 2, False, TableStatus.COMPUTED),
        (TableStatus.ISSUED, 2, True, TableStatus.ISSUED),
    ],
)
def test_the_registrys_answer_moves_the_present_transmission_only(status, revision, is_different, after):
    assert recomputed(at(status), revision=revision, is_different=is_different).status is after
