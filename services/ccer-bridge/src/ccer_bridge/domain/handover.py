"""The daily hand-over (每日核实): for every province, every day, also without rows; chained, summed and sealed.

CCB-8   Each cancellation is in exactly one hand-over: that of the first date whose 17:00 it lies before.
CCB-9   Every date of the window has one hand-over per province, and each province's manifests form one chain.
CCB-10  A manifest's sum, count and digests are those of its rows, and its seal is the centre's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import HandoverNo, ProvinceCode
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.domain.sealing import Signer

from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.errors import AcknowledgementDiffers
from ccer_bridge.domain.offset_rules_2021 import handover_cut_off

CENTRE_KEY_ID: Final = "ccer-centre"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """One cancellation in a hand-over, with what the province confirmed for its application, tCO2e."""

    row_no: int
    cancellation: Cancellation
    confirmed_tco2e: int
    is_inside_national_market: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A cancellation that waits for its hand-over."""

    cancellation: Cancellation
    confirmed_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the centre signs for one province and date."""

    handover_no: HandoverNo
    business_date: date
    province_code: ProvinceCode
    row_count: int
    quantity_tco2e: int
    rows_digest: bytes
    previous_digest: bytes
    manifest_digest: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A manifest with its rows."""

    manifest: Manifest
    rows: tuple[HandoverRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What the registry said about one row; `reason` is empty when it took it."""

    row_no: int
    cancellation_no: str
    is_accepted: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the registry said about a hand-over; with `reason` it rejected the whole."""

    handover_no: str
    province_code: str
    rows: tuple[RowAnswer, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverState:
    """A hand-over and whether it was answered and alarmed."""

    manifest: Manifest
    issued_time: datetime
    accepted_count: int = 0
    rejected_count: int = 0
    rejection_reason: str = ""
    acknowledged_time: datetime | None = None
    alarmed_time: datetime | None = None


def handover_no(business_date: date, province_code: ProvinceCode) -> HandoverNo:
    """Name the hand-over of a date and province."""
    return HandoverNo(f"H-{business_date}-{province_code}")


def row_bytes(row: HandoverRow) -> bytes:
    """Encode a row as the contract defines it for `rows_digest`."""
    cancellation = row.cancellation
    return canonical_row(
        [
            row.row_no,
            cancellation.cancellation_no,
            cancellation.application_no,
            cancellation.credit_code,
            cancellation.entity_name,
            cancellation.account_no,
            cancellation.project_no,
            cancellation.reduction_year,
            cancellation.blocks_text,
            cancellation.quantity_tco2e,
            row.confirmed_tco2e,
        ]
    )


def manifest_digest_of(manifest: Manifest) -> bytes:
    """Give the digest over a manifest's one canonical row, as the contract defines it."""
    return rows_digest(
        [
            canonical_row(
                [
                    manifest.handover_no,
                    manifest.business_date,
                    manifest.province_code,
                    manifest.row_count,
                    manifest.quantity_tco2e,
                    manifest.rows_digest.hex(),
                    manifest.previous_digest.hex(),
                ]
            )
        ]
    )


def hand_over(
    business_date: date,
    pending: Sequence[Pending],
    *,
    last_digests: Mapping[ProvinceCode, bytes],
    signer: Signer,
) -> list[Handover]:
    """Make the hand-overs of a date for all provinces, from what waits and lies before the date's 17:00."""
    cut_off = handover_cut_off(business_date)
    due = [item for item in pending if item.cancellation.cancelled_time < cut_off]
    return [
        _handover(
            business_date,
            province_code,
            [item for item in due if item.cancellation.province_code == province_code],
            previous_digest=last_digests.get(province_code, b""),
            signer=signer,
        )
        for province_code in PROVINCES
    ]


def refusal_of_acknowledgement(
    state: HandoverState, cancellation_nos: Sequence[str], answer: Acknowledgement
) -> AcknowledgementDiffers | None:
    """Tell why an answer does not fit: another province, other rows, or another answer before."""
    named = [(row.row_no, row.cancellation_no) for row in answer.rows]
    expected = list(enumerate(cancellation_nos, start=1))
    if answer.province_code != state.manifest.province_code or (
        named != (expected if not answer.reason else [])
    ):
        return _differs(answer, "is not about its rows")
    known = (state.accepted_count, state.rejected_count, state.rejection_reason)
    if state.acknowledged_time is not None and known != _counts(answer, len(expected)):
        return _differs(answer, "was answered in another way before")
    return None


def acknowledged(state: HandoverState, answer: Acknowledgement, *, at: datetime) -> HandoverState:
    """Count an answer; a hand-over that was rejected as a whole has all its rows rejected."""
    accepted_count, rejected_count, reason = _counts(answer, state.manifest.row_count)
    return replace(
        state,
        accepted_count=accepted_count,
        rejected_count=rejected_count,
        rejection_reason=reason,
        acknowledged_time=at,
    )


def _handover(
    business_date: date,
    province_code: ProvinceCode,
    pending: Sequence[Pending],
    *,
    previous_digest: bytes,
    signer: Signer,
) -> Handover:
    ordered = sorted(
        pending, key=lambda item: (item.cancellation.cancelled_time, item.cancellation.cancellation_no)
    )
    rows = tuple(
        HandoverRow(row_no=row_no, cancellation=item.cancellation, confirmed_tco2e=item.confirmed_tco2e)
        for row_no, item in enumerate(ordered, start=1)
    )
    manifest = Manifest(
        handover_no=handover_no(business_date, province_code),
        business_date=business_date,
        province_code=province_code,
        row_count=len(rows),
        quantity_tco2e=sum(row.cancellation.quantity_tco2e for row in rows),
        rows_digest=rows_digest(row_bytes(row) for row in rows),
        previous_digest=previous_digest,
    )
    digest = manifest_digest_of(manifest)
    return Handover(
        manifest=replace(manifest, manifest_digest=digest, signature=signer.sign(digest)), rows=rows
    )


def _counts(answer: Acknowledgement, row_count: int) -> tuple[int, int, str]:
    if answer.reason:
        return 0, row_count, answer.reason
    accepted_count = sum(row.is_accepted for row in answer.rows)
    return accepted_count, row_count - accepted_count, ""


def _differs(answer: Acknowledgement, what: str) -> AcknowledgementDiffers:
    return AcknowledgementDiffers(f"{answer.handover_no} {what}", handover_no=answer.handover_no)
