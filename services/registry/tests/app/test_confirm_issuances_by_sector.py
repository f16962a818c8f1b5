"""What tables of power and of industry impose together: the limit of each sector, and notices through the province."""

from dataclasses import replace

import pytest
from allocation_messages import (
    AT_RISK,
    CEMENT,
    CHANGED,
    INDUSTRY,
    PRE,
    VERIFIED,
    changed_2021,
    clinker,
    entity,
    pre_2021,
    table,
    unit,
    verified_2021,
)
from allocation_steps import CLOCK, confirm, initiate, match, with_accounts
from obligation_steps import confirm as confirm_change
from obligation_steps import initiate as initiate_change
from obligation_steps import proposal
from registry.domain.compliance_rules import Sector
from registry.domain.events import ComplianceNoticeIssued
from registry_fakes import reasons
from registry_messages import DEFICIT, SURPLUS


@pytest.fixture
async def uow():
    return await with_accounts()


async def issue(uow, *messages):
    for message in messages:
        await match(uow, message)
        assert reasons(await initiate(uow, message.table_no)) == [""]
        assert reasons(await confirm(uow, message.table_no)) == [""]


def industry(tonnes, *, kind=VERIFIED, before=0, ordinal=0):
    row = entity(
        1,
        pre_allocated=before,
        verified=tonnes,
        issue=tonnes - before,
        emissions=tonnes,
        obligation=tonnes,
        sector=CEMENT,
    )
    line = clinker(1, year=2024, emissions=tonnes, allowance=tonnes, obligation=tonnes)
    return table("2024", kind, [line], [row], scope=INDUSTRY, ordinal=ordinal)


def power():
    before = unit(1, year=2023, emissions=1_000, allowance=700)
    verified = unit(1, year=2024, emissions=1_000, generation="1264.223", allowance=1_000, obligation=1_000)
    figures = {"verified": 1_000, "issue": 300, "emissions": 1_000, "obligation": 1_000}
    return [
        table("2024", PRE, [before], [entity(1, pre_allocated=700, issue=700)]),
        table("2024", VERIFIED, [verified], [entity(1, pre_allocated=700, **figures)]),
    ]


def owed(uow):
    obligation = uow.obligations.obligations[DEFICIT, "2024"]
    return obligation.quantities_tco2e, obligation.offset_limit_tco2e


BOTH = ({Sector.POWER: 1_000, Sector.CEMENT: 900}, 50)


async def test_the_limit_of_2024_is_that_of_power_alone_whichever_table_came_first(uow):
    """REG-68."""
    await issue(uow, *power(), industry(900))
    assert owed(uow) == BOTH
    other = await with_accounts()
    await issue(other, industry(900), *power())
    assert owed(other) == BOTH


async def test_a_change_of_the_industry_table_changes_the_part_of_its_sector(uow):
    await issue(uow, *power(), industry(900), industry(800, kind=CHANGED, before=900, ordinal=1))
    assert owed(uow) == ({Sector.POWER: 1_000, Sector.CEMENT: 800}, 50)
    await issue(uow, industry(950, kind=CHANGED, before=800, ordinal=2))
    assert owed(uow) == ({Sector.POWER: 1_000, Sector.CEMENT: 950}, 50)
    changes = [(one.change_no, one.sector) for one in uow.obligation_changes.changes.values()]
    assert changes == [
        (f"2024/VERIFIED/37/industry/{DEFICIT}", Sector.CEMENT),
        (f"2024/CHANGED/37/industry/1/{DEFICIT}", Sector.CEMENT),
        (f"2024/CHANGED/37/industry/2/{DEFICIT}", Sector.CEMENT),
    ]


async def test_two_people_name_the_sector_that_they_correct(uow):
    await issue(uow, *power(), industry(900))
    wanted = proposal(1_700, period="2024")
    assert reasons(await initiate_change(uow, wanted)) == ["OBLIGATION_SECTOR_WRONG"]
    changes = await initiate_change(uow, replace(wanted, sector=Sector.POWER))
    assert reasons(await confirm_change(uow, *changes)) == [""]
    assert owed(uow) == ({Sector.POWER: 800, Sector.CEMENT: 900}, 40)


async def test_a_new_notice_goes_through_the_province_as_the_last_table_says(uow):
    await issue(uow, pre_2021(), verified_2021())
    changes = await initiate_change(uow, proposal(900_000, SURPLUS, "2021"))
    assert reasons(await confirm_change(uow, *changes)) == [""]

    def notices(credit_code):
        told = [fact.obligation for fact in uow.told(ComplianceNoticeIssued)]
        return [one.is_through_province for one in told if one.credit_code == credit_code]

    assert (notices(SURPLUS), notices(DEFICIT)) == ([True, True], [False])
    row = {"pre_allocated": 850_000, "verified": 820_000, "issue": -30_000, "differentiation": AT_RISK}
    await issue(uow, changed_2021(1, "7380738.074", 820_000, 900_000, row))
    assert notices(DEFICIT) == [False, True]
    assert CLOCK.now() == uow.obligations.obligations[DEFICIT, "2021"].noticed_time
