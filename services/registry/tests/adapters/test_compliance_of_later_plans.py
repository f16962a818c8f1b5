"""From tables of 2021 to surrender: borrowed allowances, entities at risk, and a change after the verified table."""

from allocation_messages import changed_2021, pre_2021, verified_2021
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets.registry.v1 import registry_surrender_service_pb2_grpc as surrender_grpc
from ets.registry.v1.registry_types_pb2 import SurrenderLine
from registry_messages import DEFICIT, SURPLUS, sealed
from registry_world import ALLOCATION, accepted, reasons


async def issue(world, *messages):
    for message in messages:
        await world.tell(ALLOCATION, message, sealed(message))
        await world.issue(message.table_no)


async def apply(world, *lines):
    form = pb.SurrenderForm(
        credit_code=DEFICIT,
        period="2021",
        lines=[SurrenderLine(product=product, quantity_tco2e=quantity) for product, quantity in lines],
    )
    return await world.emitters.SubmitSurrenderApplications(
        pb.SubmitSurrenderApplicationsRequest(request_id=world.request_id(), applications=[form])
    )


async def obligations(world):
    return {row[0]: tuple(map(int, row[3:6])) for row in await world.book("obligations") if row[1] == "2021"}


async def test_borrowed_allowances_are_surrendered_by_their_borrower_and_nothing_else(world):
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    out = pb.TransferToTradingRequest(
        request_id=world.request_id(),
        transfers=[pb.TradingTransfer(credit_code=DEFICIT, product="BORROWED-2023", quantity_tco2e=1)],
    )
    assert reasons(await world.emitters.TransferToTrading(out)) == ["PRODUCT_NOT_TRADABLE"]
    (application_no,) = await accepted(apply(world, ("BORROWED-2023", 75_000), ("CEA-2021", 850_000)))
    await world.decide(application_no)
    await world.register()
    assert await world.holdings(f"R-E-{DEFICIT}") == {}
    assert (await obligations(world))[DEFICIT] == (1_000_000, 925_000, 0)


async def test_what_a_province_holds_is_surrendered_for_its_entity_and_the_rest_released(world):
    """1,200,000 t issued for an obligation of 1,000,000 t: 200,000 t go to the entity."""
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    first, second = (
        surrender_grpc.RegistrySurrenderServiceStub(
            world.served.channel("ROLE_REGISTRY_COMPLIANCE", subject=subject)
        )
        for subject in ("first", "second")
    )
    proposal = surrender_pb.ForcedSurrenderProposal(credit_code=SURPLUS, document_no="委托书1号")
    cases = await accepted(
        first.InitiateForcedSurrenders(
            surrender_pb.InitiateForcedSurrendersRequest(request_id=world.request_id(), proposals=[proposal])
        )
    )
    await accepted(
        second.ConfirmForcedSurrenders(
            surrender_pb.ConfirmForcedSurrendersRequest(request_id=world.request_id(), case_nos=cases)
        )
    )
    assert await world.holdings("R-P-37") == {}
    assert await world.holdings(f"R-E-{SURPLUS}") == {("CEA-2021", "registered"): 200_000}
    assert (await obligations(world))[SURPLUS] == (1_000_000, 1_000_000, 0)
    assert [(row[4], row[6]) for row in await world.book("earmarked_allowances")] == [
        ("issued", "1200000"),
        ("surrendered", "200000"),
        ("released", "0"),
    ]


async def test_a_change_after_the_verified_table_lowers_allocation_obligation_and_limit(world):
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021(borrowed=0))
    row = {"pre_allocated": 850_000, "verified": 820_000, "issue": -30_000}
    change = changed_2021(1, "7380738.074", 820_000, 900_000, row)
    await issue(world, change)
    assert change.table_no == "2021/CHANGED/37/1"
    assert await world.holdings(f"R-E-{DEFICIT}") == {("CEA-2021", "registered"): 820_000}
    assert (await obligations(world))[DEFICIT] == (900_000, 0, 0)
    statuses = {row[0]: row[2] for row in await world.book("issuances")}
    assert statuses == {"2021/PRE/37": "issued", "2021/VERIFIED/37": "issued", change.table_no: "issued"}


async def test_a_change_that_cannot_be_taken_back_is_refused_whole(world):
    await world.list_and_open()
    await issue(world, pre_2021(), verified_2021())
    await accepted(apply(world, ("CEA-2021", 840_000)))
    row = {"pre_allocated": 850_000, "verified": 820_000, "issue": -30_000}
    change = changed_2021(1, "7380738.074", 820_000, 900_000, row)
    await world.tell(ALLOCATION, change, sealed(change))
    numbers = [change.table_no]
    await world.operator.InitiateIssuances(
        pb.InitiateIssuancesRequest(request_id=world.request_id(), table_nos=numbers)
    )
    state = await world.state()
    answer = await world.second_operator.ConfirmIssuances(
        pb.ConfirmIssuancesRequest(request_id=world.request_id(), table_nos=numbers)
    )
    assert reasons(answer) == ["INSUFFICIENT_HOLDING"]
    assert await world.state() == state
