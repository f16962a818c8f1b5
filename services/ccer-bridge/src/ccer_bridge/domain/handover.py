"""The daily hand-over (每日核实): for every province, every day, also without rows; chained, summed and sealed.

CCB-8   Each cancellation is in exactly one hand-over: that of the first date whose 17:00 it lies before.
CCB-9   Every date of the window has one hand-over per province, and each province's manifests form one chain.
CCB-10  A manifest's sum, count and digests are those of its rows, and its seal is the centre's.
CCB-11  A hand-over issued again is the same hand-over in the same place of its chain, and a row once accepted stays so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ensure import ensure
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
    """A manifest with its rows, issued for the first time or again."""

    manifest: Manifest
    rows: tuple[HandoverRow, ...]
    issue_no: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What the registry said about one row; `reason` is empty when it took it."""

    row_no: int
    cancellation_no: str
    is_accepted: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the registry said about an issue of a hand-over; with `reason` it rejected the whole."""

    handover_no: str
    province_code: str
    rows: tuple[RowAnswer, ...]
    reason: str
    issue_no: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRow:
    """A row of a hand-over and whether the registry accepted it; None before its first answer."""

    cancellation_no: str
    is_accepted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverState:
    """A hand-over and whether its last issue was answered and alarmed."""

    manifest: Manifest
    issued_time: datetime
    issue_no: int = 1
    accepted_count: int = 0
    rejected_count: int = 0
    rejection_reason: str = ""
    acknowledged_time: datetime | None = None
    alarmed_time: datetime | None = None

    @property
    def is_taken_in_full(self) -> bool:
        """Tell whether the registry accepted every row, or took a hand-over without rows."""
        return self.acknowledged_time is not None and not self.rejection_reason and self.rejected_count == 0


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


def issued_again(
    state: HandoverState, rows: Sequence[HandoverRow], *, signer: Signer, at: datetime
) -> tuple[HandoverState, Handover]:
    """Issue a hand-over again: the same rows and digests, sealed anew, and nothing answered yet."""
    manifest = state.manifest
    ensure(
        rows_digest(row_bytes(row) for row in rows) == manifest.rows_digest
        and manifest_digest_of(manifest) == manifest.manifest_digest,
        "a hand-over issued again has the rows that it was issued with",
    )
    manifest = replace(manifest, signature=signer.sign(manifest.manifest_digest))
    again = HandoverState(manifest=manifest, issued_time=at, issue_no=state.issue_no + 1)
    return again, Handover(manifest=manifest, rows=tuple(rows), issue_no=again.issue_no)


def refusal_of_acknowledgement(
    state: HandoverState, rows: Sequence[AnsweredRow], answer: Acknowledgement
) -> AcknowledgementDiffers | None:
    """Tell why an answer does not fit: another province, other rows, no such issue, or another answer before."""
    named = [(row.row_no, row.cancellation_no) for row in answer.rows]
    expected = [(row_no, row.cancellation_no) for row_no, row in enumerate(rows, start=1)]
    if answer.province_code != state.manifest.province_code or (
        named != (expected if not answer.reason else [])
    ):
        return _differs(answer, "is not about its rows")
    if answer.issue_no > state.issue_no:
        return _differs(answer, f"was issued {state.issue_no} times")
    if any(
        row.is_accepted and not answered.is_accepted for row, answered in zip(rows, answer.rows, strict=False)
    ):
        return _differs(answer, "takes back a row that was accepted")
    known = (state.accepted_count, state.rejected_count, state.rejection_reason)
    is_again = answer.issue_no == state.issue_no and state.acknowledged_time is not None
    if is_again and known != _counts(answer, rows):
        return _differs(answer, "was answered in another way before")
    return None


def acknowledged(
    state: HandoverState, rows: Sequence[AnsweredRow], answer: Acknowledgement, *, at: datetime
) -> HandoverState:
    """Count an answer; rejected as a whole, all rows are rejected that were not accepted before."""
    accepted_count, rejected_count, reason = _counts(answer, rows)
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


def _counts(answer: Acknowledgement, rows: Sequence[AnsweredRow]) -> tuple[int, int, str]:
    counted: Sequence[AnsweredRow | RowAnswer] = rows if answer.reason else answer.rows
    accepted_count = sum(bool(row.is_accepted) for row in counted)
    return accepted_count, len(rows) - accepted_count, answer.reason


def _differs(answer: Acknowledgement, what: str) -> AcknowledgementDiffers:
    return AcknowledgementDiffers(f"{answer.handover_no} {what}", handover_no=answer.handover_no)
