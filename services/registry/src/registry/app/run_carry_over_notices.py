"""Issue carry-over notices (结转通知书) to the entities that nothing stops."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ets_kernel.domain.clock import Clock, business_time
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.ids import CreditCode, ProvinceCode

from registry.app.ports import UnitOfWork
from registry.domain.accounts import Account, AccountKind
from registry.domain.carry_over import Finding, Sales, find, notice_of
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
from registry.domain.compliance_rules import Sector
from registry.domain.events import CarryOverNoticeIssued
from registry.domain.obligation import Obligation


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedNotices:
    """Notices of one call with what they allow in tCO2e, and the number of entities that have none."""

    notice_count: int
    stopped_count: int
    allowed_tco2e: int


async def run_carry_over_notices(
    business_date: date, *, bases: Mapping[Sector, int], uow: UnitOfWork, clock: Clock
) -> IssuedNotices:
    """Find for each emitter that held old units what it may carry over; a notice is issued once and never changed."""
    at = clock.now()
    if min(at, business_time(business_date, 0)) < NOTICES_START:
        raise TooEarly(
            "what was sold and held in 2025 is not known yet", earliest_time=NOTICES_START.isoformat()
        )
    await uow.carry_overs.hold_notices()
    holdings = await uow.carry_overs.holdings(OLD_PRODUCTS, HELD_BUCKETS, at=HOLDING_TIME)
    accounts = {
        number: account
        for number, account in (await uow.accounts.among(holdings.keys())).items()
        if account.kind is AccountKind.EMITTER
    }
    issued_before = await uow.carry_overs.notices({account.credit_code for account in accounts.values()})
    wanted = {
        number: account for number, account in accounts.items() if account.credit_code not in issued_before
    }
    findings = await _findings(wanted, holdings, bases=bases, uow=uow, at=at)
    before = await uow.carry_overs.findings({finding.credit_code for finding in findings})
    await uow.carry_overs.add_findings(
        [finding for finding in findings if _is_new(finding, before.get(finding.credit_code))]
    )
    notices = [notice_of(finding) for finding in findings if not finding.reason]
    await uow.carry_overs.add_notices(notices)
    for notice in notices:
        uow.record(CarryOverNoticeIssued(notice=notice, at=at))
    return IssuedNotices(
        notice_count=len(notices),
        stopped_count=len(findings) - len(notices),
        allowed_tco2e=sum(notice.allowed_tco2e for notice in notices),
    )


async def _findings(
    accounts: Mapping[str, Account],
    holdings: Mapping[str, int],
    *,
    bases: Mapping[Sector, int],
    uow: UnitOfWork,
    at: datetime,
) -> list[Finding]:
    sales = await uow.carry_overs.sales(
        accounts.keys(), OLD_PRODUCTS, first=FIRST_TRADING_DATE, last=LAST_TRADING_DATE
    )
    credit_codes = {account.credit_code for account in accounts.values()}
    declared = await uow.carry_overs.declared(credit_codes)
    owed: dict[str, dict[str, Obligation]] = {code: {} for code in credit_codes}
    keys = {(code, period) for code in credit_codes for period in SURRENDERS}
    for (code, period), obligation in (await uow.obligations.get(keys)).items():
        owed[code][period] = obligation
    found: list[Finding] = []
    for number, account in sorted(accounts.items()):
        obligations = owed[account.credit_code]
        sectors = {obligation.sector for obligation in obligations.values()} or {Sector.POWER}
        found.append(
            find(
                credit_code=CreditCode(account.credit_code),
                province_code=ProvinceCode(account.province_code),
                base=base_tco2e(sectors, bases),
                sales=sales.get(number, Sales()),
                declared=declared.get(account.credit_code),
                holding_tco2e=holdings[number],
                obligations=obligations,
                at=at,
            )
        )
    return found


def _is_new(finding: Finding, before: Finding | None) -> bool:
    return before is None or replace(before, found_time=finding.found_time) != finding
