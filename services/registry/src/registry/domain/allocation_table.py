"""Allocation tables as the registry holds them: raw rows, figures, and where a table stands.

Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15,
annex 6: transmitted, computed again by the registration system, sealed by the province, issued.
Source: notice on allocation for 2021 and 2022, 国环规气候〔2023〕1号, 2023-03-13, sections 一 and 二; 四(二): what is
issued, the electronic data and the sealed document agree.

REG-2  A table is issued once, and only after its recomputed, transmitted and sealed digests are the same.
REG-3  Whoever initiates an issuance does not confirm it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import EtsError, SamePerson
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode, TableNo

from registry.domain.compliance_rules import Sector
from registry.domain.errors import (
    IssuanceNotInitiated,
    TableAlreadyIssued,
    TableNotMatched,
    TableRevisionStale,
)

FIRST_PERIOD: Final = Period("2019-2020")
"""Its tables have fewer columns, and their digests stay as they are for ever."""

SECTORS: Final = (Sector.POWER, Sector.STEEL, Sector.CEMENT, Sector.ALUMINIUM)
"""In the order of their numbers in a row's digest."""


class TableKind(StrEnum):
    """Which table of a period."""

    PRE_ALLOCATION = "PRE"
    VERIFIED = "VERIFIED"
    CHANGED = "CHANGED"


class Scope(StrEnum):
    """Which installations a plan covers."""

    POWER = "power"
    INDUSTRY = "industry"


class Category(StrEnum):
    """Categories of generating units, the same in every plan (2019-2020: annex 1, table 1; 2023-2024: annex 1)."""

    COAL_ABOVE_300MW = "I"
    COAL_UP_TO_300MW = "II"
    UNCONVENTIONAL_COAL = "III"
    GAS = "IV"


class SpecialLine(StrEnum):
    """What makes a clinker line one that is allocated what it emitted."""

    NONE = ""
    WHITE_CLINKER = "white_clinker"
    CARBIDE_SLAG = "carbide_slag"
    GYPSUM = "gypsum"


class Differentiation(IntEnum):
    """Why an entity is allocated otherwise than the others (差异化); the number is part of a row's digest."""

    NONE = 0
    SHUT_DOWN = 1
    AT_RISK = 2
    NOT_SURRENDERED = 3

    @property
    def is_held_by_province(self) -> bool:
        """Whether verified allowances stay in the province's account for the entity."""
        # Source: 环办气候函〔2023〕237号, 2023-07-14; 国环规气候〔2024〕1号, section 五. One that is shut owes
        # nothing to come: it only gets nothing before verification.
        return self in (Differentiation.AT_RISK, Differentiation.NOT_SURRENDERED)


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
    top_up_tco2e: int = 0
    gross_generation_mwh: Decimal = Decimal(0)
    is_back_pressure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRow:
    """One steel enterprise, clinker line or electrolysis process in one year, with the transmitted figures."""

    credit_code: CreditCode
    unit_no: str
    sector: Sector
    special_line: SpecialLine
    year: int
    output_t: Decimal
    process_emissions_tco2e: int
    carbide_slag_ratio: Decimal
    emissions_tco2e: int
    allowance_tco2e: int
    obligation_tco2e: int
    top_up_tco2e: int = 0


RawRow = UnitRow | InstallationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One entity of a table; figures in tCO2e. `issue_tco2e` is negative where units are taken back.

    `pre_allocated_tco2e` is what earlier tables allocated: in a change, the allocation that is changed.
    """

    credit_code: CreditCode
    name: str
    pre_allocated_tco2e: int
    verified_tco2e: int
    issue_tco2e: int
    emissions_tco2e: int
    obligation_tco2e: int
    is_capped: bool
    top_up_tco2e: int = 0
    adjustment_tco2e: int = 0
    deducted_before_tco2e: int = 0
    deducted_tco2e: int = 0
    returned_tco2e: int = 0
    remainder_tco2e: int = 0
    borrowed_tco2e: int = 0
    differentiation: Differentiation = Differentiation.NONE
    sector: Sector = Sector.POWER


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
    scope: Scope = Scope.POWER
    installation_rows: tuple[InstallationRow, ...] = ()
    # tCO2e per t of output at which a sector's allowances are its emissions (行业平衡值), as published.
    balances: Mapping[Sector, Decimal] = field(default_factory=dict)

    @property
    def raw_rows(self) -> tuple[RawRow, ...]:
        """Units or installations, whichever the scope has."""
        return self.unit_rows if self.scope is Scope.POWER else self.installation_rows


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

    @property
    def scope(self) -> Scope:
        """Which installations the table covers; its number tells."""
        return Scope.INDUSTRY if Scope.INDUSTRY in self.table_no.split("/") else Scope.POWER


def digest_of(rows: Iterable[EntityRow], period: str = FIRST_PERIOD) -> bytes:
    """Give the digest over entity rows in credit-code order, as the contract defines it for a table of a period."""
    is_first = period == FIRST_PERIOD
    return rows_digest(
        canonical_row(_values(row, is_first=is_first)) for row in sorted(rows, key=_credit_code)
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


def _credit_code(row: EntityRow) -> str:
    return row.credit_code


def _values(row: EntityRow, *, is_first: bool) -> list[str | int]:
    values: list[str | int] = [
        row.credit_code,
        row.name,
        row.pre_allocated_tco2e,
        row.verified_tco2e,
        row.issue_tco2e,
        row.emissions_tco2e,
        row.obligation_tco2e,
        int(row.is_capped),
    ]
    if not is_first:
        values += [
            row.top_up_tco2e,
            row.adjustment_tco2e,
            row.deducted_before_tco2e,
            row.deducted_tco2e,
            row.returned_tco2e,
            row.remainder_tco2e,
            row.borrowed_tco2e,
            int(row.differentiation),
            SECTORS.index(row.sector),
        ]
    return values


def _stale(table_no: str, revision: int, present: Issuance) -> TableRevisionStale:
    return TableRevisionStale(
        f"{table_no} is at revision {present.revision}, the message is about {revision}",
        table_no=table_no,
        revision=revision,
        present_revision=present.revision,
    )
