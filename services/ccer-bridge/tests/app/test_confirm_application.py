from dataclasses import replace

import pytest
from ccer_bridge.adapters.decoding import confirmed_application
from ccer_bridge.app.confirm_application import confirm_application
from ccer_bridge.domain.errors import ConfirmationDiffers
from ccer_fakes import NOW, registry
from ccer_messages import WIND, application_no, decided
from ets_kernel.domain.clock import FixedClock

NUMBER = application_no(1)
APPLICATION = confirmed_application(decided(1).application)


@pytest.fixture
async def uow():
    return await registry(FixedClock(NOW))


async def test_a_confirmed_application_is_stored_with_its_lines_and_tells_nothing(uow):
    await confirm_application(APPLICATION, uow=uow)
    assert uow.applications.confirmed == {NUMBER: APPLICATION}
    assert uow.applications.confirmed[NUMBER].lines_tco2e == {WIND: 1_000}
    assert uow.facts == []


@pytest.mark.parametrize("message", [decided(1, ("WIND1", 2015, 5)), decided(1, province_code="11")])
async def test_another_content_is_refused_and_the_first_stays(uow, message):
    await confirm_application(APPLICATION, uow=uow)
    with pytest.raises(ConfirmationDiffers):
        await confirm_application(confirmed_application(message.application), uow=uow)
    assert uow.applications.confirmed[NUMBER] == APPLICATION


async def test_the_same_confirmation_again_keeps_what_was_cancelled_meanwhile(uow):
    used = replace(APPLICATION, cancelled_tco2e={WIND: 10}, cancellation_count=1)
    uow.applications.confirmed[NUMBER] = used
    await confirm_application(APPLICATION, uow=uow)
    assert uow.applications.confirmed[NUMBER] == used
