"""The registry's own computation of a transmitted table, from the raw rows and from what the registry itself knows.

Written from the plans' texts and apart from the management platform, so that one mistake cannot be on both sides.

Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15,
annex 6: the registration system computes from the data and tells what differs.

REG-4  Names come from the roster, and what was allocated and deducted before from the registry's own tables, never
       from the table in hand.
REG-52 What is to be deducted from an entity is what the registry itself keeps, and nobody borrows more than the plan
       lets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from ets_kernel.domain.ids import CreditCode
from ets_kernel.domain.periods import PERIODS

from registry.domain.accounts import ListedEntity
from registry.domain.allocation_plan import AllocationPlan, EntitySums, UnitFigures
from registry.domain.allocation_plans import plan_of
from registry.domain.allocation_table import (
    SECTORS,
    Difference,
    Differentiation,
    EntityRow,
    RawRow,
    TableKind,
    TransmittedTable,
    digest_of,
)
from registry.domain.compliance_rules import Sector
from registry.domain.true_up import pre_issued, trued_up

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
_COLUMNS: Final = (
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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputation:
    """The registry's rows in credit-code order, their digest, and every figure that is not the transmitted one."""

    rows: tuple[EntityRow, ...]
    digest: bytes
    differences: tuple[Difference, ...]


class _Before(NamedTuple):
    """What the registry knows of an entity before the table, tCO2e."""

    allocated_tco2e: int
    deducted_tco2e: int
    adjustment_tco2e: int


def recompute(
    table: TransmittedTable,
    *,
    roster: Mapping[str, ListedEntity],
    pre_allocated_tco2e: Mapping[str, int],
    deducted_tco2e: Mapping[str, int] = _NOTHING,
    adjustment_tco2e: Mapping[str, int] = _NOTHING,
) -> Recomputation:
    """Compute a table again. PERIOD_UNKNOWN where no plan holds.

    `pre_allocated_tco2e` is what the registry's own tables before this one allocated, by entity, `deducted_tco2e` what
    they deducted of it, `adjustment_tco2e` what is still to be deducted.
    """
    plan = plan_of(table.period, table.scope)
    differences: list[Difference] = []
    units = _units(table, plan, differences)
    sectors = _sectors(table)
    transmitted = {row.credit_code: row for row in table.entity_rows}
    row_of = _pre_allocated_row if table.kind is TableKind.PRE_ALLOCATION else _verified_row
    rows = []
    for credit_code in sorted(units):
        sent = transmitted.get(credit_code)
        before = _Before(
            allocated_tco2e=pre_allocated_tco2e.get(credit_code, 0),
            deducted_tco2e=deducted_tco2e.get(credit_code, 0),
            adjustment_tco2e=adjustment_tco2e.get(credit_code, 0) if plan.has_deductions else 0,
        )
        listed = roster.get(credit_code)
        own = row_of(
            table,
            plan,
            sent or _absent(credit_code),
            name=listed.name if listed is not None else "",
            sums=_summed(units[credit_code]),
            before=before,
            sector=sectors.get(credit_code, Sector.POWER),
        )
        rows.append(own)
        differences += _entity_differences(sent, own)
        if listed is None or listed.province_code != table.province_code:
            differences.append(Difference(credit_code=credit_code, column="province_code"))
    differences += _scope_differences(table, plan, pre_allocated_tco2e)
    differences += _balance_differences(table, plan)
    if digest_of(table.entity_rows, table.period) != table.digest or len(transmitted) != len(
        table.entity_rows
    ):
        differences.append(Difference(credit_code="", column="digest"))
    return Recomputation(
        rows=tuple(rows), digest=digest_of(rows, table.period), differences=tuple(differences)
    )


def _units(
    table: TransmittedTable, plan: AllocationPlan, differences: list[Difference]
) -> Mapping[CreditCode, Sequence[tuple[UnitFigures, int]]]:
    """Compute every row, tell what differs, and give figures and emissions by entity."""
    units: dict[CreditCode, list[tuple[UnitFigures, int]]] = {
        row.credit_code: [] for row in table.entity_rows
    }
    seen: set[tuple[str, str, int]] = set()
    figures_of = plan.reckoner(table)
    for row in table.raw_rows:
        key = (row.credit_code, row.unit_no, row.year)
        if key in seen:
            differences.append(
                Difference(
                    credit_code=row.credit_code,
                    unit_no=row.unit_no,
                    year=row.year,
                    column="rows",
                    transmitted_tco2e=2,
                    recomputed_tco2e=1,
                )
            )
            continue
        seen.add(key)
        figures = figures_of(row)
        # A window has tens of thousands of rows, and nearly all of them agree.
        if figures != (row.allowance_tco2e, row.obligation_tco2e, row.top_up_tco2e):
            differences += _unit_differences(row, figures)
        units.setdefault(row.credit_code, []).append((figures, row.emissions_tco2e))
    return units


def _summed(units: Sequence[tuple[UnitFigures, int]]) -> EntitySums:
    return EntitySums(
        allowance_tco2e=sum(figures.allowance_tco2e for figures, _ in units),
        obligation_tco2e=sum(figures.obligation_tco2e for figures, _ in units),
        emissions_tco2e=sum(emissions for _, emissions in units),
    )


