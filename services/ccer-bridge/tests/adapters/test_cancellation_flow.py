"""Step 5: what may be cancelled, and everything that may not."""

import pytest
from ccer_messages import OTHER, OWNER, PLANT, SOLAR, WIND, application_no, code, decided, shanghai
from ccer_world import APPLICATIONS, applicant, cancellation, reasons, reductions
from ets.ccer.v1 import ccer_events_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.mrv.v1 import mrv_types_pb2
from ets_kernel.domain.errors import RequestIdReused, RoleForbidden, ScopeForbidden


def request(request_id, *cancellations):
    return pb.CancelForOffsetRequest(request_id=request_id, cancellations=cancellations)


async def refused(world, quantity=1, **changes):
    """Cancel once and prove that nothing changed and nobody was told; give the reason."""
    before = await world.effects()
    result = await world.cancel(quantity, **changes)
    after = await world.effects()
    assert {name for name in after if after[name] != before[name]} == {"kernel_request"}
    return result.error.reason


async def test_units_are_cancelled_for_good_and_the_province_is_told(world):
    await world.prepare_to_cancel()
    result = await world.cancel(400)
    assert result.reference == f"CX-{application_no(1)}-1"
    assert await world.holdings(PLANT) == {(WIND, "registered"): 600}
    assert ("C-CANCELLED", WIND, "cancelled", "400") in await world.book("holdings")
    (told,) = await world.events(ccer_events_pb2.CancellationRegistered)
    assert told.cancellation.cancellation_no == result.reference
    assert [(b.serial_start, b.serial_end) for b in told.cancellation.blocks] == [(1, 400)]
    assert await world.book("confirmed_applications") == [(application_no(1), PLANT, "37", "1000", "400")]
    assert await world.book("cancellations") == [
        (result.reference, application_no(1), PLANT, "37", WIND, "400", "1-400", "")
    ]
    assert await world.book("journal_totals") == await world.book("holdings")


async def test_a_second_before_the_deadline_is_in_time_and_the_deadline_is_not(world):
    await world.prepare_to_cancel()
    world.clock.set(shanghai("2021-12-15 16:59:59.999999"))
    assert (await world.cancel(1)).error.reason == ""
    world.clock.set(shanghai("2021-12-15 17:00"))
    assert await refused(world) == "CANCELLATION_WINDOW_CLOSED"


async def test_an_application_that_was_not_confirmed_is_refused(world):
    await world.prepare()
    await world.sell(1_000)
    assert await refused(world) == "APPLICATION_NOT_CONFIRMED"
    await world.tell(APPLICATIONS, decided(1, status=mrv_types_pb2.OFFSET_APPLICATION_STATUS_REFUSED))
    assert await refused(world) == "APPLICATION_NOT_CONFIRMED"
    assert await world.dead_letters() == []


async def test_the_application_of_another_entity_is_refused(world):
    await world.prepare_to_cancel()
    assert await refused(world, credit_code=OTHER) == "ENTITY_MISMATCH"


async def test_an_entity_without_an_open_account_is_refused(world):
    await world.prepare()
    await world.tell(APPLICATIONS, decided(3))
    values = {"credit_code": code(3), "application_no": application_no(3)}
    assert await refused(world, **values) == "ACCOUNT_NOT_FOUND"
    await world.holders.ApplyForAccounts(pb.ApplyForAccountsRequest(request_id="a", accounts=[applicant(3)]))
    assert await refused(world, **values) == "ACCOUNT_NOT_FOUND"


@pytest.mark.parametrize("product", [SOLAR, "CCER-WIND1-2016", "CEA-2019-2020", "nothing"])
async def test_a_product_that_is_not_in_the_application_is_refused(world, product):
    await world.prepare_to_cancel()
    assert await refused(world, product=product) == "PROJECT_NOT_IN_APPLICATION"


async def test_a_project_inside_the_national_market_is_refused(world):
    await world.prepare()
    await world.issue(reductions("INSIDE1"))
    await world.sell(100, product="CCER-INSIDE1-2015")
    await world.tell(APPLICATIONS, decided(1, ("INSIDE1", 2015, 100)))
    assert await refused(world, product="CCER-INSIDE1-2015") == "PROJECT_INSIDE_NATIONAL_MARKET"


