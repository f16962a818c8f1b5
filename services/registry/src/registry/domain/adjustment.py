"""What is to be deducted from an entity's allocation (配额调整量): why, since when, and what remains.

It is kept by entity and by the first period that it is deducted from, because borrowed allowances of 2023 are not
deducted before. Tables deduct the oldest first.
Source: notice on allocation for 2021 and 2022, 国环规气候〔2023〕1号, 2023-03-13, sections 一(一) and 二(一);
2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, section 五.

REG-53 What remains to be deducted is the sum of its changes and never below zero, and no change is ever altered.
REG-54 Borrowed allowances are deducted one for one from the allocation of the period that they are borrowed from.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import CreditCode, Period, parse_credit_code
from ets_kernel.domain.periods import PERIODS, parse_period

from registry.domain.allocation_table import FIRST_PERIOD, EntityRow, Issuance
from registry.domain.errors import AdjustmentExceeded
from registry.domain.plan_2021_2022 import BORROWED_PERIOD

PoolKey = tuple[str, str]
"""Credit code and first period that is deducted from."""

_ORDER: Final = {period: place for place, period in enumerate(PERIODS) if period != FIRST_PERIOD}
"""Periods whose plans deduct, in their order."""


class AdjustmentKind(StrEnum):
    """Why what is to be deducted changed."""

    UNSURRENDERED = "unsurrendered"
    CORRECTION = "correction"
    BORROWED = "borrowed"
    RELIEF = "relief"
    OTHER = "other"
    DEDUCTED = "deducted"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentChange:
    """One change in tCO2e, and what remains of this entity and period after it."""

    credit_code: CreditCode
    from_period: Period
    ordinal: int
    kind: AdjustmentKind
    change_tco2e: int
    remainder_tco2e: int
    reference: str

    def __post_init__(self) -> None:
        ensure(self.remainder_tco2e >= 0, "what remains to be deducted is never below zero")

    @property
    def key(self) -> PoolKey:
        """Entity and period."""
        return (self.credit_code, self.from_period)


Remainders = MutableMapping[PoolKey, AdjustmentChange]
"""The last change of each entity and period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a province decided to have deducted, or, below zero, not to have deducted any more."""

    credit_code: CreditCode
    from_period: Period
    kind: AdjustmentKind
    change_tco2e: int
    reference: str


def parse_decision(
    *, credit_code: str, from_period: str, kind: AdjustmentKind, change_tco2e: int, reference: str
) -> Decision:
    """Take a decision; CREDIT_CODE_INVALID, and PERIOD_UNKNOWN for periods whose plan deducts nothing."""
    period = parse_period(from_period, "from_period").name
    if period == FIRST_PERIOD:
        raise PeriodUnknown(
            f"no plan of {period} deducts anything",
            field="from_period",
            value=period,
            allowed=" ".join(_ORDER),
        )
    return Decision(
        credit_code=parse_credit_code(credit_code),
        from_period=period,
        kind=kind,
        change_tco2e=change_tco2e,
        reference=reference,
    )


def outstanding(remainders: Mapping[PoolKey, AdjustmentChange], credit_code: str, period: str) -> int:
    """Add up what is to be deducted from an entity's allocation for a period, tCO2e."""
    return sum(last.remainder_tco2e for last in _due(remainders, credit_code, period))


def refusal_of_decision(decision: Decision, remainders: Remainders) -> AdjustmentExceeded | None:
    """Tell that a decision takes back more than remains."""
    last = remainders.get((decision.credit_code, decision.from_period))
    remainder = last.remainder_tco2e if last is not None else 0
    if remainder + decision.change_tco2e >= 0:
        return None
    return AdjustmentExceeded(
        f"{remainder} t remain to be deducted from {decision.credit_code}",
        credit_code=decision.credit_code,
        from_period=decision.from_period,
        remainder_tco2e=remainder,
    )


def record(decision: Decision, remainders: Remainders) -> AdjustmentChange:
    """Make the change that a decision asks for, and remember it as the last one."""
    last = remainders.get((decision.credit_code, decision.from_period))
    change = AdjustmentChange(
        credit_code=decision.credit_code,
        from_period=decision.from_period,
        ordinal=last.ordinal + 1 if last is not None else 1,
        kind=decision.kind,
        change_tco2e=decision.change_tco2e,
        remainder_tco2e=decision.change_tco2e + (last.remainder_tco2e if last is not None else 0),
        reference=decision.reference,
    )
    remainders[change.key] = change
    return change


def changes_of_table(
    issuance: Issuance, row: EntityRow, remainders: Remainders
) -> Iterator[AdjustmentChange]:
    """Make the changes that an issued row brings: deducted from the oldest on, returned, and borrowed."""
    for decision in _of_row(issuance, row, remainders):
        yield record(decision, remainders)


def _of_row(
    issuance: Issuance, row: EntityRow, remainders: Mapping[PoolKey, AdjustmentChange]
) -> list[Decision]:
    def decision(from_period: Period, kind: AdjustmentKind, change_tco2e: int) -> Decision:
        return Decision(
            credit_code=row.credit_code,
            from_period=from_period,
            kind=kind,
            change_tco2e=change_tco2e,
            reference=issuance.table_no,
        )

    left = row.deducted_tco2e
    changes = []
    for last in _due(remainders, row.credit_code, issuance.period) if left else []:
        taken = min(left, last.remainder_tco2e)
        if taken:
            changes.append(decision(last.from_period, AdjustmentKind.DEDUCTED, -taken))
        left -= taken
    ensure(left == 0, "a table deducts no more than is to be deducted")
    if row.returned_tco2e:
        changes.append(decision(issuance.period, AdjustmentKind.RETURNED, row.returned_tco2e))
    if row.borrowed_tco2e:
        changes.append(decision(BORROWED_PERIOD, AdjustmentKind.BORROWED, row.borrowed_tco2e))
    return changes


def _due(
    remainders: Mapping[PoolKey, AdjustmentChange], credit_code: str, period: str
) -> list[AdjustmentChange]:
    place = _ORDER.get(Period(period), -1)
    return [
        last
        for from_period, order in _ORDER.items()
        if order <= place and (last := remainders.get((credit_code, from_period))) is not None
    ]
