"""Compute a province's table from the rows held here (配额核定, 多退少补, 应清缴配额量).

MRV-7  A pre-allocation has every entity of the province, a verified table every entity of the issued pre-allocation and
       no other; both in credit-code order, with every unit and every year that they need.
MRV-8  A verified table issues the difference to the pre-allocation that was issued, so both together are the
       verified allocation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ets_kernel.domain.ids import Period, TableNo
from ets_kernel.domain.periods import PERIODS

from mrv.domain import plan_2019_2020 as plan
from mrv.domain.allocation_table import EntityRow, TableKind, UnitRow, digest_of
from mrv.domain.errors import VerifiedYearsMissing
from mrv.domain.roster import Entity
from mrv.domain.units import Unit, UnitKey, VerifiedYear

MISSING_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is recorded of a province: entities and units in order, years by unit and year."""

    entities: Sequence[Entity]
    units: Sequence[Unit]
    years: Mapping[tuple[UnitKey, int], VerifiedYear]


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """The rows of a table, with their digest and sums in tCO2e."""

    unit_rows: tuple[UnitRow, ...]
    entity_rows: tuple[EntityRow, ...]
    digest: bytes
    issue_tco2e: int
    obligation_tco2e: int


def years_of(period: Period, kind: TableKind) -> tuple[int, ...]:
    """Give the years whose output a table needs."""
    if kind is TableKind.PRE_ALLOCATION:
        return (plan.PRE_ALLOCATION_YEAR,)
    return tuple(PERIODS[period].years)


def compute(
    table_no: TableNo,
    *,
    period: Period,
    kind: TableKind,
    recorded: Recorded,
    pre_allocated_tco2e: Mapping[str, int],
) -> Computation:
    """Compute a table; `pre_allocated_tco2e` by credit code is what the issued pre-allocation gave.

    Raises VERIFIED_YEARS_MISSING, naming the first units and years that are not recorded.
    """
    is_whole = kind is TableKind.PRE_ALLOCATION
    # Source: notice of 2021-10-23, 二: those who surrender are the entities under pre-allocation management.
    entities = [one for one in recorded.entities if is_whole or one.credit_code in pre_allocated_tco2e]
    units: dict[str, list[Unit]] = {entity.credit_code: [] for entity in entities}
    for unit in recorded.units:
        if unit.credit_code in units:
            units[unit.credit_code].append(unit)
    years = years_of(period, kind)
    _require_years(table_no, recorded, units, years)

    # From here on the computation succeeds.
    unit_rows: list[UnitRow] = []
    entity_rows: list[EntityRow] = []
    for entity in entities:
        rows = [
            _unit_row(unit, recorded.years[unit.key, year], kind)
            for unit in units[entity.credit_code]
            for year in years
        ]
        unit_rows += rows
        if is_whole:
            entity_rows.append(_pre_allocation_row(entity, rows))
        else:
            entity_rows.append(_verified_row(entity, rows, pre_allocated_tco2e[entity.credit_code]))
    return Computation(
        unit_rows=tuple(unit_rows),
        entity_rows=tuple(entity_rows),
        digest=digest_of(entity_rows),
        issue_tco2e=sum(row.issue_tco2e for row in entity_rows),
        obligation_tco2e=sum(row.obligation_tco2e for row in entity_rows),
    )


def _require_years(
    table_no: TableNo, recorded: Recorded, units: Mapping[str, Sequence[Unit]], years: Sequence[int]
) -> None:
    missing = [credit_code for credit_code, owned in units.items() if not owned]
    missing += [
        f"{unit.credit_code}/{unit.unit_no}/{year}"
        for unit in recorded.units
        for year in years
        if unit.credit_code in units and (unit.key, year) not in recorded.years
    ]
    if missing:
        shown = " ".join(missing[:MISSING_SHOWN_MAX])
        raise VerifiedYearsMissing(
            f"{table_no} needs {len(missing)} more units or verified years: {shown}",
            table_no=table_no,
            missing_count=len(missing),
            missing=shown,
        )


def _unit_row(unit: Unit, output: VerifiedYear, kind: TableKind) -> UnitRow:
    if kind is TableKind.PRE_ALLOCATION:
        given = plan.pre_allocation_tco2e(unit, output)
        return UnitRow(unit=unit, output=output, allowance_tco2e=given, obligation_tco2e=0)
    given = plan.allowance_tco2e(unit, output)
    owed = plan.unit_obligation_tco2e(unit, allowance_tco2e=given, emissions_tco2e=output.emissions_tco2e)
    return UnitRow(unit=unit, output=output, allowance_tco2e=given, obligation_tco2e=owed)


def _pre_allocation_row(entity: Entity, rows: Sequence[UnitRow]) -> EntityRow:
    # Ours: the pre-allocation on the output of 2018 is for one year, and the period has several.
    given = sum(row.allowance_tco2e for row in rows) * len(PERIODS[entity.period].years)
    return EntityRow(
        credit_code=entity.credit_code,
        name=entity.name,
        pre_allocated_tco2e=given,
        verified_tco2e=0,
        issue_tco2e=given,
        emissions_tco2e=0,
        obligation_tco2e=0,
        is_capped=False,
    )


def _verified_row(entity: Entity, rows: Sequence[UnitRow], pre_allocated_tco2e: int) -> EntityRow:
    verified_tco2e = sum(row.allowance_tco2e for row in rows)
    emissions_tco2e = sum(row.output.emissions_tco2e for row in rows)
    obligation_tco2e, is_capped = plan.capped_obligation_tco2e(
        owed_tco2e=sum(row.obligation_tco2e for row in rows),
        allowance_tco2e=verified_tco2e,
        emissions_tco2e=emissions_tco2e,
    )
    return EntityRow(
        credit_code=entity.credit_code,
        name=entity.name,
        pre_allocated_tco2e=pre_allocated_tco2e,
        verified_tco2e=verified_tco2e,
        issue_tco2e=verified_tco2e - pre_allocated_tco2e,
        emissions_tco2e=emissions_tco2e,
        obligation_tco2e=obligation_tco2e,
        is_capped=is_capped,
    )