async def test_a_project_that_was_never_registered_here_has_no_units(world):
    await world.prepare()
    await world.tell(APPLICATIONS, decided(1, ("GHOST", 2015, 100)))
    assert await refused(world, product="CCER-GHOST-2015") == "INSUFFICIENT_HOLDING"


async def test_more_than_confirmed_is_refused_at_once_and_in_steps(world):
    await world.prepare()
    await world.sell(3_000)
    await world.tell(APPLICATIONS, decided(1, ("WIND1", 2015, 1_000), ("SOLAR1", 2016, 500)))
    assert await refused(world, 1_001) == "CONFIRMED_QUANTITY_EXCEEDED"
    assert (await world.cancel(999)).error.reason == ""
    assert await refused(world, 2) == "CONFIRMED_QUANTITY_EXCEEDED"
    assert (await world.cancel(1)).error.reason == ""
    assert await refused(world, 1) == "CONFIRMED_QUANTITY_EXCEEDED"


async def test_lines_of_one_product_count_together(world):
    await world.prepare()
    await world.sell(3_000)
    await world.tell(APPLICATIONS, decided(1, ("WIND1", 2015, 600), ("WIND1", 2015, 400)))
    assert (await world.cancel(1_000)).error.reason == ""
    assert await refused(world, 1) == "CONFIRMED_QUANTITY_EXCEEDED"


async def test_units_of_others_at_a_venue_and_on_their_way_are_not_held(world):
    await world.prepare()
    await world.sell(100)
    await world.tell(APPLICATIONS, decided(1))
    assert await refused(world, 101) == "INSUFFICIENT_HOLDING"
    await world.bring_to_venue(50, credit_code=PLANT)
    assert await refused(world, 51) == "INSUFFICIENT_HOLDING"
    await world.send(30, credit_code=PLANT)
    assert await refused(world, 21) == "INSUFFICIENT_HOLDING"
    assert (await world.cancel(20)).error.reason == ""
    assert await world.holdings(PLANT) == {(WIND, "trading"): 50, (WIND, "in_transit"): 30}


async def test_the_same_units_cannot_be_cancelled_twice(world):
    await world.prepare()
    await world.sell(100)
    await world.tell(APPLICATIONS, decided(1), decided(1, ordinal=2))
    assert (await world.cancel(100)).error.reason == ""
    assert await refused(world, 100) == "INSUFFICIENT_HOLDING"
    assert await refused(world, 100, application_no=application_no(1, 2)) == "INSUFFICIENT_HOLDING"


async def test_a_batch_is_decided_item_by_item_in_order(world):
    await world.prepare()
    await world.sell(700)
    await world.tell(APPLICATIONS, decided(1))
    answer = await world.holders.CancelForOffset(
        request(
            "r",
            cancellation(400),
            cancellation(601),
            cancellation(400),
            cancellation(1, credit_code=OTHER),
            cancellation(300),
        )
    )
    assert reasons(answer) == [
        "",
        "CONFIRMED_QUANTITY_EXCEEDED",
        "INSUFFICIENT_HOLDING",
        "ENTITY_MISMATCH",
        "",
    ]
    assert [result.reference[-2:] for result in answer.results if result.reference] == ["-1", "-2"]
    assert [row[6] for row in await world.book("cancellations")] == ["1-400", "401-700"]
    assert (await world.book("confirmed_applications"))[0][-1] == "700"


async def test_a_request_id_has_one_effect(world):
    await world.prepare_to_cancel()
    once = await world.cancel(400, request_id="r")
    before = await world.effects()
    assert await world.cancel(400, request_id="r") == once
    with pytest.raises(RequestIdReused):
        await world.cancel(401, request_id="r")
    assert await world.effects() == before


async def test_entities_cancel_for_themselves_only(world):
    await world.prepare_to_cancel()
    stranger = world.commands("ROLE_EMITTER", entities=[OTHER])
    with pytest.raises(ScopeForbidden):
        await stranger.CancelForOffset(request("r", cancellation(1)))
    with pytest.raises(RoleForbidden):
        await world.commands("ROLE_HOLDER", entities=[OWNER]).CancelForOffset(request("r", cancellation(1)))
