"""The province's copy of the centre's daily hand-over (第六步), taken only if it is whole and in its chain.

MRV-13  The copies of a province are a chain: count, sum, digests and the centre's seal are right, the date is later
        than the last one's, and the manifest names the last one's digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import SealInvalid
from ets_kernel.domain.ids import ApplicationNo, CancellationNo, CreditCode, HandoverNo, ProvinceCode
from ets_kernel.domain.sealing import Verifier

from mrv.domain.allocation_table import Seal
from mrv.domain.errors import HandoverCopyWrong

CENTRE_KEY_ID = "ccer-centre"
_APPLICATION_PREFIX = "OA-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A cancellation as the voluntary-reduction registry tells of it, tCO2e."""

    cancellation_no: CancellationNo
    application_no: ApplicationNo
    credit_code: CreditCode
    province_code: ProvinceCode
    project_no: str
    reduction_year: int
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """One row of a hand-over, tCO2e; `blocks` is "start-end" joined by ","."""

    row_no: int
    receipt: Receipt
    entity_name: str
    ccer_account_no: str
    blocks: str
    confirmed_tco2e: int

    @property
    def period(self) -> str:
        """Compliance period in the application's number, "OA-<period>-<credit code>-<ordinal>"."""
        return self.receipt.application_no.removeprefix(_APPLICATION_PREFIX).rsplit("-", 2)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the centre signed for one province and day."""

    handover_no: HandoverNo
    business_date: date
    province_code: ProvinceCode
    row_count: int
    quantity_tco2e: int
    rows_digest: bytes
    previous_digest: bytes
    manifest_digest: bytes
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHandover:
    """The last copy of a province."""

    handover_no: HandoverNo
    business_date: date
    manifest_digest: bytes


def require_whole(
    manifest: Manifest, rows: Sequence[HandoverRow], *, last: LastHandover | None, verifier: Verifier
) -> None:
    """Refuse a hand-over that contradicts itself, the centre's seal or the one before it."""
    wrong = _contradiction(manifest, rows) or _break(manifest, last)
    if wrong:
        raise HandoverCopyWrong(
            f"{manifest.handover_no}: {wrong}", handover_no=manifest.handover_no, wrong=wrong
        )
    seal = manifest.seal
    if seal.key_id != CENTRE_KEY_ID or seal.digest != manifest.manifest_digest:
        raise SealInvalid("the seal is not the centre's over this manifest", key_id=seal.key_id)
    verifier.verify(seal.key_id, seal.digest, seal.signature)


def row_bytes(row: HandoverRow) -> bytes:
    """Encode a row as the contract defines it for `rows_digest`."""
    return canonical_row(
        [
            row.row_no,
            row.receipt.cancellation_no,
            row.receipt.application_no,
            row.receipt.credit_code,
            row.entity_name,
            row.ccer_account_no,
            row.receipt.project_no,
            row.receipt.reduction_year,
            row.blocks,
            row.receipt.quantity_tco2e,
            row.confirmed_tco2e,
        ]
    )


def manifest_digest_of(manifest: Manifest) -> bytes:
    """Give the digest over a manifest's one canonical row, as the contract defines it."""
    row = canonical_row(
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
    return rows_digest([row])


def _contradiction(manifest: Manifest, rows: Sequence[HandoverRow]) -> str:
    if manifest.row_count != len(rows):
        return f"the manifest counts {manifest.row_count} rows, there are {len(rows)}"
    total = sum(row.receipt.quantity_tco2e for row in rows)
    if manifest.quantity_tco2e != total:
        return f"the manifest sums up to {manifest.quantity_tco2e} t, the rows to {total} t"
    if any(row.receipt.province_code != manifest.province_code for row in rows):
        return "a row is of another province"
    if manifest.rows_digest != rows_digest(row_bytes(row) for row in rows):
        return "rows_digest is not that of the rows"
    if manifest.manifest_digest != manifest_digest_of(manifest):
        return "manifest_digest is not that of the manifest"
    return ""


def _break(manifest: Manifest, last: LastHandover | None) -> str:
    if last is not None and manifest.business_date <= last.business_date:
        return f"the hand-over of {last.business_date} was taken before"
    if manifest.previous_digest != (last.manifest_digest if last is not None else b""):
        return "the manifest does not follow the last one that was taken"
    return ""
