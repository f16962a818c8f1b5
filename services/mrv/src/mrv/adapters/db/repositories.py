"""Roster, obligations and hand-overs: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, lock_names, pairs, put_rows
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mrv.adapters.db import tables
from mrv.app.ports import EntityPeriod
from mrv.domain.allocation import Recorded
from mrv.domain.allocation_table import AllocationTable
from mrv.domain.compliance import ComplianceStatus, Obligation
from mrv.domain.handover import HandoverRow, LastHandover, Manifest
from mrv.domain.roster import Entity
from mrv.domain.units import CoolingMode, ProductClass, Unit, UnitCategory, UnitKey, VerifiedYear

UNIT_COLUMNS: Final = ("category", "cooling", "product_class", "capacity_mw", "main_fuel")
YEAR_COLUMNS: Final = (
    "net_supply_mwh",
    "heat_supply_gj",
    "heat_ratio",
    "load_factor",
    "emissions_tco2e",
)

_LISTED: Final = text("""
SELECT credit_code, period, name, province_code FROM entity
WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
""")
_UNITS: Final = text("""
SELECT credit_code, unit_no, category, cooling, product_class, capacity_mw, main_fuel FROM unit
WHERE (credit_code, unit_no) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
""")
_UNITS_OF_PROVINCE: Final = text("""
SELECT DISTINCT unit.credit_code, unit_no, category, cooling, product_class, capacity_mw, main_fuel
FROM unit JOIN entity ON entity.credit_code = unit.credit_code AND entity.province_code = :province_code
WHERE (unit.credit_code, unit_no) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
""")
_PROVINCE_ENTITIES: Final = text("""
SELECT credit_code, period, name, province_code FROM entity
WHERE period = :period AND province_code = :province_code ORDER BY credit_code
""")
_PROVINCE_UNITS: Final = text("""
SELECT unit.credit_code, unit_no, category, cooling, product_class, capacity_mw, main_fuel
FROM unit JOIN entity ON entity.credit_code = unit.credit_code
WHERE period = :period AND province_code = :province_code ORDER BY unit.credit_code, unit_no
""")
_PROVINCE_YEARS: Final = text("""
SELECT year.credit_code, unit_no, year, net_supply_mwh, heat_supply_gj, heat_ratio, load_factor, emissions_tco2e
FROM verified_year AS year JOIN entity ON entity.credit_code = year.credit_code
WHERE period = :period AND province_code = :province_code AND year = ANY(CAST(:years AS int[]))
""")
_IMPOSE: Final = text("""
INSERT INTO obligation (credit_code, period, province_code, obligation_tco2e, recorded_time)
SELECT credit_code, :period, :province_code, obligation_tco2e, :at FROM allocation_entity_row
WHERE table_no = :table_no AND computation_no = :computation_no
ON CONFLICT (credit_code, period) DO NOTHING
""")
_LOCK_OBLIGATIONS: Final = text("""
SELECT credit_code, period, province_code, coalesce((
    SELECT obligation_tco2e FROM compliance_status AS told
    WHERE told.credit_code = obligation.credit_code AND told.period = obligation.period
    ORDER BY status_id DESC LIMIT 1), obligation_tco2e) AS obligation_tco2e
