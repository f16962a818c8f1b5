"""Obligations (应清缴配额量): what an entity owes for a period, what is registered, and how it stands.

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, articles 28 and 29.

REG-5  What is registered towards an obligation never exceeds it, and CCER never its 5 %. Where an obligation was
       lowered afterwards, CCER above the new limit stop counting and what is covered beyond the obligation is a
       surplus; both stay in the books.
REG-60 An obligation is complete exactly when allowances and the CCER that count cover it; a certificate is in force
       exactly while it is complete.
REG-68 An obligation is the sum of what is owed for each sector, and its limit of CCER the sum of the sectors' limits,
       whichever table or change came first.

Ours: an entity whose tables of power and of industry set something for the same period owes both under one notice, and
surrenders for both together; the limit of each sector is rounded down by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import CreditCode, Period, ProvinceCode
from ets_kernel.domain.quantities import percent_floor

from registry.domain.compliance_rules import ComplianceRules, Sector


class ComplianceState(StrEnum):
    """How an entity stands."""

    OPEN = "open"
    PARTIAL = "partial"
    COMPLETED_ON_TIME = "completed_on_time"
    COMPLETED_LATE = "completed_late"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationPart:
    """What is owed for one sector, and the CCER that may be used of it at most, tCO2e."""

    sector: Sector
    obligation_tco2e: int
    offset_limit_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What is owed in tCO2e; `completed_time` is the moment at which it was met in full.

    Notices and certificates are numbered from 1: a change of the obligation sends a new notice, and a certificate
    that no longer tells the truth is withdrawn.
    """

    credit_code: CreditCode
    period: Period
    province_code: ProvinceCode
    # The entity's name when the obligation was imposed.
    name: str = ""
    # The sector for which it was imposed first.
    sector: Sector = Sector.POWER
    obligation_tco2e: int
    # What of it is owed for other sectors, tCO2e, each above 0.
    beside: tuple[tuple[Sector, int], ...] = ()
    offset_limit_tco2e: int
    deadline_time: datetime
    noticed_time: datetime
    # All that is registered, whether it counts or not.
    surrendered_tco2e: int = 0
    offset_tco2e: int = 0
    # What the province decided to take from the next allocation instead.
    deducted_tco2e: int = 0
    completed_time: datetime | None = None
    notice_ordinal: int = 1
    certificate_ordinal: int = 0
    # Whether notices go through the province, whose account holds the entity's allowances (差异化).
    is_through_province: bool = False
    # Who took the entity over by a merger and owes it now; empty where that is the entity itself.
    owed_by: str = ""

    def __post_init__(self) -> None:
        """Check that the sectors share what is owed."""
        quantities = [quantity for _, quantity in self.beside]
        ensure(sum(quantities) <= self.obligation_tco2e, "no sector owes less than nothing")
        ensure(all(quantity > 0 for quantity in quantities), "what is owed beside is something")

    @property
    def quantities_tco2e(self) -> Mapping[Sector, int]:
        """What is owed for each sector, in the order of the sectors."""
        first = self.obligation_tco2e - sum(quantity for _, quantity in self.beside)
        owed = {self.sector: first, **dict(self.beside)}
        return {sector: owed[sector] for sector in Sector if sector in owed}

    @property
    def counted_offset_tco2e(self) -> int:
        """Registered CCER that count: no more than the limit."""
        return min(self.offset_tco2e, self.offset_limit_tco2e)

    @property
    def excess_offset_tco2e(self) -> int:
        """Registered CCER above the limit; allowances must replace them."""
        return self.offset_tco2e - self.counted_offset_tco2e

    @property
    def covered_tco2e(self) -> int:
        """Registered allowances, and CCER that count."""
        return self.surrendered_tco2e + self.counted_offset_tco2e

    @property
    def met_tco2e(self) -> int:
        """What of the obligation is met."""
        return min(self.covered_tco2e, self.obligation_tco2e)

    @property
    def surplus_tco2e(self) -> int:
        """What was registered beyond an obligation that was lowered since."""
        return self.covered_tco2e - self.met_tco2e

    @property
    def unmet_tco2e(self) -> int:
        """What is neither met nor taken from the next allocation."""
        return max(self.obligation_tco2e - self.met_tco2e - self.deducted_tco2e, 0)

    @property
    def notice_no(self) -> str:
        """Number of the compliance notice (履约通知书)."""
        return _numbered("CN", self, self.notice_ordinal)

    @property
    def certificate_no(self) -> str:
        """Number of the certificate (履约证明) in force; empty without one."""
        return _numbered("CC", self, self.certificate_ordinal) if self.completed_time is not None else ""


def offset_limit(obligation_tco2e: int, rules: ComplianceRules, sector: Sector = Sector.POWER) -> int:
    """Give the CCER that may be used at most of what is owed for a sector in tCO2e, rounded down to whole tonnes."""
    return percent_floor(obligation_tco2e, rules.offset_percent(sector))


def parts_of(obligation: Obligation, rules: ComplianceRules) -> list[ObligationPart]:
    """Give what is owed for each sector with its limit, in the order of the sectors."""
    return [
        ObligationPart(
            sector=sector, obligation_tco2e=quantity, offset_limit_tco2e=offset_limit(quantity, rules, sector)
        )
        for sector, quantity in obligation.quantities_tco2e.items()
    ]


