"""The daily hand-over of CCER cancellations: taken whole or rejected whole, then row by row.

Source: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 生态环境部办公厅, 2021-10-23, annex 1,
steps 6 and 7. Rows, seal, chain and answers are ours: the notice has mails.

REG-11  A hand-over is taken only if its count, sum, digests and seal are right and it follows the last one taken of its
        province; of a rejected one nothing is kept but the rejection.
REG-12  A cancellation is accepted once, whichever hand-over brings it.
REG-13  One that was taken and is issued again changes nothing of the rows accepted before; the others are judged again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import (
    EtsError,
    ProjectInsideNationalMarket,
    ProvinceMismatch,
    SealInvalid,
)
from ets_kernel.domain.ids import (
    ApplicationNo,
    CancellationNo,
    CreditCode,
    HandoverNo,
    ProductCode,
    ProvinceCode,
    emitter_account,
)
from ets_kernel.domain.products import ccer_product, offset_product_of
from ets_kernel.domain.sealing import Verifier
from ets_ledger.domain.values import SerialRange

from registry.domain.accounts import AddressedAccounts, ListedEntity
from registry.domain.errors import (
    CreditsCreatedAlready,
    EntityUnknown,
    HandoverChainBroken,
    HandoverCountWrong,
    HandoverDigestWrong,
    HandoverOutOfOrder,
    HandoverRowAboveConfirmed,
    HandoverRowDuplicate,
    HandoverRowQuantityWrong,
    HandoverSumWrong,
    NameMismatch,
    ObligationNotFound,
    OffsetLimitExceeded,
)
from registry.domain.obligation import Obligation

CENTRE_KEY_ID = "ccer-centre"
APPLICATION_PREFIX = "OA-"


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
    seal_digest: bytes
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """One cancellation as handed over; quantities in tCO2e."""

    row_no: int
    cancellation_no: CancellationNo
    offset_application_no: ApplicationNo
    credit_code: CreditCode
    entity_name: str
    province_code: ProvinceCode
    ccer_account_no: str
    project_no: str
    reduction_year: int
    blocks: tuple[SerialRange, ...]
    quantity_tco2e: int
    confirmed_tco2e: int
    is_inside_national_market: bool

    @property
    def period(self) -> str:
        """Compliance period in the application's number, "OA-<period>-<credit code>-<ordinal>"."""
        return self.offset_application_no.removeprefix(APPLICATION_PREFIX).rsplit("-", 2)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRow:
    """A row from which credits are made."""

    cancellation_no: CancellationNo
    handover_no: HandoverNo
    offset_application_no: ApplicationNo
    credit_code: CreditCode
    province_code: ProvinceCode
    ccer_product: ProductCode
    blocks: tuple[SerialRange, ...]
    quantity_tco2e: int

    @property
    def offset_product(self) -> ProductCode:
        """Product of the credits that are made of it."""
        return offset_product_of(self.ccer_product)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHandover:
    """The last hand-over of a province that was taken."""

    business_date: date
    manifest_digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverContext:
    """What the registry knows about the entities, projects and cancellations of a hand-over."""

    listed: Mapping[str, ListedEntity]
    accounts: AddressedAccounts
    obligations: Mapping[tuple[str, str], Obligation]
    inside_projects: frozenset[str]
    # Accepted before: hand-over by cancellation, tonnes by entity and period, tonnes by application.
    handover_by_cancellation: Mapping[str, str]
    accepted_by_entity_tco2e: Mapping[tuple[str, str], int]
    accepted_by_application_tco2e: Mapping[str, int]
    # Accepted before: cancellations whose serials overlap those of a row, by row number.
    overlapping: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of one row."""

    row: HandoverRow
    error: EtsError | None


def row_bytes(row: HandoverRow) -> bytes:
    """Encode a row as the contract defines it for `rows_digest`."""
    return canonical_row(
        [
            row.row_no,
            row.cancellation_no,
            row.offset_application_no,
            row.credit_code,
            row.entity_name,
            row.ccer_account_no,
            row.project_no,
            row.reduction_year,
            ",".join(f"{start}-{end}" for start, end in row.blocks),
            row.quantity_tco2e,
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


def refusal_of_handover(
    manifest: Manifest,
    rows: Sequence[HandoverRow],
    *,
    last: LastHandover | None,
    verifier: Verifier,
    is_taken: bool = False,
) -> EtsError | None:
    """Tell why a hand-over is rejected as a whole: count, sum, digests, seal, order, chain.

    One that was taken has its place in the chain already.
    """
    if manifest.row_count != len(rows):
        return HandoverCountWrong(
            f"the manifest counts {manifest.row_count} rows, there are {len(rows)}",
            manifest_count=manifest.row_count,
            row_count=len(rows),
        )
    total = sum(row.quantity_tco2e for row in rows)
    if manifest.quantity_tco2e != total:
        return HandoverSumWrong(
            f"the manifest sums up to {manifest.quantity_tco2e} t, the rows to {total} t",
            manifest_tco2e=manifest.quantity_tco2e,
            rows_tco2e=total,
        )
    if manifest.rows_digest != rows_digest(row_bytes(row) for row in rows):
        return HandoverDigestWrong("rows_digest is not that of the rows", digest="rows_digest")
    if manifest.manifest_digest != manifest_digest_of(manifest):
        return HandoverDigestWrong("manifest_digest is not that of the manifest", digest="manifest_digest")
    refusal = _refusal_of_seal(manifest, verifier)
    return refusal if refusal is not None or is_taken else _refusal_of_order(manifest, last)


def judge_rows(
    manifest: Manifest,
    rows: Sequence[HandoverRow],
    context: HandoverContext,
    accepted_row_nos: Collection[int] = (),
) -> list[RowOutcome]:
    """Accept or reject each row of a hand-over that was taken, in order; what was accepted before stays so."""
    judge = _RowJudge(manifest, context)
    return [
        RowOutcome(row=row, error=None if row.row_no in accepted_row_nos else judge.judge(row))
        for row in rows
    ]


def accepted(manifest: Manifest, row: HandoverRow) -> AcceptedRow:
    """Keep what credits are made from."""
    return AcceptedRow(
        cancellation_no=row.cancellation_no,
        handover_no=manifest.handover_no,
        offset_application_no=row.offset_application_no,
        credit_code=row.credit_code,
        province_code=row.province_code,
        ccer_product=ccer_product(row.project_no, row.reduction_year),
        blocks=row.blocks,
        quantity_tco2e=row.quantity_tco2e,
    )


def _refusal_of_seal(manifest: Manifest, verifier: Verifier) -> EtsError | None:
    if manifest.key_id != CENTRE_KEY_ID or manifest.seal_digest != manifest.manifest_digest:
        return SealInvalid("the seal is not the centre's over this manifest", key_id=manifest.key_id)
    try:
        verifier.verify(manifest.key_id, manifest.seal_digest, manifest.signature)
    except SealInvalid as refusal:
        return refusal
    return None


def _refusal_of_order(manifest: Manifest, last: LastHandover | None) -> EtsError | None:
    if last is not None and manifest.business_date <= last.business_date:
        return HandoverOutOfOrder(
            f"the hand-over of {last.business_date} was taken before",
            business_date=manifest.business_date,
            last_business_date=last.business_date,
        )
    expected = last.manifest_digest if last is not None else b""
    if manifest.previous_digest != expected:
        return HandoverChainBroken(
            "the manifest does not follow the last one that was taken",
            previous_digest=manifest.previous_digest.hex(),
            expected_digest=expected.hex(),
        )
    return None


class _RowJudge:
    def __init__(self, manifest: Manifest, context: HandoverContext) -> None:
        self._manifest = manifest
        self._context = context
        self._seen = dict(context.handover_by_cancellation)
        self._by_entity = dict(context.accepted_by_entity_tco2e)
        self._by_application = dict(context.accepted_by_application_tco2e)
        self._blocks: dict[str, list[tuple[SerialRange, str]]] = {}

    def judge(self, row: HandoverRow) -> EtsError | None:
        """Return why a row is rejected; accept it otherwise."""
        refusal = (
            self._refusal_of_cancellation(row) or self._refusal_of_entity(row) or self._refusal_of_use(row)
        )
        if refusal is not None:
            return refusal

        # From here on the row is accepted.
        key = (row.credit_code, row.period)
        self._seen[row.cancellation_no] = self._manifest.handover_no
        self._by_entity[key] = self._by_entity.get(key, 0) + row.quantity_tco2e
        application_no = row.offset_application_no
        self._by_application[application_no] = self._taken(row) + row.quantity_tco2e
        product = ccer_product(row.project_no, row.reduction_year)
        self._blocks.setdefault(product, []).extend((block, row.cancellation_no) for block in row.blocks)
        return None

    def _refusal_of_cancellation(self, row: HandoverRow) -> EtsError | None:
        known = self._seen.get(row.cancellation_no)
        if known is not None:
            return HandoverRowDuplicate(
                f"{row.cancellation_no} came with {known}",
                cancellation_no=row.cancellation_no,
                handover_no=known,
            )
        try:
            product = ccer_product(row.project_no, row.reduction_year)
        except EtsError as refusal:
            return refusal
        if not _is_whole(row):
            return HandoverRowQuantityWrong(
                f"the blocks of {row.cancellation_no} are not its {row.quantity_tco2e} t",
                quantity_tco2e=row.quantity_tco2e,
                blocks_tco2e=sum(end - start + 1 for start, end in row.blocks),
            )
        other = self._context.overlapping.get(row.row_no) or self._overlap(product, row)
        if other is not None:
            return CreditsCreatedAlready(
                f"serials of {row.cancellation_no} are in {other}",
                cancellation_no=row.cancellation_no,
                other_cancellation_no=other,
            )
        return None

    def _refusal_of_entity(self, row: HandoverRow) -> EtsError | None:
        listed = self._context.listed.get(row.credit_code)
        if listed is None:
            return EntityUnknown(f"{row.credit_code} is not on the roster", credit_code=row.credit_code)
        if not row.province_code == listed.province_code == self._manifest.province_code:
            return ProvinceMismatch(
                f"province {listed.province_code} answers for {row.credit_code}",
                province_code=self._manifest.province_code,
                roster_province_code=listed.province_code,
            )
        if row.entity_name != listed.name:
            return NameMismatch(
                f"the roster names {row.credit_code} {listed.name!r}",
                credit_code=row.credit_code,
                name=row.entity_name,
                roster_name=listed.name,
            )
        account = self._context.accounts.found(emitter_account(CreditCode(row.credit_code)))
        return account if isinstance(account, EtsError) else None

    def _refusal_of_use(self, row: HandoverRow) -> EtsError | None:
        if row.is_inside_national_market or row.project_no in self._context.inside_projects:
            return ProjectInsideNationalMarket(
                f"project {row.project_no} is under the market's allowance management",
                project_no=row.project_no,
            )
        taken = self._taken(row)
        if taken + row.quantity_tco2e > row.confirmed_tco2e:
            return HandoverRowAboveConfirmed(
                f"{row.confirmed_tco2e} t were confirmed for {row.offset_application_no}",
                taken_tco2e=taken,
                requested_tco2e=row.quantity_tco2e,
                confirmed_tco2e=row.confirmed_tco2e,
            )
        obligation = self._context.obligations.get((row.credit_code, row.period))
        if obligation is None:
            return ObligationNotFound(
                f"{row.credit_code} has no obligation for {row.period!r}",
                credit_code=row.credit_code,
                period=row.period,
            )
        used = self._by_entity.get((row.credit_code, row.period), 0)
        if used + row.quantity_tco2e > obligation.offset_limit_tco2e:
            return OffsetLimitExceeded(
                f"{used} t of CCER were handed over, the limit is {obligation.offset_limit_tco2e} t",
                requested_tco2e=row.quantity_tco2e,
                used_tco2e=used,
                limit_tco2e=obligation.offset_limit_tco2e,
            )
        return None

    def _taken(self, row: HandoverRow) -> int:
        return self._by_application.get(row.offset_application_no, 0)

    def _overlap(self, product: str, row: HandoverRow) -> str | None:
        for taken, cancellation_no in self._blocks.get(product, ()):
            if any(start <= taken.end and taken.start <= end for start, end in row.blocks):
                return cancellation_no
        return None


def _is_whole(row: HandoverRow) -> bool:
    """Tell whether the blocks are proper, apart from each other, and as many as the quantity."""
    ordered = sorted(row.blocks)
    if not ordered or any(start < 1 or end < start for start, end in ordered):
        return False
    if any(after.start <= before.end for before, after in pairwise(ordered)):
        return False
    return sum(block.quantity for block in ordered) == row.quantity_tco2e
