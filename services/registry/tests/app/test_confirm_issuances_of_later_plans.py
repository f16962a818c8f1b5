"""Issuing tables from 2021 on: deductions, borrowed allowances, entities at risk, changes, two plans in one year."""

from dataclasses import replace

import pytest
from allocation_messages import (
    AT_RISK,
    CEMENT,
    CHANGED,
    HEAT_850,
    INDUSTRY,
    PRE,
    VERIFIED,
    changed_2021,
    clinker,
    entity,
    pre_2021,
    pre_2022,
    table,
    unit,
    verified_2021,
    verified_2022,
)
from allocation_steps import CLOCK, confirm, initiate, match, with_accounts
from registry.app.record_allocation_adjustments import (
    DecisionForm,
    RecordAllocationAdjustments,
    record_allocation_adjustments,
)
from registry.domain.accounts import AccountUse
from registry.domain.adjustment import AdjustmentKind
from registry.domain.allocation_table import IssuanceStatus
from registry.domain.earmark import EarmarkKind
from registry.domain.events import (
    AllocationAdjustmentChanged,
    AllowancesEarmarked,
    AllowancesIssued,
    ComplianceNoticeIssued,
)
from registry_fakes import reasons
from registry_messages import DEFICIT, SURPLUS

FIRST, SECOND, SHANDONG = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}", "R-P-37"


@pytest.fixture
async def uow():
    return await with_accounts()


async def decide(uow, change_tco2e, *, from_period="2022", kind=AdjustmentKind.CORRECTION):
    form = DecisionForm(
        credit_code=DEFICIT,
        from_period=from_period,
        kind=kind,
        change_tco2e=change_tco2e,
        document_no="鲁环函〔2023〕1号",
    )
    command = RecordAllocationAdjustments(province_code="37", decisions=(form,), recorded_by="official")
    return reasons(await record_allocation_adjustments(command, uow=uow, clock=CLOCK))


async def issue(uow, *messages):
    """Transmit, seal, propose and confirm tables, one after the other."""
    for message in messages:
        await match(uow, message)
        assert uow.tables.issuances[message.table_no].difference_count == 0, uow.tables.differences
        assert await initiate(uow, message.table_no) == [""]
        assert await confirm(uow, message.table_no) == [""]


def remainder(uow, from_period):
    """What remains to be deducted from the first entity of a period."""
    last = [one for one in uow.adjustments.changes if one.key == (DEFICIT, from_period)]
    return last[-1].remainder_tco2e if last else 0


async def test_the_worked_example_of_a_deduction_above_the_allocation(uow):
    """50,000 pre-allocated, 30,000 verified, 70,000 to deduct: REG-50, REG-53."""
    assert await decide(uow, 70_000) == [""]
    await issue(uow, pre_2022())
    assert remainder(uow, "2022") == 20_000
    assert uow.ledger.held(FIRST) == {}
    await issue(uow, verified_2022())
    assert remainder(uow, "2022") == 40_000
    assert uow.ledger.held(FIRST) == {}
    assert [(one.kind, one.change_tco2e) for one in uow.adjustments.changes] == [
        (AdjustmentKind.CORRECTION, 70_000),
        (AdjustmentKind.DEDUCTED, -50_000),
        (AdjustmentKind.RETURNED, 20_000),
    ]
    told = [fact.change for fact in uow.told(AllocationAdjustmentChanged)]
    assert told == uow.adjustments.changes


async def test_borrowed_allowances_are_issued_beside_and_deducted_from_2023_on(uow):
    """REG-54, and test vector T10."""
    await issue(uow, pre_2021(), verified_2021())
    assert uow.ledger.held(FIRST) == {
        ("CEA-2021", "registered"): 850_000,
        ("BORROWED-2023", "registered"): 75_000,
    }
    assert (remainder(uow, "2022"), remainder(uow, "2023")) == (0, 75_000)
    assert [fact.borrowed_tco2e for fact in uow.told(AllowancesIssued)] == [0, 75_000]
    pre_2023 = table(
        "2023",
        PRE,
        [unit(1, year=2022, emissions=1_000_000, allowance=700_000)],
        [entity(1, pre_allocated=700_000, issue=625_000, adjustment=75_000, deducted=75_000)],
    )
    await issue(uow, pre_2023)
    assert remainder(uow, "2023") == 0
    assert uow.ledger.held(FIRST)["CEA-2023", "registered"] == 625_000


