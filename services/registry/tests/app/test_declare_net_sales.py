from registry.domain.carry_over_notice import Sales
from registry_messages import DEFICIT, SURPLUS
from retirement_steps import SOLD_TCO2E, at_year_end, declare, noticed, notices


async def test_the_last_declaration_of_an_entity_counts():
    uow = await at_year_end()
    assert await declare(uow, (DEFICIT, 1, 2), (SURPLUS, 0, 5), (DEFICIT, 3, 4)) == ["", "", ""]
    assert uow.carry_overs.declarations == {
        DEFICIT: Sales(sold_tco2e=3, bought_tco2e=4),
        SURPLUS: Sales(sold_tco2e=0, bought_tco2e=5),
    }
    assert uow.facts == []


async def test_an_entity_without_an_account_is_refused_and_the_others_are_not():
    uow = await at_year_end()
    assert await declare(uow, ("91370000MA3C00000X", 1, 0), (DEFICIT, 1, 0)) == ["ACCOUNT_NOT_FOUND", ""]
    assert list(uow.carry_overs.declarations) == [DEFICIT]


async def test_after_the_notice_only_the_same_figures_are_taken():
    uow = await noticed()
    assert await declare(uow, (DEFICIT, SOLD_TCO2E, 0)) == [""]
    assert await declare(uow, (DEFICIT, SOLD_TCO2E + 1, 0)) == ["CARRY_OVER_NOTICE_ISSUED"]
    assert uow.carry_overs.declarations[DEFICIT] == Sales(sold_tco2e=SOLD_TCO2E)


async def test_a_declaration_may_come_after_a_run_of_the_notices():
    uow = await at_year_end()
    assert (await notices(uow)).stopped_count == 1
    await declare(uow, (DEFICIT, SOLD_TCO2E, 0))
    assert (await notices(uow)).notice_count == 1
