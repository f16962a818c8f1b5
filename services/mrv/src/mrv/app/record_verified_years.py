"""Record verified output and emissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.provinces import parse_province_code

from mrv.app.ports import UnitOfWork
from mrv.app.results import ItemOutcome
from mrv.domain.allocation import years_of
from mrv.domain.allocation_table import AllocationTable, TableKind, table_no_of
from mrv.domain.plan_2019_2020 import PERIOD
from mrv.domain.roster import refusal_of_year
from mrv.domain.units import UnitKey, VerifiedYear


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerifiedYears:
    """Verified years in order, all of one province."""

    province_code: str
    years: tuple[VerifiedYear, ...]


async def record_verified_years(
    command: RecordVerifiedYears, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each year that may be recorded; of the same unit and year the last one counts.

    PROVINCE_UNKNOWN; per item "<credit code>/<unit>/<year>" or UNIT_NOT_FOUND, YEAR_OUTSIDE_PERIOD,
    VERIFIED_YEAR_CONTRADICTS_UNIT, TABLE_ALREADY_TRANSMITTED, in this order.
    """
    at = clock.now()
    province_code = parse_province_code(command.province_code)
    # A table that is being computed reads the years, so both take the tables' locks first.
    tables = await _tables_by_year(province_code, uow)
    units = await uow.roster.units_of_province(province_code, {year.key for year in command.years})
    accepted: dict[tuple[UnitKey, int], VerifiedYear] = {}
    outcomes: list[ItemOutcome] = []
    for year in command.years:
        refusal = refusal_of_year(year, unit=units.get(year.key), tables=tables)
        if refusal is None:
            accepted[year.key, year.year] = year
        outcomes.append(refusal or f"{year.credit_code}/{year.unit_no}/{year.year}")
    await uow.roster.put_years(list(accepted.values()), at=at)
    return outcomes


async def _tables_by_year(province_code: str, uow: UnitOfWork) -> Mapping[int, AllocationTable]:
    numbers = {kind: table_no_of(period=PERIOD, kind=kind, province_code=province_code) for kind in TableKind}
    tables = await uow.tables.lock(set(numbers.values()))
    return {
        year: tables[number]
        for kind, number in numbers.items()
        if number in tables
        for year in years_of(PERIOD, kind)
    }