FROM obligation WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
ORDER BY credit_code, period FOR UPDATE
""")
_DIGEST: Final = text("SELECT manifest_digest FROM handover WHERE handover_no = :handover_no")
_LAST_HANDOVER: Final = text("""
SELECT handover_no, business_date, manifest_digest FROM handover
WHERE province_code = :province_code ORDER BY business_date DESC LIMIT 1
""")


def entity_of(row: AnyRow) -> Entity:
    """Give the entity of a row."""
    return Entity(
        credit_code=row.credit_code, name=row.name, province_code=row.province_code, period=row.period
    )


def unit_of(row: AnyRow) -> Unit:
    """Give the unit of a row."""
    return Unit(
        credit_code=row.credit_code,
        unit_no=row.unit_no,
        category=UnitCategory(row.category),
        cooling=CoolingMode(row.cooling),
        product_class=ProductClass(row.product_class),
        capacity_mw=row.capacity_mw,
        main_fuel=row.main_fuel,
    )


def year_of(row: AnyRow) -> VerifiedYear:
    """Give the verified year of a row."""
    return VerifiedYear(
        credit_code=row.credit_code,
        unit_no=row.unit_no,
        year=row.year,
        net_supply_mwh=row.net_supply_mwh,
        heat_supply_gj=row.heat_supply_gj,
        heat_ratio=row.heat_ratio,
        load_factor=row.load_factor,
        emissions_tco2e=row.emissions_tco2e,
    )


class SqlRoster:
    """Port `Roster`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def listed(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, Entity]:
        """Give the entities among these that are listed."""
        rows = await fetch(self._connection, _LISTED, **pairs(keys))
        return {(row.credit_code, row.period): entity_of(row) for row in rows}

    async def lock_listing(self) -> None:
        """Keep others from changing the roster meanwhile."""
        await lock_names(self._connection, {"roster"})

    async def add_entities(self, entities: Sequence[Entity], *, at: datetime) -> None:
        """List entities."""
        await insert_rows(
            self._connection,
            tables.entity,
            ("credit_code", "period", "name", "province_code", "recorded_time"),
            [
                (entity.credit_code, entity.period, entity.name, entity.province_code, at)
                for entity in entities
            ],
        )

    async def units(self, keys: Collection[UnitKey]) -> Mapping[UnitKey, Unit]:
        """Give the units among these that are recorded."""
        units = map(unit_of, await fetch(self._connection, _UNITS, **pairs(keys)))
        return {unit.key: unit for unit in units}

    async def units_of_province(
        self, province_code: str, keys: Collection[UnitKey]
    ) -> Mapping[UnitKey, Unit]:
        """Give the units among these whose owner is listed in the province."""
        rows = await fetch(self._connection, _UNITS_OF_PROVINCE, province_code=province_code, **pairs(keys))
        return {unit.key: unit for unit in map(unit_of, rows)}

    async def add_units(self, units: Sequence[Unit], *, at: datetime) -> None:
        """Record units."""
        await insert_rows(
            self._connection,
            tables.unit,
            ("credit_code", "unit_no", *UNIT_COLUMNS, "recorded_time"),
            [(*unit.key, *unit_values(unit), at) for unit in units],
        )

    async def put_years(self, years: Sequence[VerifiedYear], *, at: datetime) -> None:
        """Record verified years in the place of earlier ones; a unit and year is given once."""
        keys = ("credit_code", "unit_no", "year")
        changes = (*YEAR_COLUMNS, "recorded_time")
        await put_rows(
            self._connection,
            tables.verified_year,
            (*keys, *changes),
            [(*year.key, year.year, *year_values(year), at) for year in years],
            keys=keys,
            changes=changes,
        )

    async def recorded(self, *, province_code: str, period: str, years: Sequence[int]) -> Recorded:
        """Give all that a table of these years is computed from."""
        where = {"province_code": province_code, "period": period}
        entities = await fetch(self._connection, _PROVINCE_ENTITIES, **where)
        units = await fetch(self._connection, _PROVINCE_UNITS, **where)
        found = await fetch(self._connection, _PROVINCE_YEARS, **where, years=list(years))
        return Recorded(
            entities=list(map(entity_of, entities)),
            units=list(map(unit_of, units)),
            years={(year.key, year.year): year for year in map(year_of, found)},
        )


def unit_values(unit: Unit) -> tuple[object, ...]:
    """Give the properties of a unit in the order of `UNIT_COLUMNS`."""
    return (unit.category, unit.cooling, unit.product_class, unit.capacity_mw, unit.main_fuel)


def year_values(year: VerifiedYear) -> tuple[object, ...]:
    """Give the figures of a year in the order of `YEAR_COLUMNS`."""
    return (
        year.net_supply_mwh,
        year.heat_supply_gj,
        year.heat_ratio,
        year.load_factor,
        year.emissions_tco2e,
    )