def _pre_allocated_row(
    table: TransmittedTable,
    plan: AllocationPlan,
    sent: EntityRow,
    *,
    name: str,
    sums: EntitySums,
    before: _Before,
    sector: Sector,
) -> EntityRow:
    differentiation = _differentiation(plan, sent)
    # What is pre-allocated on the output of 2018 is for each year of the period (ours).
    given = 0 if differentiation else sums.allowance_tco2e * len(PERIODS[table.period].years)
    issued = pre_issued(pre_allocated_tco2e=given, adjustment_tco2e=before.adjustment_tco2e)
    return EntityRow(
        credit_code=sent.credit_code,
        name=name,
        pre_allocated_tco2e=given,
        verified_tco2e=0,
        issue_tco2e=issued.issue_tco2e,
        emissions_tco2e=0,
        obligation_tco2e=0,
        is_capped=False,
        adjustment_tco2e=before.adjustment_tco2e,
        deducted_tco2e=issued.deducted_tco2e,
        remainder_tco2e=issued.remainder_tco2e,
        differentiation=differentiation,
        sector=sector,
    )


def _verified_row(
    table: TransmittedTable,
    plan: AllocationPlan,
    sent: EntityRow,
    *,
    name: str,
    sums: EntitySums,
    before: _Before,
    sector: Sector,
) -> EntityRow:
    differentiation = _differentiation(plan, sent)
    entitled = plan.entitlement(sums)
    issued = trued_up(
        verified_tco2e=entitled.verified_tco2e,
        allocated_before_tco2e=before.allocated_tco2e,
        deducted_before_tco2e=before.deducted_tco2e,
        adjustment_tco2e=before.adjustment_tco2e,
    )
    # Source: 环办气候函〔2023〕237号, 2023-07-14: who is shut or whose assets are frozen does not borrow.
    may_borrow = table.kind is TableKind.VERIFIED and not differentiation
    limit = entitled.borrowing_limit_tco2e if may_borrow else 0
    return EntityRow(
        credit_code=sent.credit_code,
        name=name,
        pre_allocated_tco2e=before.allocated_tco2e,
        verified_tco2e=entitled.verified_tco2e,
        issue_tco2e=issued.issue_tco2e,
        emissions_tco2e=sums.emissions_tco2e,
        obligation_tco2e=entitled.obligation_tco2e,
        is_capped=entitled.is_capped,
        top_up_tco2e=entitled.top_up_tco2e,
        adjustment_tco2e=before.adjustment_tco2e,
        deducted_before_tco2e=before.deducted_tco2e,
        deducted_tco2e=issued.deducted_tco2e,
        returned_tco2e=issued.returned_tco2e,
        remainder_tco2e=issued.remainder_tco2e,
        borrowed_tco2e=min(max(sent.borrowed_tco2e, 0), limit),
        differentiation=differentiation,
        sector=sector,
    )


def _sectors(table: TransmittedTable) -> Mapping[str, Sector]:
    found: dict[str, Sector] = {}
    for row in table.installation_rows:
        known = found.get(row.credit_code, row.sector)
        found[row.credit_code] = min(known, row.sector, key=SECTORS.index)
    return found


def _differentiation(plan: AllocationPlan, sent: EntityRow) -> Differentiation:
    # Who is allocated otherwise, and who borrows, the province decides; the registry judges only what follows from it.
    return sent.differentiation if plan.has_deductions else Differentiation.NONE


def _absent(credit_code: CreditCode) -> EntityRow:
    return EntityRow(
        credit_code=credit_code,
        name="",
        pre_allocated_tco2e=0,
        verified_tco2e=0,
        issue_tco2e=0,
        emissions_tco2e=0,
        obligation_tco2e=0,
        is_capped=False,
    )


def _unit_differences(row: RawRow, figures: UnitFigures) -> list[Difference]:
    return [
        Difference(
            credit_code=row.credit_code,
            unit_no=row.unit_no,
            year=row.year,
            column=column,
            transmitted_tco2e=getattr(row, column),
            recomputed_tco2e=own,
        )
        for column, own in figures._asdict().items()
        if getattr(row, column) != own
    ]


def _scope_differences(
    table: TransmittedTable, plan: AllocationPlan, pre_allocated_tco2e: Mapping[str, int]
) -> list[Difference]:
    if table.kind is TableKind.PRE_ALLOCATION:
        return []
    sent: set[str] = {row.credit_code for row in table.entity_rows}
    if table.kind is TableKind.CHANGED:
        # Only what was allocated can be changed.
        outside = sent - pre_allocated_tco2e.keys()
    elif plan.has_deductions:
        # Entities may be allocated at verification alone; one that was pre-allocated is trued up.
        outside = pre_allocated_tco2e.keys() - sent
    else:
        # Source: notice of 2021-10-23, 二: those who surrender are the entities under pre-allocation management.
        outside = sent ^ pre_allocated_tco2e.keys()
    return [Difference(credit_code=credit_code, column="credit_code") for credit_code in sorted(outside)]


def _balance_differences(table: TransmittedTable, plan: AllocationPlan) -> list[Difference]:
    """Tell of sectors whose balance value is missing where the plan reckons with one."""
    if table.kind is TableKind.PRE_ALLOCATION or table.period not in plan.with_balance_values:
        return []
    missing = {row.sector for row in table.installation_rows if not table.balances.get(row.sector)}
    return [Difference(credit_code="", unit_no=sector, column="balance_value") for sector in sorted(missing)]


def _entity_differences(transmitted: EntityRow | None, own: EntityRow) -> list[Difference]:
    if transmitted is None:
        return [
            Difference(credit_code=own.credit_code, column="issue_tco2e", recomputed_tco2e=own.issue_tco2e)
        ]
    if transmitted == own:
        return []
    differences = [
        Difference(
            credit_code=own.credit_code,
            column=column,
            transmitted_tco2e=int(getattr(transmitted, column)),
            recomputed_tco2e=int(getattr(own, column)),
        )
        for column in _COLUMNS
        if getattr(transmitted, column) != getattr(own, column)
    ]
    differences += [
        Difference(credit_code=own.credit_code, column=column)
        for column in ("name", "sector")
        if getattr(transmitted, column) != getattr(own, column)
    ]
    return differences
