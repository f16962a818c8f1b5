"""A corrected obligation: raised or lowered after the notice, for example by a second verification.

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 29 (the 5 % are of the obligation, whichever it is);
2025、2026年度配额总量和分配方案(征求意见稿), 2026-07-27, section 四 (a change of the verified result is carried out
by the registration body).

Ours, where no document says how:
- the registration body carries a change out by two people, or with an issued adjustment table;
- it is of one sector: the one that is named, which must be where the entity owes for several;
- a new notice goes out, and the limit of CCER is that of the new quantity;
- applications that no longer fit go back to whoever gave the units, the last submitted first, confirmed ones too,
  until what is registered and applied for fits the obligation and its limit;
- registered CCER above the new limit stay used and stop counting: allowances must replace them. They count again
  should the limit rise;
- what is covered beyond a lowered obligation is a surplus that the books show; it is not given back by itself.

REG-64 An obligation changes only by a change of two people or of an issued table, from the quantity that the change
       names.
REG-65 After a change, what is registered and applied for fits the obligation and its limit, but for what was
       registered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import EtsError, SamePerson
from ets_kernel.domain.ids import CreditCode, Period

from registry.domain.compliance_rules import Sector
from registry.domain.obligation import Obligation
from registry.domain.surrender import PENDING, SurrenderApplication, SurrenderStatus
from registry.domain.surrender_errors import (
    ObligationChangeAlreadyConfirmed,
    ObligationChangeStale,
    ObligationSectorWrong,
    ObligationUnchanged,
)


class ObligationChangeStatus(StrEnum):
    """Where a change stands."""

    INITIATED = "initiated"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationChange:
    """A change of one obligation, tCO2e, with the document that it follows from."""

    change_no: str
    ordinal: int
    credit_code: CreditCode
    period: Period
    from_tco2e: int
    to_tco2e: int
    # Which part takes the difference; None for a change from before sectors were told apart.
    sector: Sector | None = None
    document_no: str
    words: str
    status: ObligationChangeStatus
    initiated_by: str
    initiated_time: datetime
    confirmed_by: str = ""
    confirmed_time: datetime | None = None


def propose(
    obligation: Obligation,
    *,
    to_tco2e: int,
    document_no: str,
    words: str,
    ordinal: int,
    by: str,
    at: datetime,
    sector: Sector | None = None,
) -> ObligationChange | EtsError:
    """First person: propose another quantity, for a sector where there are several. In order: unchanged, sector."""
    if to_tco2e == obligation.obligation_tco2e:
        return ObligationUnchanged(
            f"{obligation.credit_code} owes {to_tco2e} t already",
            credit_code=obligation.credit_code,
            period=obligation.period,
        )
    owed = obligation.quantities_tco2e
    part = sector or (obligation.sector if len(owed) == 1 else None)
    if part is None or part not in owed or owed[part] + to_tco2e < obligation.obligation_tco2e:
        return ObligationSectorWrong(
            f"{obligation.credit_code} owes " + ", ".join(f"{owed[one]} t for {one}" for one in owed),
            credit_code=obligation.credit_code,
            sectors=" ".join(owed),
        )
    return ObligationChange(
        change_no=f"OC-{obligation.period}-{obligation.credit_code}-{ordinal}",
        ordinal=ordinal,
        credit_code=obligation.credit_code,
        period=obligation.period,
        from_tco2e=obligation.obligation_tco2e,
        to_tco2e=to_tco2e,
        sector=part,
        document_no=document_no,
        words=words,
        status=ObligationChangeStatus.INITIATED,
        initiated_by=by,
        initiated_time=at,
    )


def confirm(
    change: ObligationChange, obligation: Obligation, *, by: str, at: datetime
) -> ObligationChange | EtsError:
    """Second person: confirm a change of an obligation that is still as it was. In order: confirmed, person, stale."""
    if change.status is ObligationChangeStatus.CONFIRMED:
        return ObligationChangeAlreadyConfirmed(
            f"{change.change_no} is confirmed", change_no=change.change_no
        )
    if change.initiated_by == by:
        return SamePerson(f"{by} proposed {change.change_no}", subject=by)
    if change.from_tco2e != obligation.obligation_tco2e:
        return ObligationChangeStale(
            f"{change.change_no} is of {change.from_tco2e} t, {obligation.obligation_tco2e} t are owed",
            change_no=change.change_no,
            from_tco2e=change.from_tco2e,
            obligation_tco2e=obligation.obligation_tco2e,
        )
    return replace(change, status=ObligationChangeStatus.CONFIRMED, confirmed_by=by, confirmed_time=at)


def no_longer_fitting(
    applications: Iterable[SurrenderApplication], obligation: Obligation, *, cause: str, at: datetime
) -> list[SurrenderApplication]:
    """Return applications as given back that no longer fit an obligation, the last submitted first.

    One that holds no CCER does not go back for the sake of the limit.
    """
    pending = [one for one in applications if one.status in PENDING]
    total = sum(one.quantity_tco2e for one in pending)
    offset = sum(one.offset_tco2e for one in pending)
    offset_room = max(obligation.offset_limit_tco2e - obligation.offset_tco2e, 0)
    returned: list[SurrenderApplication] = []
    for one in sorted(pending, key=lambda item: item.ordinal, reverse=True):
        is_too_much = total > obligation.unmet_tco2e
        is_too_much_offset = offset > offset_room and one.offset_tco2e > 0
        if is_too_much or is_too_much_offset:
            total -= one.quantity_tco2e
            offset -= one.offset_tco2e
            returned.append(replace(one, status=SurrenderStatus.RETURNED, closed_time=at, closed_by=cause))
    return returned
