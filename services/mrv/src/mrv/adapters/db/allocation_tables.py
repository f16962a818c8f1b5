"""Allocation tables: heads, histories, computations and differences."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, lock_names
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mrv.adapters.db import tables
from mrv.adapters.db.repositories import (
    UNIT_COLUMNS,
    YEAR_COLUMNS,
    unit_of,
    unit_values,
    year_of,
    year_values,
)
from mrv.domain.allocation import Computation
from mrv.domain.allocation_table import (
    AllocationTable,
    Difference,
    EntityRow,
    Seal,
    TableKind,
    TableStatus,
    UnitRow,
)

TABLE_COLUMNS: Final = (
    "table_no",
    "province_code",
    "period",
    "kind",
    "status",
    "computation_no",
    "revision",
    "entity_count",
    "issue_tco2e",
    "obligation_tco2e",
    "digest",
    "seal_digest",
    "seal_signature",
    "seal_key_id",
)
ENTITY_ROW_COLUMNS: Final = (
    "credit_code",
    "name",
    "pre_allocated_tco2e",
    "verified_tco2e",
    "issue_tco2e",
    "emissions_tco2e",
    "obligation_tco2e",
    "is_capped",
)
_COLUMNS: Final = ", ".join(TABLE_COLUMNS)

_TABLES: Final = text(
    f"SELECT {_COLUMNS} FROM allocation_table WHERE table_no = ANY(CAST(:table_nos AS text[]))"  # noqa: S608
)
_PUT: Final = text(
    f"INSERT INTO allocation_table ({_COLUMNS})"  # noqa: S608
    f" VALUES ({', '.join(f':{name}' for name in TABLE_COLUMNS)})"
    " ON CONFLICT (table_no) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in TABLE_COLUMNS[1:])
)
# The last step of a revision that has a seal shows it; before that there is only the transmission.
_TRANSMISSION: Final = text(
    f"SELECT {_COLUMNS} FROM allocation_table_history"  # noqa: S608
    " WHERE table_no = :table_no AND revision = :revision AND status <> 'computed'"
    " ORDER BY history_id DESC LIMIT 1"
)
_UNIT_ROWS: Final = text("""
SELECT credit_code, unit_no, year, category, cooling, product_class, capacity_mw, main_fuel, net_supply_mwh,
       heat_supply_gj, heat_ratio, load_factor, emissions_tco2e, allowance_tco2e, obligation_tco2e
FROM allocation_unit_row WHERE table_no = :table_no AND computation_no = :computation_no
ORDER BY credit_code, unit_no, year
""")
_ENTITY_ROWS: Final = text("""
SELECT credit_code, name, pre_allocated_tco2e, verified_tco2e, issue_tco2e, emissions_tco2e, obligation_tco2e,
       is_capped
FROM allocation_entity_row WHERE table_no = :table_no AND computation_no = :computation_no ORDER BY credit_code
""")


def table_of(row: AnyRow) -> AllocationTable:
    """Give the table of a row."""
    seal = Seal(digest=row.seal_digest, signature=row.seal_signature, key_id=row.seal_key_id)
    return AllocationTable(
        table_no=row.table_no,
        province_code=row.province_code,
        period=row.period,
        kind=TableKind(row.kind),
        status=TableStatus(row.status),
        computation_no=row.computation_no,
        revision=row.revision,
        entity_count=row.entity_count,
        issue_tco2e=row.issue_tco2e,
        obligation_tco2e=row.obligation_tco2e,
        digest=row.digest,
        seal=seal if seal.key_id else None,
    )


def entity_row_of(row: AnyRow) -> EntityRow:
    """Give the entity's figures of a row."""
    return EntityRow(
        credit_code=row.credit_code,
        name=row.name,
        pre_allocated_tco2e=row.pre_allocated_tco2e,
        verified_tco2e=row.verified_tco2e,
        issue_tco2e=row.issue_tco2e,
        emissions_tco2e=row.emissions_tco2e,
        obligation_tco2e=row.obligation_tco2e,
        is_capped=row.is_capped,
    )