class SqlObligations:
    """Port `Obligations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def impose(self, table: AllocationTable, *, at: datetime) -> None:
        """Take the obligations of an issued verified table."""
        await self._connection.execute(
            _IMPOSE,
            {
                "table_no": table.table_no,
                "computation_no": table.computation_no,
                "period": table.period,
                "province_code": table.province_code,
                "at": at,
            },
        )

    async def lock(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, Obligation]:
        """Give the obligations among these, locked."""
        rows = await fetch(self._connection, _LOCK_OBLIGATIONS, **pairs(keys))
        return {
            (row.credit_code, row.period): Obligation(
                credit_code=row.credit_code,
                period=row.period,
                province_code=row.province_code,
                obligation_tco2e=row.obligation_tco2e,
            )
            for row in rows
        }

    async def add_status(self, status: ComplianceStatus, *, at: datetime) -> None:
        """Keep what the registry told, after what it told before."""
        await insert_rows(
            self._connection,
            tables.compliance_status,
            (
                "credit_code",
                "period",
                "province_code",
                "obligation_tco2e",
                "surrendered_tco2e",
                "offset_tco2e",
                "is_completed",
                "recorded_time",
            ),
            [
                (
                    status.credit_code,
                    status.period,
                    status.province_code,
                    status.obligation_tco2e,
                    status.surrendered_tco2e,
                    status.offset_tco2e,
                    status.is_completed,
                    at,
                )
            ],
        )


class SqlHandovers:
    """Port `Handovers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_last(self, province_code: str) -> LastHandover | None:
        """Give the last copy of a province, and keep others from adding one meanwhile."""
        await lock_names(self._connection, {f"handover/{province_code}"})
        rows = await fetch(self._connection, _LAST_HANDOVER, province_code=province_code)
        if not rows:
            return None
        return LastHandover(
            handover_no=rows[0].handover_no,
            business_date=rows[0].business_date,
            manifest_digest=rows[0].manifest_digest,
        )

    async def digest_of(self, handover_no: str) -> bytes | None:
        """Give the manifest digest of the copy of a hand-over, if there is one."""
        rows = await fetch(self._connection, _DIGEST, handover_no=handover_no)
        return bytes(rows[0].manifest_digest) if rows else None

    async def add(self, manifest: Manifest, rows: Sequence[HandoverRow], *, at: datetime) -> None:
        """Store a copy."""
        await insert_rows(self._connection, tables.handover, _HANDOVER, [_handover_values(manifest, at)])
        await insert_rows(
            self._connection,
            tables.handover_row,
            _HANDOVER_ROW,
            [
                (
                    manifest.handover_no,
                    row.row_no,
                    row.receipt.cancellation_no,
                    row.receipt.application_no,
                    row.receipt.credit_code,
                    row.period,
                    row.receipt.quantity_tco2e,
                    row.confirmed_tco2e,
                )
                for row in rows
            ],
        )


_HANDOVER: Final = (
    "handover_no",
    "business_date",
    "province_code",
    "row_count",
    "quantity_tco2e",
    "rows_digest",
    "previous_digest",
    "manifest_digest",
    "seal_signature",
    "seal_key_id",
    "recorded_time",
)
_HANDOVER_ROW: Final = (
    "handover_no",
    "row_no",
    "cancellation_no",
    "application_no",
    "credit_code",
    "period",
    "quantity_tco2e",
    "confirmed_tco2e",
)


def _handover_values(manifest: Manifest, at: datetime) -> tuple[object, ...]:
    return (
        manifest.handover_no,
        manifest.business_date,
        manifest.province_code,
        manifest.row_count,
        manifest.quantity_tco2e,
        manifest.rows_digest,
        manifest.previous_digest,
        manifest.manifest_digest,
        manifest.seal.signature,
        manifest.seal.key_id,
        at,
    )