async def test_verified_allowances_of_an_entity_at_risk_stay_with_its_province(uow):
    """REG-55."""
    await issue(uow, pre_2021(), verified_2021())
    assert uow.ledger.held(SECOND) == {}
    assert uow.ledger.held(SHANDONG) == {("CEA-2021", "registered"): 1_200_000}
    (held,) = uow.earmarks.changes
    assert (held.key, held.quantity_tco2e, held.kind) == (
        (SURPLUS, "CEA-2021"),
        1_200_000,
        EarmarkKind.ISSUED,
    )
    assert [fact.change for fact in uow.told(AllowancesEarmarked)] == [held]
    assert [fact.earmarked_tco2e for fact in uow.told(AllowancesIssued)] == [0, 1_200_000]
    notices = uow.told(ComplianceNoticeIssued)
    assert [(notice.obligation.credit_code, notice.obligation.is_through_province) for notice in notices] == [
        (DEFICIT, False),
        (SURPLUS, True),
    ]


async def test_a_table_whose_deductions_are_not_those_of_today_is_transmitted_again(uow):
    """REG-57."""
    await decide(uow, 70_000)
    await match(uow, pre_2022())
    await initiate(uow, pre_2022().table_no)
    assert await decide(uow, 1) == [""]
    assert await confirm(uow, pre_2022().table_no) == ["TABLE_OUTDATED"]
    assert uow.ledger.held(FIRST) == {}
    await decide(uow, -1)
    assert await confirm(uow, pre_2022().table_no) == [""]


async def test_two_tables_do_not_deduct_the_same_twice(uow):
    """The tables of 2021 and 2022 are computed on the same adjustment; the second to be issued is outdated."""
    await decide(uow, 100, from_period="2021")
    first = pre_2021(issue=699_900, adjustment=100, deducted=100)
    second = table(
        "2022",
        PRE,
        [unit(1, year=2021, emissions=1_000, allowance=700)],
        [entity(1, pre_allocated=700, issue=600, adjustment=100, deducted=100)],
    )
    await match(uow, first, second)
    await initiate(uow, first.table_no, second.table_no)
    assert await confirm(uow, first.table_no, second.table_no) == ["", "TABLE_OUTDATED"]
    assert remainder(uow, "2021") == 0


async def test_an_increase_after_the_verified_table_is_issued_with_its_obligation(uow):
    await issue(uow, pre_2021(), verified_2021())
    row = {"pre_allocated": 850_000, "verified": 900_000, "issue": 50_000}
    await issue(uow, changed_2021(1, "8100810.082", 900_000, 1_100_000, row))
    assert uow.ledger.held(FIRST)["CEA-2021", "registered"] == 900_000
    assert uow.obligations.obligations[DEFICIT, "2021"].obligation_tco2e == 1_100_000


async def test_a_decrease_after_the_verified_table_is_taken_back_with_its_obligation(uow):
    await issue(uow, pre_2021(), verified_2021())
    row = {"pre_allocated": 850_000, "verified": 820_000, "issue": -30_000}
    await issue(uow, changed_2021(1, "7380738.074", 820_000, 900_000, row))
    assert uow.ledger.held(FIRST)["CEA-2021", "registered"] == 820_000
    assert uow.ledger.held("R-RECOVERED") == {("CEA-2021", "recovered"): 30_000}
    changed = uow.obligations.obligations[DEFICIT, "2021"]
    assert (changed.obligation_tco2e, changed.offset_limit_tco2e) == (900_000, 45_000)
    again = {"pre_allocated": 820_000, "verified": 850_000, "issue": 30_000}
    await issue(uow, changed_2021(2, HEAT_850, 850_000, 1_000_000, again))
    assert uow.ledger.held(FIRST)["CEA-2021", "registered"] == 850_000
    assert uow.obligations.obligations[DEFICIT, "2021"].obligation_tco2e == 1_000_000


async def test_changes_are_issued_in_their_order_after_the_verified_table(uow):
    await issue(uow, pre_2021())
    row = {"pre_allocated": 850_000, "verified": 820_000, "issue": -30_000}
    first = changed_2021(1, "7380738.074", 820_000, 900_000, row)
    await match(uow, verified_2021(), first)
    await initiate(uow, first.table_no)
    assert await confirm(uow, first.table_no) == ["TABLE_BEFORE_NOT_ISSUED"]
    await initiate(uow, verified_2021().table_no)
    assert await confirm(uow, first.table_no, verified_2021().table_no, first.table_no) == [
        "TABLE_BEFORE_NOT_ISSUED",
        "",
        "",
    ]