class SqlTables:
    """Port `Tables`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, table_nos: Collection[str]) -> Mapping[str, AllocationTable]:
        """Give the tables among these, locked; the lock holds for tables that are yet to come, too."""
        await lock_names(self._connection, {f"table/{table_no}" for table_no in table_nos})
        return await self.get(table_nos)

    async def get(self, table_nos: Collection[str]) -> Mapping[str, AllocationTable]:
        """Give the tables among these as they are."""
        rows = await fetch(self._connection, _TABLES, table_nos=sorted(table_nos))
        return {row.table_no: table_of(row) for row in rows}

    async def save(self, table: AllocationTable, *, at: datetime) -> None:
        """Store where a table stands and keep where it stood."""
        values = _values(table)
        await self._connection.execute(_PUT, dict(zip(TABLE_COLUMNS, values, strict=True)))
        await insert_rows(
            self._connection,
            tables.allocation_table_history,
            (*TABLE_COLUMNS, "recorded_time"),
            [(*values, at)],
        )

    async def add_rows(self, table: AllocationTable, rows: Computation) -> None:
        """Store the rows of the table's computation."""
        key = (table.table_no, table.computation_no)
        await insert_rows(
            self._connection,
            tables.allocation_unit_row,
            (
                "table_no",
                "computation_no",
                "credit_code",
                "unit_no",
                "year",
                *UNIT_COLUMNS,
                *YEAR_COLUMNS,
                "allowance_tco2e",
                "obligation_tco2e",
            ),
            [
                (
                    *key,
                    *row.unit.key,
                    row.output.year,
                    *unit_values(row.unit),
                    *year_values(row.output),
                    row.allowance_tco2e,
                    row.obligation_tco2e,
                )
                for row in rows.unit_rows
            ],
        )
        await insert_rows(
            self._connection,
            tables.allocation_entity_row,
            ("table_no", "computation_no", *ENTITY_ROW_COLUMNS),
            [(*key, *(getattr(row, column) for column in ENTITY_ROW_COLUMNS)) for row in rows.entity_rows],
        )

    async def rows(self, table: AllocationTable) -> Computation:
        """Give the rows of the table's computation."""
        key = {"table_no": table.table_no, "computation_no": table.computation_no}
        units = await fetch(self._connection, _UNIT_ROWS, **key)
        entities = await fetch(self._connection, _ENTITY_ROWS, **key)
        return Computation(
            unit_rows=tuple(
                UnitRow(
                    unit=unit_of(row),
                    output=year_of(row),
                    allowance_tco2e=row.allowance_tco2e,
                    obligation_tco2e=row.obligation_tco2e,
                )
                for row in units
            ),
            entity_rows=tuple(map(entity_row_of, entities)),
            digest=table.digest,
            issue_tco2e=table.issue_tco2e,
            obligation_tco2e=table.obligation_tco2e,
        )

    async def issued_tco2e(self, table: AllocationTable) -> Mapping[str, int]:
        """Give by credit code what the table's computation issues."""
        rows = await fetch(
            self._connection, _ENTITY_ROWS, table_no=table.table_no, computation_no=table.computation_no
        )
        return {row.credit_code: row.issue_tco2e for row in rows}

    async def transmission(self, table_no: str, revision: int) -> AllocationTable | None:
        """Give the table as it was sent with a revision."""
        rows = await fetch(self._connection, _TRANSMISSION, table_no=table_no, revision=revision)
        return table_of(rows[0]) if rows else None

    async def add_differences(
        self, table_no: str, revision: int, differences: Sequence[Difference], *, at: datetime
    ) -> None:
        """Store what the registry found in a transmission."""
        await insert_rows(
            self._connection,
            tables.allocation_difference,
            (
                "table_no",
                "revision",
                "credit_code",
                "unit_no",
                "year",
                "column_name",
                "transmitted_tco2e",
                "recomputed_tco2e",
                "recorded_time",
            ),
            [
                (
                    table_no,
                    revision,
                    found.credit_code,
                    found.unit_no,
                    found.year,
                    found.column,
                    found.transmitted_tco2e,
                    found.recomputed_tco2e,
                    at,
                )
                for found in differences
            ],
        )


def _values(table: AllocationTable) -> tuple[object, ...]:
    seal = table.seal or Seal(digest=b"", signature=b"", key_id="")
    return (
        table.table_no,
        table.province_code,
        table.period,
        table.kind,
        table.status,
        table.computation_no,
        table.revision,
        table.entity_count,
        table.issue_tco2e,
        table.obligation_tco2e,
        table.digest,
        seal.digest,
        seal.signature,
        seal.key_id,
    )