def impose(
    *,
    credit_code: CreditCode,
    province_code: ProvinceCode,
    obligation_tco2e: int,
    rules: ComplianceRules,
    at: datetime,
    name: str = "",
    sector: Sector = Sector.POWER,
    is_through_province: bool = False,
) -> Obligation:
    """Make the obligation that an issued verified table sets; one of nothing is met at once."""
    return _judged(
        Obligation(
            credit_code=credit_code,
            period=rules.period,
            province_code=province_code,
            name=name,
            sector=sector,
            obligation_tco2e=obligation_tco2e,
            offset_limit_tco2e=offset_limit(obligation_tco2e, rules, sector),
            deadline_time=rules.deadline_time,
            noticed_time=at,
            is_through_province=is_through_province,
        ),
        at,
    )


def register(
    obligation: Obligation, *, surrendered_tco2e: int, offset_tco2e: int, at: datetime
) -> Obligation:
    """Count a registered surrender towards an obligation."""
    after = replace(
        obligation,
        surrendered_tco2e=obligation.surrendered_tco2e + surrendered_tco2e,
        offset_tco2e=obligation.offset_tco2e + offset_tco2e,
    )
    ensure(after.surplus_tco2e == obligation.surplus_tco2e, "no more is registered than is owed")
    ensure(
        after.excess_offset_tco2e == obligation.excess_offset_tco2e,
        "no more CCER is registered than the limit",
    )
    return _judged(after, at)


def changed(
    obligation: Obligation,
    *,
    obligation_tco2e: int,
    rules: ComplianceRules,
    at: datetime,
    sector: Sector | None = None,
) -> Obligation:
    """Put another quantity in the place of what is owed, with its limit and its notice; `sector` takes the difference.

    The certificate in force is of the old quantity, so it is withdrawn; where the new quantity is met too, another
    takes its place with the same time of completion.
    """
    shared = _shared(obligation, obligation_tco2e - obligation.obligation_tco2e, sector or obligation.sector)
    return _judged(
        replace(
            obligation,
            obligation_tco2e=obligation_tco2e,
            beside=tuple(
                (one, quantity)
                for one, quantity in shared.items()
                if one is not obligation.sector and quantity
            ),
            offset_limit_tco2e=sum(offset_limit(quantity, rules, one) for one, quantity in shared.items()),
            noticed_time=at,
            notice_ordinal=obligation.notice_ordinal + 1,
            completed_time=None,
        ),
        obligation.completed_time or at,
    )


def _shared(obligation: Obligation, change_tco2e: int, sector: Sector) -> Mapping[Sector, int]:
    """Let a sector take a change; what it does not owe itself is taken from the others, in their order."""
    shared = {one: obligation.quantities_tco2e.get(one, 0) for one in Sector}
    rest = change_tco2e
    for one in (sector, *Sector):
        taken = max(rest, -shared[one])
        shared[one] += taken
        rest -= taken
    return shared


def corrected(
    obligation: Obligation,
    *,
    surrendered_tco2e: int,
    offset_tco2e: int,
    at: datetime,
    completed_time: datetime | None = None,
) -> Obligation:
    """Take what was registered by mistake out of an obligation, below zero, or count it again.

    A certificate in force is of the old sums, so it is withdrawn; where the rest covers the obligation too, another
    takes its place with the same time of completion. `completed_time`: since when an obligation that is complete again
    was so before, where nothing else has changed since.
    """
    after = replace(
        obligation,
        surrendered_tco2e=obligation.surrendered_tco2e + surrendered_tco2e,
        offset_tco2e=obligation.offset_tco2e + offset_tco2e,
        completed_time=None,
    )
    ensure(min(after.surrendered_tco2e, after.offset_tco2e) >= 0, "no more is taken back than was registered")
    return _judged(after, obligation.completed_time or completed_time or at)


def deduct(obligation: Obligation, quantity_tco2e: int) -> Obligation:
    """Take what is unmet from the next allocation instead; below zero, take that back."""
    ensure(quantity_tco2e <= obligation.unmet_tco2e, "no more is deducted than is unmet")
    ensure(quantity_tco2e >= -obligation.deducted_tco2e, "no more is taken back than was deducted")
    return replace(obligation, deducted_tco2e=obligation.deducted_tco2e + quantity_tco2e)


def state_at(obligation: Obligation, at: datetime) -> ComplianceState:
    """Tell how the entity stood at a moment, given what was registered by then."""
    if obligation.completed_time is not None:
        is_on_time = obligation.completed_time < obligation.deadline_time
        return ComplianceState.COMPLETED_ON_TIME if is_on_time else ComplianceState.COMPLETED_LATE
    if at >= obligation.deadline_time:
        return ComplianceState.OVERDUE
    return ComplianceState.PARTIAL if obligation.met_tco2e else ComplianceState.OPEN


def _judged(obligation: Obligation, at: datetime) -> Obligation:
    """Complete and certify an obligation that is covered and was not complete before."""
    is_covered = obligation.covered_tco2e >= obligation.obligation_tco2e
    if not is_covered or obligation.completed_time is not None:
        return obligation
    return replace(obligation, completed_time=at, certificate_ordinal=obligation.certificate_ordinal + 1)


def _numbered(kind: str, obligation: Obligation, ordinal: int) -> str:
    number = f"{kind}-{obligation.period}-{obligation.credit_code}"
    return number if ordinal == 1 else f"{number}-{ordinal}"
