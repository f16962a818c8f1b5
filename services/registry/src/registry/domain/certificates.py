"""Compliance notice (履约通知书) and certificate (履约证明): what they say, and the digest that proves it.

Source: notice on allocation for 2021 and 2022, 国环规气候〔2023〕1号, 2023-03-13, section 二(三), for the notice;
2024、2025年度钢铁、水泥、铝冶炼行业配额总量和分配方案(征求意见稿)编制说明, section (五), for the certificate;
2025、2026年度配额总量和分配方案(征求意见稿), 2026-07-27, for what the notice says: how much, by when, and which CCER.

A document is a list of canonical rows (`ets_kernel.domain.canonical`): the first names the document, one follows by
product. Its digest is the SHA-256 of these rows, signed by the registration body. Moments are written in UTC to the
microsecond, so that anybody computes the same digest from what is printed.

REG-61 A document's digest follows from its content alone, and its content from the registry's history at its time of
       issue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.sealing import Signer

from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import Obligation, parts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceNotice:
    """What an entity is told: how much by when, and which CCER may offset it."""

    notice_no: str
    credit_code: str
    entity_name: str
    province_code: str
    period: str
    obligation_tco2e: int
    offset_percent: int
    offset_limit_tco2e: int
    # Only CCER of projects registered after this date; None admits all.
    offset_registered_after: date | None
    # Vintages that may be surrendered, in order.
    usable_vintages: tuple[str, ...]
    deadline_time: datetime
    issued_time: datetime
    # Where there are several sectors: "power 1000 50; steel 500 0", what is owed for each and its limit, tCO2e.
    sectors: str = ""

    def rows(self) -> Iterator[bytes]:
        """Give the canonical rows; only a notice of several sectors names them."""
        yield canonical_row(
            [
                "ets-compliance-notice-2" if self.sectors else "ets-compliance-notice-1",
                self.notice_no,
                self.credit_code,
                self.entity_name,
                self.province_code,
                self.period,
                self.obligation_tco2e,
                self.offset_percent,
                self.offset_limit_tco2e,
                self.offset_registered_after,
                moment(self.deadline_time),
                moment(self.issued_time),
                *([self.sectors] if self.sectors else []),
            ]
        )
        for vintage in self.usable_vintages:
            yield canonical_row([vintage])


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceCertificate:
    """What is certified: that an obligation is met in full, when, and with which units."""

    certificate_no: str
    credit_code: str
    entity_name: str
    province_code: str
    period: str
    obligation_tco2e: int
    surrendered_tco2e: int
    # CCER that count.
    offset_tco2e: int
    is_on_time: bool
    deadline_time: datetime
    completed_time: datetime
    issued_time: datetime
    # Registered by product, tCO2e, in the order of the codes.
    lines: tuple[tuple[str, int], ...]

    def rows(self) -> Iterator[bytes]:
        """Give the canonical rows."""
        yield canonical_row(
            [
                "ets-compliance-certificate-1",
                self.certificate_no,
                self.credit_code,
                self.entity_name,
                self.province_code,
                self.period,
                self.obligation_tco2e,
                self.surrendered_tco2e,
                self.offset_tco2e,
                int(self.is_on_time),
                moment(self.deadline_time),
                moment(self.completed_time),
                moment(self.issued_time),
            ]
        )
        for product, quantity in self.lines:
            yield canonical_row([product, quantity])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Digest of a document and the registration body's signature over it."""

    digest: bytes
    signature: bytes
    key_id: str


def moment(at: datetime) -> str:
    """Write a moment as documents do: 2021-12-31T09:00:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def notice_of(obligation: Obligation) -> ComplianceNotice:
    """Write the notice of an obligation as it was imposed or last changed."""
    rules = rules_of(obligation.period)
    parts = parts_of(obligation, rules)
    return ComplianceNotice(
        notice_no=obligation.notice_no,
        credit_code=obligation.credit_code,
        entity_name=obligation.name,
        province_code=obligation.province_code,
        period=obligation.period,
        obligation_tco2e=obligation.obligation_tco2e,
        offset_percent=max(rules.offset_percent(part.sector) for part in parts),
        offset_limit_tco2e=obligation.offset_limit_tco2e,
        offset_registered_after=rules.offset_registered_after,
        usable_vintages=tuple(sorted(rules.usable_vintages)),
        deadline_time=obligation.deadline_time,
        issued_time=obligation.noticed_time,
        sectors="; ".join(
            f"{part.sector} {part.obligation_tco2e} {part.offset_limit_tco2e}" for part in parts
        )
        if len(parts) > 1
        else "",
    )


def certificate_of(
    obligation: Obligation, by_product: Mapping[str, int], *, issued_time: datetime
) -> ComplianceCertificate:
    """Write the certificate of a complete obligation; `by_product`: what was registered for it by then, tCO2e."""
    completed_time = obligation.completed_time or issued_time
    return ComplianceCertificate(
        certificate_no=obligation.certificate_no,
        credit_code=obligation.credit_code,
        entity_name=obligation.name,
        province_code=obligation.province_code,
        period=obligation.period,
        obligation_tco2e=obligation.obligation_tco2e,
        surrendered_tco2e=obligation.surrendered_tco2e,
        offset_tco2e=obligation.counted_offset_tco2e,
        is_on_time=completed_time < obligation.deadline_time,
        deadline_time=obligation.deadline_time,
        completed_time=completed_time,
        issued_time=issued_time,
        lines=tuple(sorted(by_product.items())),
    )


class Document(Protocol):
    """Anything with canonical rows that the registration body signs."""

    def rows(self) -> Iterator[bytes]:
        """Give the canonical rows."""
        ...


def proof_of(document: Document, signer: Signer) -> Proof:
    """Sign a document's digest."""
    digest = rows_digest(document.rows())
    return Proof(digest=digest, signature=signer.sign(digest), key_id=signer.key_id)
