"""Forced surrender out of the province's account, and borrowed allowances, from issued tables to registration."""

from datetime import timedelta

import pytest
from allocation_messages import pre_2021, verified_2021
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.registry.v1 import registry_service_pb2 as registry_pb
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import DEFICIT, SURPLUS, sealed
from registry_world import ALLOCATION, START
from registry_world_changes import Changes
from surrender_world import Surrender

PRODUCT = "CEA-2021"


@pytest.fixture
async def surrender(world):
    """The first entity borrowed 75,000 t; the province holds 1,200,000 t for the second, which owes 1,000,000 t."""
    await world.list_and_open()
    for message in (pre_2021(), verified_2021()):
        await world.tell(ALLOCATION, message, sealed(message))
        await world.issue(message.table_no)
    return Surrender(world)


async def cases(surrender, **moment):
    request = pb.ListForcedSurrendersRequest(province_code="37", **moment)
    province = surrender.reads("ROLE_PROVINCE", provinces=["37"])
    return (await province.ListForcedSurrenders(request)).forced_surrenders


async def status(world, credit_code):
    request = registry_pb.GetComplianceStatusRequest(credit_code=credit_code, period="2021")
    return (await world.reads().GetComplianceStatus(request)).status


async def test_what_the_province_holds_is_surrendered_and_the_rest_released(world, surrender):
    world.clock.set(START + timedelta(hours=1))
    number = await surrender.force(SURPLUS)
    assert await world.holdings("R-P-37") == {}
    assert await world.holdings(f"R-E-{SURPLUS}") == {(PRODUCT, "registered"): 200_000}
    assert ("R-SURRENDERED", PRODUCT, "surrendered", "1000000") in await world.book("holdings")
    assert [row[4:] for row in await world.book("forced_surrenders")] == [
        ("", PRODUCT, "200000"),
        ("2021", PRODUCT, "1000000"),
    ]
    assert [row[4:7] for row in await world.book("earmarked_allowances")] == [
        ("issued", "1200000", "1200000"),
        ("surrendered", "-1000000", "200000"),
        ("released", "-200000", "0"),
    ]
    owed = await status(world, SURPLUS)
    assert (owed.surrendered_tco2e, owed.certificate_no) == (1_000_000, f"CC-2021-{SURPLUS}")
    [told] = await world.events(registry_events_pb2.ForcedSurrenderRegistered)
    assert (told.forced_surrender.case_no, told.status.surrendered_tco2e) == (number, 1_000_000)
    [case] = await cases(surrender)
    assert case.status == registry_types_pb2.FORCED_SURRENDER_STATUS_REGISTERED
    assert [(line.period, line.quantity_tco2e) for line in case.lines] == [("2021", 1_000_000), ("", 200_000)]
    assert list(await cases(surrender, as_of=to_timestamp(START))) == []


async def test_the_certificate_of_a_forced_surrender_names_its_products(world, surrender):
    await surrender.force(SURPLUS)
    request = pb.GetComplianceCertificateRequest(credit_code=SURPLUS, period="2021")
    certificate = (await surrender.reads().GetComplianceCertificate(request)).certificate
    assert [(line.product, line.quantity_tco2e) for line in certificate.lines] == [(PRODUCT, 1_000_000)]


async def test_borrowed_allowances_are_surrendered_by_the_borrower_for_their_year(world, surrender):
    async def applied(*lines):
        form = registry_pb.SurrenderForm(
            credit_code=DEFICIT,
            period="2021",
            lines=[
                registry_types_pb2.SurrenderLine(product=product, quantity_tco2e=quantity)
                for product, quantity in lines
            ],
        )
        answer = await world.emitters.SubmitSurrenderApplications(
            registry_pb.SubmitSurrenderApplicationsRequest(request_id=world.request_id(), applications=[form])
        )
        return answer.results[0]

    assert (await applied(("BORROWED-2023", 75_001))).error.reason == "PRODUCT_NOT_USABLE"
    number = (await applied(("BORROWED-2023", 75_000), (PRODUCT, 850_000))).reference
    assert (await applied(("BORROWED-2023", 1))).error.reason == "PRODUCT_NOT_USABLE"
    await world.decide(number)
    await world.register()
    assert (await status(world, DEFICIT)).surrendered_tco2e == 925_000
    assert await world.holdings(f"R-E-{DEFICIT}") == {}


async def test_a_forced_surrender_and_a_release_go_back_to_what_is_held_for_the_entity(world, surrender):
    number = await surrender.force(SURPLUS)
    before = world.clock.now()
    world.clock.set(before + timedelta(hours=1))
    registration = await Changes(world).correct(f"{number}/1", f"{number}/2")
    assert await world.holdings("R-P-37") == {(PRODUCT, "registered"): 1_200_000}
    assert [row[4:7] for row in await world.book("earmarked_allowances")][3:] == [
        ("corrected", "1000000", "1000000"),
        ("corrected", "200000", "1200000"),
    ]
    owed = await status(world, SURPLUS)
    assert (owed.surrendered_tco2e, owed.certificate_no) == (0, "")
    (case,) = await cases(surrender)
    assert [(one.line_no, one.change_tco2e) for one in case.corrections] == [(1, -1_000_000), (2, -200_000)]
    (then,) = await cases(surrender, as_of=to_timestamp(before))
    assert not then.corrections
    told = await world.events(registry_events_pb2.AllowancesEarmarked)
    assert [one.earmark.kind for one in told[-2:]] == [registry_types_pb2.EARMARK_KIND_CORRECTED] * 2
    again = await surrender.force(SURPLUS)
    assert again.endswith("-2")
    await Changes(world).correct(f"{again}/1")
    world.clock.set(before + timedelta(hours=2))
    await Changes(world).correct(f"{registration}/1")
    assert (await status(world, SURPLUS)).surrendered_tco2e == 1_000_000
