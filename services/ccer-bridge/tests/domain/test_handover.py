"""Manifests: golden digests, order of rows, what belongs to a day, what an answer may say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from ccer_bridge.domain.cancellation import Cancellation, parse_blocks
from ccer_bridge.domain.errors import AcknowledgementDiffers
from ccer_bridge.domain.handover import (
    Acknowledgement,
    AnsweredRow,
    HandoverRow,
    HandoverState,
    Pending,
    RowAnswer,
    acknowledged,
    hand_over,
    issued_again,
    refusal_of_acknowledgement,
    row_bytes,
)
from ccer_bridge.domain.offset_rules_2021 import handover_cut_off
from ccer_messages import CENTRE_KEY
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.signing import Ed25519Signer
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2021, 10, 26)
NOON = datetime(2021, 10, 26, 4, tzinfo=UTC)
CODE = "91370000000000001X"
# Pinned: the registry and every province compute the same bytes. A change here is a change of the contract.
ROWS_DIGEST = "d4dd5fc7bbce8b3bf04262e0e652dcdc06994f9047c2d5cff644d4b903dc3d43"
MANIFEST_DIGEST = "c6f069450f622a36527f98e56228fe4dab5c65441d83bae75a06612ef3dc6cd9"
SIGNATURE = (
    "f3e3b24380a3b087fab430359a465f6789f42297c24d4fec70925a245afae3c1"
    "7891731e747c765e6469b8137487de9338b4f5b161f2578a5df912b84cc18f07"
)
SIGNER = Ed25519Signer("ccer-centre", CENTRE_KEY)


def cancellation(ordinal=1, *, quantity=200, blocks="1-100,150-249", at=NOON, province_code="37"):
    return Cancellation(
        cancellation_no=f"CX-OA-2019-2020-{CODE}-1-{ordinal}",
        application_no=f"OA-2019-2020-{CODE}-1",
        credit_code=CODE,
        entity_name="山东电厂",
        province_code=province_code,
        account_no=f"C-{CODE}",
        product="CCER-WIND1-2015",
        project_no="WIND1",
        project_name="Wind",
        project_type="wind",
        reduction_year=2015,
        blocks=parse_blocks(blocks),
        quantity_tco2e=quantity,
        cancelled_time=at,
    )


def waiting(*cancellations):
    return [Pending(cancellation=one, confirmed_tco2e=500) for one in cancellations]


def of_shandong(handovers):
    return next(one for one in handovers if one.manifest.province_code == "37")


def test_a_row_is_encoded_as_the_contract_says():
    row = HandoverRow(row_no=1, cancellation=cancellation(), confirmed_tco2e=500)
    assert row_bytes(row).decode() == (
        "1:1,38:CX-OA-2019-2020-91370000000000001X-1-1,33:OA-2019-2020-91370000000000001X-1,"
        "18:91370000000000001X,12:山东电厂,20:C-91370000000000001X,5:WIND1,4:2015,13:1-100,150-249,3:200,3:500,"
    )


def test_the_digests_and_the_seal_of_a_manifest_are_pinned():
    made = of_shandong(hand_over(DAY, waiting(cancellation()), last_digests={}, signer=SIGNER)).manifest
    row = row_bytes(HandoverRow(row_no=1, cancellation=cancellation(), confirmed_tco2e=500))
    assert made.rows_digest == sha256(b"%d:%b," % (len(row), row)).digest()
    head = (f"15:H-2021-10-26-37,10:2021-10-26,2:37,1:1,3:200,64:{made.rows_digest.hex()},0:,").encode()
    assert made.manifest_digest == sha256(b"%d:%b," % (len(head), head)).digest()
    assert made.rows_digest.hex() == ROWS_DIGEST
    assert made.manifest_digest.hex() == MANIFEST_DIGEST
    assert made.signature.hex() == SIGNATURE


def test_a_manifest_without_rows_is_pinned_too():
    made = of_shandong(hand_over(DAY, [], last_digests={"37": b"\x01" * 32}, signer=SIGNER)).manifest
    assert (made.row_count, made.quantity_tco2e) == (0, 0)
    assert made.rows_digest == sha256(b"").digest()
    head = (
        f"15:H-2021-10-26-37,10:2021-10-26,2:37,1:0,1:0,64:{sha256(b'').hexdigest()},64:{'01' * 32},"
    ).encode()
    assert made.manifest_digest == sha256(b"%d:%b," % (len(head), head)).digest()


def test_rows_are_in_the_order_in_which_they_were_made():
    later = NOON + timedelta(seconds=1)
    made = of_shandong(
        hand_over(
            DAY,
            waiting(cancellation(3, at=later), cancellation(2), cancellation(1)),
            last_digests={},
            signer=SIGNER,
        )
    )
    assert [(row.row_no, row.cancellation.cancellation_no[-1]) for row in made.rows] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
    ]
    assert made.manifest.quantity_tco2e == 600


@given(
    st.lists(
        st.tuples(st.integers(-3_000, 3_000), st.integers(1, 10**9), st.sampled_from(sorted(PROVINCES))),
        max_size=20,
    )
)
def test_a_day_takes_exactly_what_lies_before_its_cut_off(items):
    cut_off = handover_cut_off(DAY)
    pending = waiting(
        *(
            cancellation(
                ordinal, quantity=quantity, at=cut_off + timedelta(seconds=seconds), province_code=code
            )
            for ordinal, (seconds, quantity, code) in enumerate(items)
        )
    )
    made = hand_over(DAY, pending, last_digests={}, signer=SIGNER)
    assert [one.manifest.province_code for one in made] == list(PROVINCES)
    taken = [row.cancellation.cancellation_no for one in made for row in one.rows]
    due = [one.cancellation.cancellation_no for one in pending if one.cancellation.cancelled_time < cut_off]
    assert sorted(taken) == sorted(due)
    for one in made:
        assert one.manifest.row_count == len(one.rows)
        assert one.manifest.quantity_tco2e == sum(row.cancellation.quantity_tco2e for row in one.rows)
        assert {row.cancellation.province_code for row in one.rows} <= {one.manifest.province_code}


def state(**changes):
    manifest = of_shandong(hand_over(DAY, waiting(cancellation()), last_digests={}, signer=SIGNER)).manifest
    return replace(HandoverState(manifest=manifest, issued_time=NOON), **changes)


A, B = AnsweredRow(cancellation_no="a"), AnsweredRow(cancellation_no="b")


def answer(*rows, reason="", province_code="37", issue_no=1):
    return Acknowledgement(
        handover_no="H-2021-10-26-37",
        province_code=province_code,
        issue_no=issue_no,
        rows=tuple(
            RowAnswer(row_no=row_no, cancellation_no=number, is_accepted=not why, reason=why)
            for row_no, number, why in rows
        ),
        reason=reason,
    )


def test_an_answer_is_counted_row_by_row_or_as_a_whole():
    taken = acknowledged(state(), [A], answer((1, "a", "")), at=NOON)
    assert (taken.accepted_count, taken.rejected_count, taken.acknowledged_time) == (1, 0, NOON)
    whole = acknowledged(state(), [A], answer(reason="SEAL_INVALID"), at=NOON)
    assert (whole.accepted_count, whole.rejected_count, whole.rejection_reason) == (0, 1, "SEAL_INVALID")


def test_a_row_accepted_before_stays_accepted_when_the_next_issue_is_rejected():
    rows = [replace(A, is_accepted=True), replace(B, is_accepted=False)]
    whole = acknowledged(state(issue_no=2), rows, answer(reason="SEAL_INVALID", issue_no=2), at=NOON)
    assert (whole.accepted_count, whole.rejected_count, whole.rejection_reason) == (1, 1, "SEAL_INVALID")


@pytest.mark.parametrize(
    "wrong",
    [
        answer(),
        answer((1, "b", "")),
        answer((2, "a", "")),
        answer((1, "a", ""), (2, "b", "")),
        answer((1, "a", ""), province_code="11"),
        answer((1, "a", ""), reason="SEAL_INVALID"),
        answer((1, "a", ""), issue_no=2),
    ],
)
def test_an_answer_about_other_rows_or_issues_is_refused(wrong):
    assert isinstance(refusal_of_acknowledgement(state(), [A], wrong), AcknowledgementDiffers)


def test_the_same_answer_again_fits_and_another_one_does_not():
    taken = acknowledged(state(), [A], answer((1, "a", "NO")), at=NOON)
    assert refusal_of_acknowledgement(taken, [A], answer((1, "a", "NO"))) is None
    for other in (answer((1, "a", "")), answer(reason="SEAL_INVALID")):
        assert isinstance(refusal_of_acknowledgement(taken, [A], other), AcknowledgementDiffers)


def test_an_answer_takes_no_row_back_whichever_issue_it_is_about():
    accepted = replace(A, is_accepted=True)
    for issue_no in (1, 2):
        refusal = refusal_of_acknowledgement(
            state(issue_no=2), [accepted], answer((1, "a", "NO"), issue_no=issue_no)
        )
        assert isinstance(refusal, AcknowledgementDiffers)
        kept = answer((1, "a", ""), issue_no=issue_no)
        assert refusal_of_acknowledgement(state(issue_no=2), [accepted], kept) is None


@pytest.mark.parametrize(
    ("changes", "is_taken_in_full"),
    [
        ({}, False),
        ({"acknowledged_time": NOON, "accepted_count": 1}, True),
        ({"acknowledged_time": NOON, "rejected_count": 1}, False),
        ({"acknowledged_time": NOON, "rejection_reason": "SEAL_INVALID"}, False),
    ],
)
def test_a_hand_over_is_taken_in_full_when_every_row_was_accepted(changes, is_taken_in_full):
    assert state(**changes).is_taken_in_full is is_taken_in_full


def test_one_issued_again_is_the_same_hand_over_sealed_anew_and_not_answered():
    first = of_shandong(hand_over(DAY, waiting(cancellation()), last_digests={}, signer=SIGNER))
    later = NOON + timedelta(days=1)
    rejected = state(manifest=replace(first.manifest, signature=b"torn"), acknowledged_time=NOON,
                     rejected_count=1, rejection_reason="SEAL_INVALID", alarmed_time=NOON)  # fmt: skip
    last, handover = issued_again(rejected, first.rows, signer=SIGNER, at=later)
    assert handover == replace(first, issue_no=2)
    assert last == HandoverState(manifest=first.manifest, issued_time=later, issue_no=2)


@pytest.mark.parametrize("wrong", ["rows", "manifest"])
def test_what_is_stored_otherwise_than_it_was_signed_is_not_issued_again(wrong):
    first = of_shandong(hand_over(DAY, waiting(cancellation()), last_digests={}, signer=SIGNER))
    rows = first.rows if wrong == "manifest" else ()
    manifest = first.manifest if wrong == "rows" else replace(first.manifest, quantity_tco2e=1)
    with pytest.raises(BrokenClaim):
        issued_again(state(manifest=manifest), rows, signer=SIGNER, at=NOON)
