"""Allocation tables as the registry holds them: raw rows, figures, and where a table stands.

REG-2  A table is issued once, and only after its recomputed, transmitted and sealed digests are the same.
REG-3  Whoever initiates an issuance does not confirm it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import EtsError, SamePerson
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode, TableNo

from registry.domain.errors import (
    IssuanceNotInitiated,
    TableAlreadyIssued,
    TableNotMatched,
    TableRevisionStale,
)
from registry.domain.plan_2019_2020 import Category


class TableKind(StrEnum):
    """Which table of a period."""

    PRE_ALLOCATION = "PRE"
    VERIFIED = "VERIFIED"


class IssuanceStatus(StrEnum):
    """Where a table stands."""

    DIFFERENT = "different"
    AGREED = "agreed"
    MATCHED = "matched"
    SEAL_DIFFERENT = "seal_different"
    INITIATED = "initiated"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One generating unit in one year: raw data and the transmitted figures."""

    credit_code: CreditCode
    unit_no: str
    category: Category
    is_air_cooled: bool
    is_cogeneration: bool
    year: int
    net_supply_mwh: Decimal
    heat_supply_gj: Decimal
    heat_ratio: Decimal
    load_factor: Decimal
    emissions_tco2e: int
    allowance_tco2e: int
    obligation_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One entity of a table; figures in tCO2e. `issue_tco2e` is negative where units are taken back."""

    credit_code: CreditCode
    name: str
    pre_allocated_tco2e: int
    verified_tco2e: int
    issue_tco2e: int
    emissions_tco2e: int
    obligation_tco2e: int
    is_capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmittedTable:
    """A table as the management platform sent it."""

    table_no: TableNo
    revision: int
    province_code: ProvinceCode
    period: Period
    kind: TableKind
    unit_rows: tuple[UnitRow, ...]
    entity_rows: tuple[EntityRow, ...]
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A figure that the registry computed differently; unit and year are empty and 0 for an entity's figure."""

    credit_code: str
    unit_no: str = ""
    year: int = 0
    column: str
    transmitted_tco2e: int = 0
    recomputed_tco2e: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """A table, its three digests and its two people."""

    table_no: TableNo
    revision: int
    province_code: ProvinceCode
    period: Period
    kind: TableKind
    status: IssuanceStatus
    issue_tco2e: int
    entity_count: int
    difference_count: int
    recomputed_digest: bytes
    transmitted_digest: bytes
    seal_digest: bytes = b""
    seal_finding: str = ""
    initiated_by: str = ""
    initiated_time: datetime | None = None
    confirmed_by: str = ""
    confirmed_time: datetime | None = None


def pre_allocation_table_no(issuance: Issuance) -> TableNo:
    """Name the pre-allocation table that a verified table trues up."""
    return TableNo(f"{issuance.period}/{TableKind.PRE_ALLOCATION}/{issuance.province_code}")


def digest_of(rows: Iterable[EntityRow]) -> bytes:
    """Give the digest over entity rows in credit-code order, as the contract defines it for a table."""
    return rows_digest(
        canonical_row(
            [
                row.credit_code,
                row.name,
                row.pre_allocated_tco2e,
                row.verified_tco2e,
                row.issue_tco2e,
                row.emissions_tco2e,
                row.obligation_tco2e,
                int(row.is_capped),
            ]
        )
        for row in sorted(rows, key=lambda row: row.credit_code)
    )


def refusal_of_transmission(table: TransmittedTable, present: Issuance | None) -> EtsError | None:
    """Tell why a transmission cannot take the place of what is there."""
    if present is None:
        return None
    if present.status is IssuanceStatus.ISSUED:
        return _issued_already(present)
    if table.revision <= present.revision:
        return _stale(table.table_no, table.revision, present)
    return None


def status_after_seal(issuance: Issuance, *, seal_digest: bytes, finding: str) -> IssuanceStatus:
    """Make the three-way match; `finding` says what is wrong with the signature, empty when nothing is."""
    if finding or seal_digest != issuance.transmitted_digest:
        return IssuanceStatus.SEAL_DIFFERENT
    if issuance.difference_count or seal_digest != issuance.recomputed_digest:
        return IssuanceStatus.DIFFERENT
    return IssuanceStatus.MATCHED


def refusal_of_seal(issuance: Issuance, revision: int) -> EtsError | None:
    """Tell why a seal is not about the table as it is."""
    if revision != issuance.revision:
        return _stale(issuance.table_no, revision, issuance)
    if issuance.status in (IssuanceStatus.INITIATED, IssuanceStatus.ISSUED):
        return _issued_already(issuance)
    return None


def refusal_of_initiation(issuance: Issuance) -> EtsError | None:
    """Tell why nobody may propose to issue the table now; proposed already is fine and changes nothing."""
    if issuance.status is IssuanceStatus.ISSUED:
        return _issued_already(issuance)
    if issuance.status not in (IssuanceStatus.MATCHED, IssuanceStatus.INITIATED):
        return TableNotMatched(
            f"{issuance.table_no} is {issuance.status}: recomputed, transmitted and sealed are not the same",
            table_no=issuance.table_no,
            status=issuance.status,
        )
    return None


def refusal_of_confirmation(issuance: Issuance, confirmed_by: str) -> EtsError | None:
    """Tell why this person may not issue the table now."""
    if issuance.status is IssuanceStatus.ISSUED:
        return _issued_already(issuance)
    if issuance.status is not IssuanceStatus.INITIATED:
        return IssuanceNotInitiated(
            f"nobody proposed to issue {issuance.table_no}",
            table_no=issuance.table_no,
            status=issuance.status,
        )
    if issuance.initiated_by == confirmed_by:
        return SamePerson("the one who proposed an issuance does not confirm it", subject=confirmed_by)
    return None


def _issued_already(issuance: Issuance) -> TableAlreadyIssued:
    return TableAlreadyIssued(
        f"{issuance.table_no} is {issuance.status}", table_no=issuance.table_no, status=issuance.status
    )


def _stale(table_no: str, revision: int, present: Issuance) -> TableRevisionStale:
    return TableRevisionStale(
        f"{table_no} is at revision {present.revision}, the message is about {revision}",
        table_no=table_no,
        revision=revision,
        present_revision=present.revision,
    )
