"""Which tables come before a table, and what they allocated and deducted.

A verified table follows its pre-allocation; a change of allocations (配额变更) follows the verified table and all
changes before it, which are numbered from 1.
Source: 2025、2026年度全国碳排放权交易市场配额总量和分配方案(征求意见稿), 2026-07-27, section 四: where a verified
result changes after the allocation was issued, the platform computes again, and the registration body issues or takes
back the difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ets_kernel.domain.ids import TableNo

from registry.domain.allocation_table import EntityRow, Scope, TableKind
from registry.domain.compliance_rules import Sector

CHANGES_MAX: Final = 999
"""Changes of one verified table; the bound is ours."""


class AllocatedBefore(NamedTuple):
    """What tables before allocated to an entity, what they deducted of it, and what it owed by them, tCO2e.

    `sector`: the one for which it owed.
    """

    allocated_tco2e: int = 0
    deducted_tco2e: int = 0
    obligation_tco2e: int = 0
    sector: Sector | None = None


def table_no_of(
    *, period: str, kind: TableKind, province_code: str, scope: Scope = Scope.POWER, ordinal: int = 0
) -> TableNo:
    """Name a table: `<period>/<kind>/<province code>`, "/industry" for that scope, and a change's number from 1."""
    number = f"{period}/{kind}/{province_code}"
    if scope is Scope.INDUSTRY:
        number = f"{number}/{scope}"
    return TableNo(f"{number}/{ordinal}" if kind is TableKind.CHANGED else number)


def change_ordinal(table_no: str) -> int:
    """Give the number of a change, 0 for a text that has none within its bound."""
    parts = table_no.split("/")
    if len(parts) < 4 or parts[1] != TableKind.CHANGED:
        return 0
    last = parts[-1]
    is_number = last.isascii() and last.isdigit() and len(last) <= len(str(CHANGES_MAX))
    return int(last) if is_number else 0


def tables_before(table_no: str) -> Sequence[TableNo]:
    """Name the tables that a table follows, in their order; none for a pre-allocation and for any other text."""
    if f"/{TableKind.VERIFIED}/" in table_no:
        return [TableNo(table_no.replace(f"/{TableKind.VERIFIED}/", f"/{TableKind.PRE_ALLOCATION}/"))]
    ordinal = change_ordinal(table_no)
    if ordinal == 0:
        return []
    stem = table_no.rpartition("/")[0]
    verified = stem.replace(f"/{TableKind.CHANGED}/", f"/{TableKind.VERIFIED}/")
    return [TableNo(verified), *(TableNo(f"{stem}/{before}") for before in range(1, ordinal))]


def allocated_before(
    table_nos: Iterable[TableNo], rows: Mapping[str, Sequence[EntityRow]]
) -> Mapping[str, AllocatedBefore]:
    """Give what each entity was allocated by the last of these tables that has it, by credit code."""
    found: dict[str, AllocatedBefore] = {}
    for table_no in table_nos:
        is_before_verification = f"/{TableKind.PRE_ALLOCATION}/" in table_no
        for row in rows.get(table_no, ()):
            found[row.credit_code] = AllocatedBefore(
                allocated_tco2e=row.pre_allocated_tco2e if is_before_verification else row.verified_tco2e,
                deducted_tco2e=row.deducted_before_tco2e + row.deducted_tco2e - row.returned_tco2e,
                obligation_tco2e=row.obligation_tco2e,
                sector=row.sector,
            )
    return found
