from datetime import date

import pytest
from registry.app.run_offset_credit_creation import run_offset_credit_creation
from registry.domain.errors import CreditsCreatedAlready
from registry.domain.events import OffsetCreditsCreated
from registry_fakes import market
from registry_messages import handover
from surrender_steps import ACCOUNT, CLOCK, DAY, OFFSET, small, take


@pytest.fixture
async def uow():
    """Two accepted rows and one that was rejected, of one date."""
    made = await market()
    rows = [small(1, 1), small(2, 2), small(3, 3, quantity=31)]
    assert await take(made, handover("2021-10-26", *rows)) == ["", "", "HANDOVER_ROW_ABOVE_CONFIRMED"]
    return made


async def create(uow, day=DAY):
    created = await run_offset_credit_creation(day, uow=uow, clock=CLOCK)
    return created.row_count, created.quantity_tco2e


async def test_accepted_rows_become_credits_of_their_entity_and_are_told(uow):
    assert await create(uow) == (2, 20)
    assert uow.ledger.held(ACCOUNT)[OFFSET, "registered"] == 20
    facts = uow.told(OffsetCreditsCreated)
    assert [(fact.row.quantity_tco2e, fact.row.handover_no, fact.at) for fact in facts] == [
        (10, "H-2021-10-26-37", CLOCK.now())
    ] * 2


async def test_rows_of_a_later_date_wait_for_it(uow):
    assert await create(uow, date(2021, 10, 25)) == (0, 0)
    assert await create(uow, date(2021, 10, 26)) == (2, 20)


async def test_running_again_creates_nothing_more(uow):
    await create(uow)
    assert await create(uow) == (0, 0)
    assert await create(uow, date(2021, 12, 15)) == (0, 0)
    assert uow.ledger.held(ACCOUNT)[OFFSET, "registered"] == 20
    assert len(uow.told(OffsetCreditsCreated)) == 2


async def test_serials_that_are_credits_already_stop_a_second_creation(uow):
    await create(uow)
    uow.handovers.credited.clear()
    with pytest.raises(CreditsCreatedAlready):
        await create(uow)
    assert uow.ledger.held(ACCOUNT)[OFFSET, "registered"] == 20