async def test_a_change_of_who_was_not_allocated_differs(uow):
    await issue(uow, pre_2021(), verified_2021())
    row = {"verified": 4, "issue": 4, "top_up": 4, "emissions": 5, "obligation": 5, "is_capped": True}
    stranger = table(
        "2021", CHANGED, [unit(3, year=2021, emissions=5, obligation=5)], [entity(3, **row)], ordinal=1
    )
    await match(uow, stranger)
    assert uow.tables.issuances[stranger.table_no].status is IssuanceStatus.DIFFERENT
    assert "credit_code" in [one.column for one in uow.tables.differences[stranger.table_no]]


async def test_what_is_taken_back_is_the_provinces_first(uow):
    await issue(uow, pre_2021(), verified_2021())
    lower = table(
        "2021",
        CHANGED,
        [unit(2, year=2021, emissions=1_000_000, heat=HEAT_850, allowance=850_000, obligation=1_000_000)],
        [
            entity(
                2,
                pre_allocated=1_200_000,
                verified=850_000,
                issue=-350_000,
                emissions=1_000_000,
                obligation=1_000_000,
                differentiation=AT_RISK,
            )
        ],
        ordinal=1,
    )
    await issue(uow, lower)
    assert uow.ledger.held(SHANDONG) == {("CEA-2021", "registered"): 850_000}
    assert [(one.kind, one.quantity_tco2e) for one in uow.earmarks.changes] == [
        (EarmarkKind.ISSUED, 1_200_000),
        (EarmarkKind.RECOVERED, 850_000),
    ]
    assert uow.obligations.obligations[SURPLUS, "2021"].notice_ordinal == 1


async def test_industry_of_2024_is_verified_without_pre_allocation_and_owed_beside_power(uow):
    industry = table(
        "2024",
        VERIFIED,
        [clinker(1, year=2024, emissions=900, allowance=900, obligation=900)],
        [entity(1, verified=900, issue=900, emissions=900, obligation=900, sector=CEMENT)],
        scope=INDUSTRY,
    )
    power = [
        table(
            "2024",
            PRE,
            [unit(1, year=2023, emissions=1_000, allowance=700)],
            [entity(1, pre_allocated=700, issue=700)],
        ),
        table(
            "2024",
            VERIFIED,
            [unit(1, year=2024, emissions=1_000, generation="1264.223", allowance=1_000, obligation=1_000)],
            [entity(1, pre_allocated=700, verified=1_000, issue=300, emissions=1_000, obligation=1_000)],
        ),
    ]
    await issue(uow, industry, *power)
    assert industry.table_no == "2024/VERIFIED/37/industry"
    assert uow.ledger.held(FIRST) == {("CEA-2024", "registered"): 1_900}
    assert uow.obligations.obligations[DEFICIT, "2024"].obligation_tco2e == 1_900


async def test_industry_of_2025_is_pre_allocated_and_trued_up_by_its_balance_value(uow):
    pre = table(
        "2025",
        PRE,
        [clinker(1, year=2024, emissions=2_000_000, allowance=1_400_000, obligation=0)],
        [entity(1, pre_allocated=1_400_000, issue=1_400_000, sector=CEMENT)],
        scope=INDUSTRY,
    )
    verified = table(
        "2025",
        VERIFIED,
        [
            clinker(
                1,
                year=2025,
                emissions=2_000_000,
                output="2500000",
                allowance=2_020_930,
                obligation=2_000_000,
            )
        ],
        [
            entity(
                1,
                pre_allocated=1_400_000,
                verified=2_020_930,
                issue=620_930,
                emissions=2_000_000,
                obligation=2_000_000,
                sector=CEMENT,
            )
        ],
        scope=INDUSTRY,
        balances=[(CEMENT, "0.86")],
    )
    await issue(uow, pre, verified)
    assert uow.ledger.held(FIRST) == {("CEA-2025", "registered"): 2_020_930}


async def test_a_restriction_of_receipt_stops_no_table(uow):
    restricted = frozenset({AccountUse.RECEIPT})
    uow.accounts.known[FIRST] = replace(uow.accounts.known[FIRST], restricted_uses=restricted)
    await issue(uow, pre_2021(), verified_2021())
    assert uow.ledger.held(FIRST)["CEA-2021", "registered"] == 850_000
