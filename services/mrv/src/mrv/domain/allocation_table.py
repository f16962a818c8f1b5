"""Allocation tables of provinces: what they say, and where they stand between platform, registry and province.

MRV-4  A table that is issued never changes; before that, a new computation or transmission takes the old one's place.
MRV-5  A seal is stored only if the province's own key made it; whether it matches the data is for the registry to say.
MRV-6  What is issued is the transmission that the registry names, also when a newer one is on its way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.errors import EtsError, SealInvalid, TableAlreadyIssued
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode, TableNo
from ets_kernel.domain.sealing import Verifier

from mrv.domain.errors import SealKeyForeign, TableNotTransmitted
from mrv.domain.units import Unit, VerifiedYear


class TableKind(StrEnum):
    """Which table of a period."""

    PRE_ALLOCATION = "PRE"
    VERIFIED = "VERIFIED"


class TableStatus(StrEnum):
    """Where a table stands."""

    COMPUTED = "computed"
    TRANSMITTED = "transmitted"
    DIFFERENT = "different"
    AGREED = "agreed"
    SEALED = "sealed"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A digest and the signature over it."""

    digest: bytes
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One unit in one year: what went in and what came out, in tCO2e."""

    unit: Unit
    output: VerifiedYear
    allowance_tco2e: int
    obligation_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRow:
    """One entity of a table, figures in tCO2e; `issue_tco2e` is negative where allowances are taken back."""

    credit_code: CreditCode
    name: str
    pre_allocated_tco2e: int
    verified_tco2e: int
    issue_tco2e: int
    emissions_tco2e: int
    obligation_tco2e: int
    is_capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A figure that the registry computed differently; unit and year are empty and 0 for an entity's figure."""

    credit_code: str
    unit_no: str
    year: int
    column: str
    transmitted_tco2e: int
    recomputed_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationTable:
    """A table without its rows. `computation_no` says which rows, `revision` which transmission; both from 1."""

    table_no: TableNo
    province_code: ProvinceCode
    period: Period
    kind: TableKind
    status: TableStatus
    computation_no: int
    revision: int
    entity_count: int
    issue_tco2e: int
    obligation_tco2e: int
    digest: bytes
    seal: Seal | None = None


def table_no_of(*, period: str, kind: TableKind, province_code: str) -> TableNo:
    """Name the table of a period, kind and province."""
    return TableNo(f"{period}/{kind}/{province_code}")


def digest_of(rows: Iterable[EntityRow]) -> bytes:
    """Give the digest over entity rows in credit-code order, 32 bytes."""
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
        for row in rows
    )


def refusal_of_change(table: AllocationTable | None) -> EtsError | None:
    """Tell why a table can be neither computed nor transmitted again."""
    if table is not None and table.status is TableStatus.ISSUED:
        return TableAlreadyIssued(f"{table.table_no} is issued", table_no=table.table_no)
    return None


def transmitted(table: AllocationTable, *, last_revision: int) -> AllocationTable:
    """Give the table as sent once more; an earlier seal is about an earlier transmission and falls away."""
    return replace(table, status=TableStatus.TRANSMITTED, revision=last_revision + 1, seal=None)


def sealed(table: AllocationTable, seal: Seal, verifier: Verifier) -> AllocationTable:
    """Give the table with the province's seal; refuses another's key and a signature that is not its own."""
    refusal = refusal_of_change(table)
    if refusal is not None:
        raise refusal
    if table.status is TableStatus.COMPUTED:
        raise TableNotTransmitted(
            f"{table.table_no} is not with the registry", table_no=table.table_no, status=table.status
        )
    key_id = f"province/{table.province_code}"
    if seal.key_id != key_id:
        raise SealKeyForeign(
            f"the seal is of {seal.key_id!r}, not of {key_id}", key_id=seal.key_id, expected_key_id=key_id
        )
    if len(seal.digest) != _DIGEST_BYTES:
        raise SealInvalid(f"a digest has {_DIGEST_BYTES} bytes", key_id=key_id)
    verifier.verify(seal.key_id, seal.digest, seal.signature)

    # From here on the seal is stored.
    return replace(table, status=TableStatus.SEALED, seal=seal)


def recomputed(table: AllocationTable, *, revision: int, is_different: bool) -> AllocationTable:
    """Give the table after the registry's own computation; one of an earlier transmission changes nothing."""
    if revision != table.revision or table.status in (TableStatus.COMPUTED, TableStatus.ISSUED):
        return table
    if is_different:
        return replace(table, status=TableStatus.DIFFERENT)
    if table.status is TableStatus.SEALED:
        return table
    return replace(table, status=TableStatus.AGREED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAsOf:
    """A table with what the registry found, as recorded at a moment."""

    table: AllocationTable
    recorded_time: datetime
    differences: tuple[Difference, ...]


_DIGEST_BYTES = 32
