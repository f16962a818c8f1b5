"""Which plan holds for a period and a scope."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.errors import PeriodUnknown

from registry.domain.allocation_plan import AllocationPlan
from registry.domain.allocation_table import Scope
from registry.domain.plan_2019_2020 import Plan20192020
from registry.domain.plan_2021_2022 import Plan20212022
from registry.domain.plan_2023_2024 import Plan20232024
from registry.domain.plan_2024_2025_industry import PlanIndustry20242025

_SECOND: Final = Plan20212022()
_THIRD: Final = Plan20232024()
_INDUSTRY: Final = PlanIndustry20242025()
PLANS: Final[Mapping[tuple[str, Scope], AllocationPlan]] = MappingProxyType(
    {
        ("2019-2020", Scope.POWER): Plan20192020(),
        ("2021", Scope.POWER): _SECOND,
        ("2022", Scope.POWER): _SECOND,
        ("2023", Scope.POWER): _THIRD,
        ("2024", Scope.POWER): _THIRD,
        ("2024", Scope.INDUSTRY): _INDUSTRY,
        ("2025", Scope.INDUSTRY): _INDUSTRY,
    }
)


def plan_of(period: str, scope: Scope) -> AllocationPlan:
    """Give the plan of a period and scope; PERIOD_UNKNOWN where the registry has none."""
    plan = PLANS.get((period, scope))
    if plan is None:
        raise PeriodUnknown(
            f"there is no allocation plan for {scope} in {period!r}",
            field="period",
            value=period,
            scope=scope,
            allowed=" ".join(known for known, of in PLANS if of is scope),
        )
    return plan
