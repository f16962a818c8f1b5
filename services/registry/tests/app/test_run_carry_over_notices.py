from datetime import UTC, date, datetime

import pytest
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.ids import ProvinceCode, emitter_account
from registry.domain.accounts import Account, AccountKind
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.events import CarryOverNoticeIssued
from registry.domain.obligation import impose
from registry_fake_retirement import FakeTrade
from registry_messages import CEA, DEFICIT, SURPLUS
from retirement_steps import ACCOUNT, BASES, JANUARY, OTHER, SOLD_TCO2E, at_year_end, declare, notices


async def owed(uow, period, sector=Sector.POWER, *, is_met=True):
    at = datetime(2024, 10, 20, tzinfo=UTC)
    made = impose(
        credit_code=DEFICIT,
        province_code=ProvinceCode("37"),
        sector=sector,
        obligation_tco2e=0 if is_met else 1,
        rules=rules_of(period),
        at=at,
    )
    await uow.obligations.add([made])


async def declared():
    uow = await at_year_end()
    await declare(uow, (DEFICIT, SOLD_TCO2E, 0))
    return uow


async def test_vector_t11_becomes_a_notice_and_is_told():
    uow = await declared()
    issued = await notices(uow)
    assert (issued.notice_count, issued.stopped_count, issued.allowed_tco2e) == (1, 0, 70_000)
    notice = uow.carry_overs.kept_notices[DEFICIT]
    assert (notice.computed_tco2e, notice.holding_tco2e, notice.applied_tco2e) == (70_000, 120_000, 0)
    assert [fact.notice for fact in uow.told(CarryOverNoticeIssued)] == [notice]


async def test_running_again_issues_nothing_twice_and_keeps_no_second_finding():
    uow = await declared()
    await notices(uow)
    again = await notices(uow)
    assert (again.notice_count, again.stopped_count) == (0, 0)
    assert (len(uow.carry_overs.kept_findings), len(uow.facts)) == (1, 1)


async def test_nothing_is_issued_before_the_year_is_over():
    uow = await declared()
    with pytest.raises(TooEarly):
        await notices(uow, at=datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC))
    with pytest.raises(TooEarly):
        await notices(uow, day=date(2025, 12, 31))
    assert (
        await notices(uow, day=date(2026, 1, 1), at=datetime(2025, 12, 31, 16, tzinfo=UTC))
    ).notice_count == 1


async def test_an_entity_is_stopped_until_both_systems_agree_and_each_finding_is_kept():
    uow = await at_year_end()
    assert (await notices(uow)).stopped_count == 1
    await declare(uow, (DEFICIT, SOLD_TCO2E - 1, 0))
    assert (await notices(uow)).stopped_count == 1
    assert (await notices(uow)).stopped_count == 1
    await declare(uow, (DEFICIT, SOLD_TCO2E, 0))
    assert (await notices(uow)).notice_count == 1
    kept = [finding.reason for finding in uow.carry_overs.kept_findings]
    assert kept == ["NET_SALES_NOT_DECLARED", "NET_SALES_DIFFER", ""]


async def test_trades_outside_the_window_and_of_other_vintages_do_not_count():
    uow = await declared()
    for product, day in ((CEA, date(2023, 12, 31)), (CEA, date(2026, 1, 1)), ("CEA-2025", date(2025, 12, 1))):
        trade = FakeTrade(
            seller_account_no=ACCOUNT,
            buyer_account_no=OTHER,
            product=product,
            quantity_tco2e=9,
            trading_date=day,
        )
        uow.carry_overs.trades.append(trade)
    assert (await notices(uow)).notice_count == 1


async def test_who_missed_a_surrender_is_stopped():
    uow = await declared()
    await owed(uow, "2023", is_met=False)
    await owed(uow, "2024")
    assert (await notices(uow)).stopped_count == 1
    assert uow.carry_overs.kept_findings[0].reason == "SURRENDER_MISSED"


@pytest.mark.parametrize(
    ("sectors", "base"),
    [([Sector.POWER], 10_000), ([Sector.STEEL], 100_000), ([Sector.POWER, Sector.STEEL], 10_000)],
)
async def test_the_base_follows_the_sectors_of_the_obligations(sectors, base):
    uow = await declared()
    for period, sector in zip(("2024", "2023"), sectors, strict=False):
        await owed(uow, period, sector)
    await notices(uow, bases=BASES | {Sector.STEEL: 100_000})
    assert uow.carry_overs.kept_findings[0].base_tco2e == base


async def test_only_emitters_that_held_units_get_a_notice():
    uow = await declared()
    institution = Account(
        account_no="R-I-1",
        kind=AccountKind.INSTITUTION,
        credit_code=SURPLUS,
        name="机构",
        province_code="",
        opened_time=JANUARY,
    )
    await uow.accounts.add([institution])
    uow.carry_overs.held |= {institution.account_no: 50, "R-CANCELLED": 5}
    issued = await notices(uow)
    assert (issued.notice_count, issued.stopped_count) == (1, 0)
    assert emitter_account(SURPLUS) not in uow.carry_overs.held
