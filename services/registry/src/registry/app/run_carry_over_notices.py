"""Issue carry-over notices (结转通知书) to the entities that nothing stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ets_kernel.domain.clock import Clock, business_time
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.ids import CreditCode, ProvinceCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.domain.accounts import Account, AccountKind
from registry.domain.carry_over_notice import Absorbed, Finding, Sales, find, notice_of
from registry.domain.carry_over_rules import (
    FIRST_TRADING_DATE,
    HELD_BUCKETS,
    HOLDING_TIME,
    LAST_TRADING_DATE,
    NOTICES_START,
    OLD_PRODUCTS,
    SURRENDERS,
    base_tco2e,
)
from registry.domain.change import merger_into_successor
from registry.domain.compliance_rules import Sector
from registry.domain.events import CarryOverNoticeIssued
from registry.domain.obligation import Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedNotices:
    """Notices of one call with what they allow in tCO2e, and the number of entities that have none."""

    notice_count: int
    stopped_count: int
    allowed_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Whom a notice may be issued to, what was held at the end of 2025, and what went over by mergers, tCO2e.

    `absorbed`: by survivor, the entities whose figures count as its own.
    """

    accounts: Mapping[str, Account]
    holdings: Mapping[str, int]
    absorbed: Mapping[str, Sequence[str]]
    rights: Mapping[str, int]


async def run_carry_over_notices(
    business_date: date, *, bases: Mapping[Sector, int], uow: UnitOfWork, clock: Clock
) -> IssuedNotices:
    """Find for each emitter that held old units what it may carry over; a notice is issued once.

    Entities that others absorbed count with their survivors, also those that had nothing themselves.
    """
    at = clock.now()
    if min(at, business_time(business_date, 0)) < NOTICES_START:
        raise TooEarly(
            "what was sold and held in 2025 is not known yet", earliest_time=NOTICES_START.isoformat()
        )
    await uow.carry_overs.hold_notices()
    known = await _known(uow)
    findings = await _findings(known, bases=bases, uow=uow, at=at)
    before = await uow.carry_overs.findings({finding.credit_code for finding in findings})
    await uow.carry_overs.add_findings(
        [finding for finding in findings if _is_new(finding, before.get(finding.credit_code))]
    )
    notices = [
        notice_of(finding, taken_over_tco2e=known.rights.get(finding.credit_code, 0))
        for finding in findings
        if not finding.reason
    ]
    await uow.carry_overs.add_notices(notices)
    for notice in notices:
        uow.record(CarryOverNoticeIssued(notice=notice, at=at))
    return IssuedNotices(
        notice_count=len(notices),
        stopped_count=len(findings) - len(notices),
        allowed_tco2e=sum(notice.allowed_tco2e for notice in notices),
    )


async def _known(uow: UnitOfWork) -> _Known:
    """Read who held old units at the end of 2025, or took over what a notice left, and who absorbed whom before."""
    holdings = await uow.carry_overs.holdings(OLD_PRODUCTS, HELD_BUCKETS, at=HOLDING_TIME)
    mergers = await uow.changes.mergers()
    rights = await uow.carry_overs.rights()
    merged = {
        one.absorbed_credit_code: last.survivor_credit_code
        for one in mergers
        if (last := merger_into_successor(one.absorbed_credit_code, mergers)) is not None
    }
    involved = {*merged, *merged.values(), *(code for code, left in rights.items() if left > 0)}
    among = holdings.keys() | {emitter_account(CreditCode(code)) for code in involved if code}
    accounts = {
        number: account
        for number, account in (await uow.accounts.among(among)).items()
        if account.kind is AccountKind.EMITTER
    }
    issued = await uow.carry_overs.notices(
        {account.credit_code for account in accounts.values()} | merged.keys()
    )
    absorbed: dict[str, list[str]] = {}
    for code, survivor in sorted(merged.items()):
        # What was noticed before the merger goes over as it was left.
        if code not in issued:
            absorbed.setdefault(survivor, []).append(code)
    wanted = {
        number: account
        for number, account in accounts.items()
        if account.credit_code not in issued
        and account.credit_code not in merged
        and (number in holdings or account.credit_code in absorbed or rights.get(account.credit_code, 0) > 0)
    }
    return _Known(accounts=wanted, holdings=holdings, absorbed=absorbed, rights=rights)


async def _findings(
    known: _Known, *, bases: Mapping[Sector, int], uow: UnitOfWork, at: datetime
) -> list[Finding]:
    credit_codes = {account.credit_code for account in known.accounts.values()}
    credit_codes |= {code for own in credit_codes for code in known.absorbed.get(own, ())}
    numbers = {code: emitter_account(CreditCode(code)) for code in credit_codes}
    sales = await uow.carry_overs.sales(
        numbers.values(), OLD_PRODUCTS, first=FIRST_TRADING_DATE, last=LAST_TRADING_DATE
    )
    declared = await uow.carry_overs.declared(credit_codes)
    owed: dict[str, dict[str, Obligation]] = {code: {} for code in credit_codes}
    keys = {(code, period) for code in credit_codes for period in SURRENDERS}
    for (code, period), obligation in (await uow.obligations.get(keys)).items():
        owed[code][period] = obligation
    found: list[Finding] = []
    for number, account in sorted(known.accounts.items()):
        absorbed = known.absorbed.get(account.credit_code, [])
        members = [account.credit_code, *absorbed]
        sectors = {
            sector
            for code in members
            for obligation in owed[code].values()
            for sector in obligation.quantities_tco2e
        }
        found.append(
            find(
                credit_code=CreditCode(account.credit_code),
                province_code=ProvinceCode(account.province_code),
                base=base_tco2e(sectors or {Sector.POWER}, bases),
                sales=sales.get(number, Sales()),
                declared=declared.get(account.credit_code),
                holding_tco2e=sum(known.holdings.get(numbers[code], 0) for code in members),
                obligations=owed[account.credit_code],
                at=at,
                absorbed=[
                    Absorbed(
                        credit_code=code,
                        sales=sales.get(numbers[code], Sales()),
                        declared=declared.get(code),
                        obligations=owed[code],
                    )
                    for code in absorbed
                ],
            )
        )
    return found


def _is_new(finding: Finding, before: Finding | None) -> bool:
    return before is None or replace(before, found_time=finding.found_time) != finding
