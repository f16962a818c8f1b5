"""Allocation tables: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import allocation_tables as tables
from registry.domain.allocation_table import (
    Difference,
    Differentiation,
    EntityRow,
    Issuance,
    IssuanceStatus,
    TableKind,
)
from registry.domain.compliance_rules import Sector

_COLUMNS: Final = (
    "table_no",
    "revision",
    "province_code",
    "period",
    "kind",
    "status",
    "issue_tco2e",
    "entity_count",
    "difference_count",
    "recomputed_digest",
    "transmitted_digest",
    "seal_digest",
    "seal_finding",
    "initiated_by",
    "initiated_time",
    "confirmed_by",
    "confirmed_time",
)
_SAVED: Final = (
    "table_no",
    "status",
    "seal_digest",
    "seal_finding",
    "initiated_by",
    "initiated_time",
    "confirmed_by",
    "confirmed_time",
)
ENTITY_ROW: Final = (
    "credit_code",
    "name",
    "pre_allocated_tco2e",
    "verified_tco2e",
    "issue_tco2e",
    "emissions_tco2e",
    "obligation_tco2e",
    "is_capped",
    "top_up_tco2e",
    "adjustment_tco2e",
    "deducted_before_tco2e",
    "deducted_tco2e",
    "returned_tco2e",
    "remainder_tco2e",
    "borrowed_tco2e",
    "differentiation",
    "sector",
)
_DIFFERENCE: Final = (
    "table_no",
    "revision",
    "credit_code",
    "unit_no",
    "year",
    "column_name",
    "transmitted_tco2e",
    "recomputed_tco2e",
)
ISSUANCES: Final = f"SELECT {', '.join(_COLUMNS)} FROM issuance"  # noqa: S608
# Of each table the last version that was recorded by a moment.
ISSUANCES_AS_OF: Final = f"""
SELECT {", ".join(_COLUMNS)} FROM (
    SELECT DISTINCT ON (table_no) {", ".join(_COLUMNS)} FROM issuance_version
    WHERE recorded_time <= :at ORDER BY table_no, version_id DESC
) AS issuance"""  # noqa: S608
_LOCK: Final = text(
    f"{ISSUANCES} WHERE table_no = ANY(CAST(:table_nos AS text[])) ORDER BY table_no FOR UPDATE"
)
_PUT: Final = text(
    f"INSERT INTO issuance ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608
    " ON CONFLICT (table_no) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
)
_CLEAR: Final = text("DELETE FROM issuance_row WHERE table_no = :table_no")
_ROWS: Final = text(
    f"SELECT table_no, {', '.join(ENTITY_ROW)} FROM issuance_row"  # noqa: S608
    " WHERE table_no = ANY(CAST(:table_nos AS text[])) ORDER BY table_no, credit_code"
)


class SqlTables:
    """Port `Tables`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, table_nos: Collection[str]) -> Mapping[str, Issuance]:
        """Give the tables among these, locked."""
        rows = await fetch(self._connection, _LOCK, table_nos=sorted(table_nos))
        return {row.table_no: issuance_of(row) for row in rows}

    async def replace(
        self,
        issuance: Issuance,
        rows: Sequence[EntityRow],
        differences: Sequence[Difference],
        *,
        at: datetime,
    ) -> None:
        """Put a transmission, with the registry's own rows, in the place of an earlier one."""
        number = issuance.table_no
        await self._connection.execute(_PUT, {name: getattr(issuance, name) for name in _COLUMNS})
        await self._keep([issuance], at)
        await self._connection.execute(_CLEAR, {"table_no": number})
        await insert_rows(
            self._connection,
            tables.issuance_row,
            ("table_no", *ENTITY_ROW),
            [(number, *(getattr(row, name) for name in ENTITY_ROW)) for row in rows],
        )
        await insert_rows(
            self._connection,
            tables.issuance_difference,
            _DIFFERENCE,
            [
                (
                    number,
                    issuance.revision,
                    difference.credit_code,
                    difference.unit_no,
                    difference.year,
                    difference.column,
                    difference.transmitted_tco2e,
                    difference.recomputed_tco2e,
                )
                for difference in differences
            ],
        )

    async def save(self, issuances: Sequence[Issuance], *, at: datetime) -> None:
        """Store where tables stand, and keep where they stood before."""
        rows = [tuple(getattr(issuance, name) for name in _SAVED) for issuance in issuances]
        await update_rows(self._connection, tables.issuance, _SAVED, rows, keys=("table_no",))
        await self._keep(issuances, at)

    async def rows(self, table_nos: Collection[str]) -> Mapping[str, Sequence[EntityRow]]:
        """Give the registry's own rows of tables, in credit-code order."""
        found: dict[str, list[EntityRow]] = {number: [] for number in table_nos}
        for row in await fetch(self._connection, _ROWS, table_nos=sorted(table_nos)):
            found[row.table_no].append(entity_row_of(row))
        return found

    async def _keep(self, issuances: Sequence[Issuance], at: datetime) -> None:
        rows = [(*(getattr(issuance, name) for name in _COLUMNS), at) for issuance in issuances]
        names = (*_COLUMNS, "recorded_time")
        await insert_rows(self._connection, tables.issuance_version, names, rows)


def entity_row_of(row: AnyRow) -> EntityRow:
    """Read an entity's row, whatever stands beside it."""
    values = {name: getattr(row, name) for name in ENTITY_ROW}
    values["differentiation"] = Differentiation(row.differentiation)
    values["sector"] = Sector(row.sector)
    return EntityRow(**values)


def issuance_of(row: AnyRow) -> Issuance:
    """Read a table's header."""
    values = values_of(row)
    values["kind"] = TableKind(values["kind"])
    values["status"] = IssuanceStatus(values["status"])
    for name in ("recomputed_digest", "transmitted_digest", "seal_digest"):
        values[name] = bytes(values[name])
    return Issuance(**values)
