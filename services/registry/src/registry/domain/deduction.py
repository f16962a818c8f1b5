"""Deductions from the next allocation for what was not surrendered (未足额清缴, 等量核减).

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, in force 2021-02-01, article 40.
Source: 碳排放权交易管理暂行条例, 国务院令第775号, 2024-01-25, in force 2024-05-01, article 24.
Source: 2025、2026年度配额总量和分配方案(征求意见稿), 2026-07-27, notes of the tables: once the 生态环境法典 is in
force, from 2026-08-15, nothing new is deducted for allowances that were not surrendered. Decisions from before are
carried out, and deductions for fraud (article 22) go on: those are adjustments of allocation, which this rule does
not touch.
Source: 2024、2025年度钢铁、水泥、铝冶炼行业配额总量和分配方案(征求意见稿)编制说明, section (五): who missed the
deadline and was not deducted in a later year may go on surrendering.

Ours: a quantity that the province decided to deduct is settled by the decision and cannot be surrendered, unless the
province takes it back before a table has deducted it.

REG-66 A deduction for non-surrender is decided after the deadline, of what is unmet and not applied for, and none from
       2026-08-15 on.
"""

from datetime import date, datetime
from typing import Final

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import EtsError, PeriodUnknown, ProvinceMismatch
from ets_kernel.domain.ids import Period
from ets_kernel.domain.periods import PERIODS

from registry.domain.adjustment import AdjustmentKind, Decision
from registry.domain.obligation import Obligation
from registry.domain.surrender_errors import DeadlineNotPassed, DeductionEnded, DeductionExceeded

# Source: 生态环境法典, in force on this day.
NO_NEW_DEDUCTIONS: Final = business_time(date(2026, 8, 15), 0)


def decide_deduction(
    obligation: Obligation,
    *,
    province_code: str,
    quantity_tco2e: int,
    pending_tco2e: int,
    document_no: str,
    at: datetime,
) -> Decision | EtsError:
    """Decide to take a quantity from the next allocation, or below zero to take such a decision back.

    In this order: province, law, deadline, quantity, period; what is taken back only needs to have been decided.
    """
    if obligation.province_code != province_code:
        return ProvinceMismatch(
            f"province {obligation.province_code} decides on {obligation.credit_code}",
            province_code=province_code,
            roster_province_code=obligation.province_code,
        )
    refusal = (
        _refusal(obligation, quantity_tco2e, pending_tco2e, at)
        if quantity_tco2e > 0
        else _refusal_of_return(obligation, -quantity_tco2e)
    )
    if refusal is not None:
        return refusal
    following = next_period(obligation.period)
    if following is None:
        return PeriodUnknown(
            f"there is no period after {obligation.period} yet",
            field="period",
            value=obligation.period,
            allowed=" ".join(list(PERIODS)[:-1]),
        )

    # From here on the deduction is decided.
    return Decision(
        credit_code=obligation.credit_code,
        from_period=following,
        kind=AdjustmentKind.UNSURRENDERED,
        change_tco2e=quantity_tco2e,
        reference=document_no,
    )


def next_period(period: str) -> Period | None:
    """Give the period whose allocation comes next; None after the last that is known."""
    names = list(PERIODS)
    place = names.index(Period(period)) + 1
    return names[place] if place < len(names) else None


def _refusal(
    obligation: Obligation, quantity_tco2e: int, pending_tco2e: int, at: datetime
) -> EtsError | None:
    if at >= NO_NEW_DEDUCTIONS:
        return DeductionEnded(
            "nothing new is deducted for non-surrender from 2026-08-15 on",
            credit_code=obligation.credit_code,
            period=obligation.period,
        )
    if at < obligation.deadline_time:
        return DeadlineNotPassed(
            f"{obligation.credit_code} may surrender until the deadline",
            deadline_time=obligation.deadline_time.isoformat(),
        )
    unmet = max(obligation.unmet_tco2e - pending_tco2e, 0)
    if quantity_tco2e > unmet:
        return DeductionExceeded(
            f"{unmet} t are neither met nor applied for, {quantity_tco2e} t were to be deducted",
            requested_tco2e=quantity_tco2e,
            unmet_tco2e=unmet,
        )
    return None


def _refusal_of_return(obligation: Obligation, quantity_tco2e: int) -> EtsError | None:
    if quantity_tco2e <= obligation.deducted_tco2e:
        return None
    return DeductionExceeded(
        f"{obligation.deducted_tco2e} t were decided to be deducted, {quantity_tco2e} t were to be taken back",
        requested_tco2e=quantity_tco2e,
        unmet_tco2e=obligation.deducted_tco2e,
    )
