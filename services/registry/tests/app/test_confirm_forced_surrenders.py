from dataclasses import replace

from forced_steps import PROVINCE_ACCOUNT, confirm, held_by_province, initiate
from registry.domain.accounts import AccountUse
from registry.domain.events import (
    AllowancesEarmarked,
    ComplianceCertificateIssued,
    ForcedSurrenderRegistered,
)
from registry.domain.forced_surrender import ForcedSurrenderStatus
from registry_fakes import NOW, reasons
from registry_messages import DEFICIT
from surrender_steps import submit

ACCOUNT = f"R-E-{DEFICIT}"


async def test_units_are_surrendered_and_the_rest_is_released_to_the_entity():
    uow = await held_by_province({"2021": 100, "2022": 100}, {"CEA-2021": 130, "CEA-2022": 90})
    [number] = await initiate(uow, DEFICIT)
    assert reasons(await confirm(uow, number)) == [""]
    assert uow.ledger.held(PROVINCE_ACCOUNT) == {}
    assert uow.ledger.held(ACCOUNT) == {("CEA-2021", "registered"): 20}
    assert uow.ledger.held("R-SURRENDERED") == {
        ("CEA-2021", "surrendered"): 110,
        ("CEA-2022", "surrendered"): 90,
    }
    assert uow.forced_surrenders.cases[number].status is ForcedSurrenderStatus.REGISTERED
    assert [fact.obligation.met_tco2e for fact in uow.told(ForcedSurrenderRegistered)] == [100, 100]
    assert len(uow.told(ComplianceCertificateIssued)) == 2
    earmarks = [(one.change.kind, one.change.quantity_tco2e) for one in uow.told(AllowancesEarmarked)]
    assert earmarks == [("surrendered", 30), ("surrendered", 0), ("surrendered", 20), ("released", 0)]


async def test_a_shortfall_stays_owed_and_can_be_surrendered():
    uow = await held_by_province({"2021": 100}, {"CEA-2021": 80})
    assert reasons(await confirm(uow, *await initiate(uow, DEFICIT))) == [""]
    assert uow.obligations.obligations[DEFICIT, "2021"].unmet_tco2e == 20
    await uow.issue(ACCOUNT, "CEA-2021", 20, uow.accounts.accounts[ACCOUNT].opened_time)
    assert reasons(await submit(uow, (DEFICIT, ("CEA-2021", 20)), period="2021")) == [""]


async def test_refusals_come_in_their_order_and_a_case_is_registered_once():
    uow = await held_by_province({"2021": 100}, {"CEA-2021": 130})
    first, second = [*await initiate(uow, DEFICIT), *await initiate(uow, DEFICIT)]
    assert reasons(await confirm(uow, first, by="first")) == ["SAME_PERSON"]
    account = uow.accounts.accounts[ACCOUNT]
    del uow.accounts.known[ACCOUNT]
    assert reasons(await confirm(uow, first)) == ["ACCOUNT_NOT_FOUND"]
    uow.accounts.known[ACCOUNT] = replace(account, restricted_uses=frozenset({AccountUse.RECEIPT}))
    assert reasons(await confirm(uow, "FS-none", first, second)) == [
        "FORCED_SURRENDER_NOT_FOUND",
        "",
        "FORCED_SURRENDER_STALE",
    ]
    assert reasons(await confirm(uow, first, second)) == [
        "FORCED_SURRENDER_ALREADY_REGISTERED",
        "FORCED_SURRENDER_STALE",
    ]


async def test_what_the_entity_applied_for_meanwhile_makes_the_proposal_stale():
    uow = await held_by_province({"2021": 100}, {"CEA-2021": 100})
    [number] = await initiate(uow, DEFICIT)
    await uow.issue(ACCOUNT, "CEA-2021", 20, uow.accounts.accounts[ACCOUNT].opened_time)
    assert reasons(await submit(uow, (DEFICIT, ("CEA-2021", 20)), period="2021")) == [""]
    assert reasons(await confirm(uow, number)) == ["FORCED_SURRENDER_STALE"]


async def test_what_another_province_held_before_the_entity_moved_comes_from_its_account():
    uow = await held_by_province({"2021": 100}, {"CEA-2021": 150})
    moved = replace(uow.accounts.known[ACCOUNT], province_code="11")
    uow.accounts.known[ACCOUNT] = moved
    [number] = await initiate(uow, DEFICIT)
    assert uow.forced_surrenders.cases[number].province_code == "37"
    assert await confirm(uow, number) == [number]
    assert uow.ledger.held(PROVINCE_ACCOUNT) == {}


async def test_the_cause_of_a_refused_case_is_told():
    uow = await held_by_province({"2021": 100}, {"CEA-2021": 150})
    [number] = await initiate(uow, DEFICIT)
    await uow.put_in_trading(PROVINCE_ACCOUNT, "CEA-2021", 1, NOW)
    assert reasons(await confirm(uow, number)) == ["INSUFFICIENT_HOLDING"]
