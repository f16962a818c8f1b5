"""What a plan (配额总量设定与分配实施方案) says: how allowances and obligations follow from verified data.

One module by plan, with every figure and where it is from; all answer the questions below. Which plan holds is told by
the period and the scope: 2024 has one for power and one for steel, cement and aluminium.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from registry.domain.allocation_table import TransmittedTable


class UnitFigures(NamedTuple):
    """Figures of a unit or installation for a year, tCO2e; the top-up is part of the allowance."""

    allowance_tco2e: int
    obligation_tco2e: int = 0
    top_up_tco2e: int = 0


NOTHING = UnitFigures(allowance_tco2e=0)


class EntitySums(NamedTuple):
    """Sums over the units or installations of an entity, tCO2e."""

    allowance_tco2e: int
    obligation_tco2e: int
    emissions_tco2e: int


class Entitlement(NamedTuple):
    """What an entity is allocated and owes for a period, tCO2e, after the relief of the plan.

    `borrowing_limit_tco2e`: what it may borrow at most (预支).
    """

    verified_tco2e: int
    obligation_tco2e: int
    top_up_tco2e: int = 0
    is_capped: bool = False
    borrowing_limit_tco2e: int = 0


class AllocationPlan(Protocol):
    """A plan for the periods and the scope that it is registered for."""

    @property
    def has_deductions(self) -> bool:
        """Whether adjustments are deducted and entities may be differentiated."""
        ...

    @property
    def without_pre_allocation(self) -> frozenset[str]:
        """Periods in which nothing is allocated before verification."""
        ...

    @property
    def with_balance_values(self) -> frozenset[str]:
        """Periods in which allowances depend on the balance values of their sectors (行业平衡值)."""
        ...

    def reckoner(self, table: TransmittedTable) -> Callable[[Any], UnitFigures]:
        """Give the function that computes the figures of a row of this table; called for every row, so it is fast."""
        ...

    def entitlement(self, sums: EntitySums) -> Entitlement:
        """Give what follows for an entity from the sums over its units."""
        ...
