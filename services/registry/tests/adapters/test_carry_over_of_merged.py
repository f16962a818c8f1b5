"""Carry-over and mergers through gRPC and SQL: net sales of the absorbed, and what its notice leaves (REG-46)."""

import pytest
from carry_over_world import (
    ALLOWED_TCO2E,
    JANUARY,
    SOLD_TCO2E,
    SPRING,
    apply,
    at_year_end,
    declare,
    findings,
    notices,
    reads,
)
from ets.registry.v1 import registry_carry_over_service_pb2 as pb
from ets.registry.v1 import registry_carry_over_service_pb2_grpc as pb_grpc
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.retirement_errors import CarryOverNoticeNotFound
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E
from registry_world import TRADING, accepted, reasons
from registry_world_changes import RULING, A, B, Changes


async def merge(world):
    form = change_pb.MergerForm(document=RULING, absorbed_account_no=A, survivor_account_no=B)
    await Changes(world).carry_out_filed("FileMergers", mergers=[form])


async def bring_back(world):
    """The absorbed one's units in trading would keep it from being merged."""
    await world.tell(
        TRADING,
        trading_events_pb2.WithdrawalRequested(
            withdrawal_no="TW-1", market="CEA", holder_account_no=A, product=CEA, quantity_tco2e=10_000
        ),
    )


async def left_of(world, credit_code, **moment):
    request = pb.GetCarryOverNoticeRequest(credit_code=credit_code, **moment)
    one = (await reads(world).GetCarryOverNotice(request)).notice
    return one.allowed_tco2e, one.taken_over_tco2e, one.applied_tco2e


def apply_for_survivor(world, quantity):
    channel = world.served.channel("ROLE_EMITTER", entities=[SURPLUS])
    request = pb.SubmitCarryOverApplicationsRequest(request_id=world.request_id())
    request.applications.add(credit_code=SURPLUS).lines.add(product=CEA, quantity_tco2e=quantity)
    return pb_grpc.RegistryCarryOverServiceStub(channel).SubmitCarryOverApplications(request)


@pytest.fixture
async def traded(world):
    await at_year_end(world)
    await bring_back(world)
    return world


async def test_a_merger_before_the_notices_adds_sales_and_holdings_up(traded):
    await merge(traded)
    assert await declare(traded, (DEFICIT, SOLD_TCO2E, 0), (SURPLUS, 0, SOLD_TCO2E)) == ["", ""]
    issued = await notices(traded)
    assert (issued.notice_count, issued.stopped_count) == (1, 0)
    [finding] = (await findings(traded)).values()
    assert (finding.credit_code, list(finding.absorbed_credit_codes)) == (SURPLUS, [DEFICIT])
    # What one sold to the other is no net sale, and both held what they had.
    assert (finding.sold_tco2e, finding.bought_tco2e) == (0, SOLD_TCO2E)
    assert (finding.absorbed_sold_tco2e, finding.absorbed_bought_tco2e) == (SOLD_TCO2E, 0)
    assert (finding.computed_tco2e, finding.holding_tco2e) == (10_000, 2 * VERIFIED_TCO2E)


async def test_what_a_notice_leaves_goes_over_with_a_merger_and_is_applied_for_by_the_survivor(traded):
    assert await declare(traded, (DEFICIT, SOLD_TCO2E, 0), (SURPLUS, 0, SOLD_TCO2E)) == ["", ""]
    assert (await notices(traded)).notice_count == 2
    traded.clock.set(SPRING)
    await merge(traded)
    told = [one for one in await traded.events(registry_events_pb2.HoldingsChanged) if one.carry_over_tco2e]
    assert [(one.account_no, one.carry_over_tco2e) for one in told] == [
        (A, ALLOWED_TCO2E),
        (B, ALLOWED_TCO2E),
    ]
    assert await left_of(traded, DEFICIT) == (ALLOWED_TCO2E, -ALLOWED_TCO2E, 0)
    assert await left_of(traded, SURPLUS) == (10_000, ALLOWED_TCO2E, 0)
    assert await left_of(traded, SURPLUS, as_of=to_timestamp(JANUARY)) == (10_000, 0, 0)
    assert reasons(await apply_for_survivor(traded, 10_000 + ALLOWED_TCO2E + 1)) == [
        "CARRY_OVER_LIMIT_EXCEEDED"
    ]
    await accepted(apply_for_survivor(traded, 10_000 + ALLOWED_TCO2E))
    assert reasons(await apply(traded, (CEA, 1))) == ["CARRY_OVER_LIMIT_EXCEEDED"]
    rows = await traded.book("carry_over_successions")
    assert [row[1:] for row in rows] == [(DEFICIT, SURPLUS, str(ALLOWED_TCO2E))]


async def test_a_survivor_that_is_stopped_uses_what_it_took_over_when_its_notice_comes(traded):
    assert await declare(traded, (DEFICIT, SOLD_TCO2E, 0)) == [""]
    assert (await notices(traded)).notice_count == 1
    await merge(traded)
    with pytest.raises(CarryOverNoticeNotFound):
        await left_of(traded, SURPLUS)
    assert await declare(traded, (SURPLUS, 0, SOLD_TCO2E)) == [""]
    assert (await notices(traded)).notice_count == 1
    assert await left_of(traded, SURPLUS) == (10_000, ALLOWED_TCO2E, 0)
    told = (await traded.events(registry_events_pb2.CarryOverNoticeIssued))[-1]
    assert (told.credit_code, told.taken_over_tco2e) == (SURPLUS, ALLOWED_TCO2E)
