"""Carry-over notices (结转通知书): what the registry finds of each entity, what its notice leaves, and mergers.

Source: as for `registry.domain.carry_over_rules`.

REG-42 An entity has at most one carry-over notice, and none while the net sales counted here and declared by the
       trading system differ, or while it has missed a surrender.
REG-46 What is left of a carry-over notice goes over with a merger, once and whole: no right is doubled or lost.

Ours, where no document speaks of mergers: before its notice, an entity's net sales, holding and surrenders are together
with those of the entities that it absorbed (one base, one T); after it, what their notices left adds to its own. An
entity that has missed a surrender, its own or one that it took over, has no notice and so no use of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProvinceCode

from registry.domain.carry_over_rules import SURRENDERS, computed_quantity, net_sales
from registry.domain.obligation import Obligation
from registry.domain.retirement_errors import NetSalesDiffer, NetSalesNotDeclared, SurrenderMissed


class SurrenderStanding(StrEnum):
    """Whether an entity met a surrender by the end of its last day; UNKNOWN where it owes nothing here."""

    UNKNOWN = "unknown"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Allowances of the old vintages that an entity sold and bought in the window, tCO2e."""

    sold_tco2e: int = 0
    bought_tco2e: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the registry found of an entity; an empty reason means that its notice is issued."""

    credit_code: CreditCode
    province_code: ProvinceCode
    base_tco2e: int
    sales: Sales
    # By the trading system; None where it has not declared.
    declared: Sales | None
    computed_tco2e: int
    holding_tco2e: int
    standings: Mapping[str, SurrenderStanding]
    reason: str
    found_time: datetime
    # Entities that it absorbed before, in order, and what they sold and bought.
    absorbed: tuple[str, ...] = ()
    absorbed_sales: Sales = Sales()

    @property
    def allowed_tco2e(self) -> int:
        """The lesser of T and H."""
        return min(self.computed_tco2e, self.holding_tco2e)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A carry-over notice (结转通知书) with what counts towards it now, tCO2e."""

    credit_code: CreditCode
    province_code: ProvinceCode
    # T, H and the lesser of them.
    computed_tco2e: int
    holding_tco2e: int
    allowed_tco2e: int
    # Applied for and not withdrawn.
    applied_tco2e: int
    issued_time: datetime
    # Left of the notices of entities that it absorbed since, less what went over to its own successor.
    taken_over_tco2e: int = 0

    @property
    def notice_no(self) -> str:
        """Number of the notice."""
        return f"CON-{self.credit_code}"

    @property
    def left_tco2e(self) -> int:
        """What may still be applied for."""
        return self.allowed_tco2e + self.taken_over_tco2e - self.applied_tco2e


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverSuccession:
    """What was left of an absorbed entity's notice, and went over to its successor, tCO2e."""

    credit_code: CreditCode
    successor_credit_code: CreditCode
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """An entity that another absorbed: what it sold and bought, by both systems, and what it owes."""

    credit_code: str
    sales: Sales
    declared: Sales | None
    obligations: Mapping[str, Obligation]


def find(
    *,
    credit_code: CreditCode,
    province_code: ProvinceCode,
    base: int,
    sales: Sales,
    declared: Sales | None,
    holding_tco2e: int,
    obligations: Mapping[str, Obligation],
    at: datetime,
    absorbed: Sequence[Absorbed] = (),
) -> Finding:
    """Find what an entity may carry over, or why it gets no notice: missed, then not declared, then different.

    What it absorbed counts as its own; `holding_tco2e` is with what those held.
    """
    owed = [obligations, *(one.obligations for one in absorbed)]
    standings = {period: _worst(_standing(one.get(period), period) for one in owed) for period in SURRENDERS}
    refusal = _refusal_of_notice(credit_code, standings, sales, declared, absorbed)
    sold = sum(one.sales.sold_tco2e for one in absorbed)
    bought = sum(one.sales.bought_tco2e for one in absorbed)
    return Finding(
        credit_code=credit_code,
        province_code=province_code,
        base_tco2e=base,
        sales=sales,
        declared=declared,
        computed_tco2e=computed_quantity(
            base, net_sales(sales.sold_tco2e + sold, sales.bought_tco2e + bought)
        ),
        holding_tco2e=holding_tco2e,
        standings=standings,
        reason=refusal.reason if refusal is not None else "",
        found_time=at,
        absorbed=tuple(one.credit_code for one in absorbed),
        absorbed_sales=Sales(sold_tco2e=sold, bought_tco2e=bought),
    )


def hand_over(
    absorbed: str, survivor: str, notices: Mapping[str, Notice], rights: Mapping[str, int]
) -> tuple[CarryOverSuccession | None, Sequence[Notice]]:
    """Let what an absorbed entity may still apply for go over; give it with the notices that change.

    `rights`: what entities took over before and have not given on. A survivor without a notice keeps it for the one
    that it may get.
    """
    own = notices.get(absorbed)
    left = own.left_tco2e if own is not None else rights.get(absorbed, 0)
    if left <= 0:
        return None, ()
    changed = [
        replace(notice, taken_over_tco2e=notice.taken_over_tco2e + change)
        for notice, change in ((own, -left), (notices.get(survivor), left))
        if notice is not None
    ]
    succession = CarryOverSuccession(
        credit_code=CreditCode(absorbed), successor_credit_code=CreditCode(survivor), quantity_tco2e=left
    )
    return succession, changed


def notice_of(finding: Finding, *, taken_over_tco2e: int = 0) -> Notice:
    """Make the notice of an entity that nothing stops, with what it took over before."""
    return Notice(
        credit_code=finding.credit_code,
        province_code=finding.province_code,
        computed_tco2e=finding.computed_tco2e,
        holding_tco2e=finding.holding_tco2e,
        allowed_tco2e=finding.allowed_tco2e,
        applied_tco2e=0,
        issued_time=finding.found_time,
        taken_over_tco2e=taken_over_tco2e,
    )


def _worst(standings: Iterable[SurrenderStanding]) -> SurrenderStanding:
    return max(standings, key=list(SurrenderStanding).index)


def _standing(obligation: Obligation | None, period: str) -> SurrenderStanding:
    if obligation is None:
        return SurrenderStanding.UNKNOWN
    completed = obligation.completed_time
    is_met = completed is not None and completed < SURRENDERS[period]
    return SurrenderStanding.MET if is_met else SurrenderStanding.MISSED


def _refusal_of_notice(
    credit_code: str,
    standings: Mapping[str, SurrenderStanding],
    sales: Sales,
    declared: Sales | None,
    absorbed: Sequence[Absorbed],
) -> EtsError | None:
    for period, standing in standings.items():
        if standing is SurrenderStanding.MISSED:
            return SurrenderMissed(
                f"{credit_code} missed its surrender for {period}", credit_code=credit_code, period=period
            )
    # An absorbed entity that never traded need not be declared.
    told = [
        (credit_code, declared, sales),
        *((one.credit_code, one.declared or Sales(), one.sales) for one in absorbed),
    ]
    if declared is None:
        return NetSalesNotDeclared(
            f"the trading system has not declared the net sales of {credit_code}", credit_code=credit_code
        )
    for code, of_trading, counted in told:
        if of_trading != counted:
            return NetSalesDiffer(f"the net sales of {code} differ between the two systems", credit_code=code)
    return None
