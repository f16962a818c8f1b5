"""Callers at the same time: nobody gets what another has taken, and nothing falls between two hand-overs."""

import asyncio

from ccer_bridge.adapters.db.unit_of_work import SqlUnitOfWork
from ccer_messages import C_OWNER, C_PLANT, PLANT, WIND, application_no, decided, shanghai
from ccer_world import APPLICATIONS, applicant, cancellation, reasons, reductions
from ets.ccer.v1 import ccer_service_pb2 as pb


def cancel(request_id, quantity):
    return pb.CancelForOffsetRequest(request_id=request_id, cancellations=[cancellation(quantity)])


async def test_cancellations_and_transfers_at_once_never_take_more_than_is_held_or_confirmed(world):
    await world.prepare_to_cancel(1_000)
    holders = world.holders
    away = pb.VenueTransfer(credit_code=PLANT, venue="BJ", product=WIND, quantity_tco2e=300)
    calls = [holders.CancelForOffset(cancel(f"c{number}", 300)) for number in range(4)]
    calls += [
        holders.TransferToVenue(pb.TransferToVenueRequest(request_id=f"t{number}", transfers=[away]))
        for number in range(2)
    ]
    outcomes = [reasons(answer)[0] for answer in await asyncio.gather(*calls)]
    assert outcomes.count("") == 3
    assert set(outcomes) <= {"", "INSUFFICIENT_HOLDING", "CONFIRMED_QUANTITY_EXCEEDED"}
    assert await world.book("journal_totals") == await world.book("holdings")
    made = await world.book("cancellations")
    assert [row[0] for row in made] == [
        f"CX-{application_no(1)}-{ordinal}" for ordinal in range(1, len(made) + 1)
    ]


async def test_two_applications_of_one_holder_cancel_their_own_at_once(world):
    await world.prepare()
    await world.sell(1_000)
    await world.tell(APPLICATIONS, decided(1), decided(1, ordinal=2))
    holders = world.holders
    items = [cancellation(100, application_no=application_no(1, 1 + number % 2)) for number in range(6)]
    answers = await asyncio.gather(
        *(
            holders.CancelForOffset(pb.CancelForOffsetRequest(request_id=f"c{number}", cancellations=[item]))
            for number, item in enumerate(items)
        )
    )
    assert [reasons(answer)[0] for answer in answers] == [""] * 6
    assert [row[-1] for row in await world.book("confirmed_applications")] == ["300", "300"]


async def test_a_hand_over_waits_for_cancellations_under_way_and_then_has_them(world):
    await world.prepare_to_cancel()
    world.clock.set(shanghai("2021-10-26 16:59"))
    async with world.database.begin() as transaction:
        # A cancellation that has entered the window and not yet ended.
        await SqlUnitOfWork(transaction).cancellations.enter_window()
        # Others do not wait for it.
        assert (await world.cancel(100)).error.reason == ""
        world.clock.set(shanghai("2021-10-26 17:00"))
        run = asyncio.create_task(world.run_handover("2021-10-26"))
        done, _ = await asyncio.wait({run}, timeout=0.2)
        assert not done
    assert (await run).quantity_tco2e == 100


async def test_two_runs_of_one_date_at_once_hand_over_once(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    world.clock.set(shanghai("2021-10-27 17:00"))
    answers = await asyncio.gather(*(world.run_handover("2021-10-27") for _ in range(3)))
    assert sorted(answer.handover_count for answer in answers) == [0, 0, 64]
    assert sum(answer.row_count for answer in answers) == 1


async def test_one_holder_that_applies_twice_at_once_has_one_account(world):
    holders = world.holders
    answers = await asyncio.gather(
        *(
            holders.ApplyForAccounts(
                pb.ApplyForAccountsRequest(request_id=f"a{number}", accounts=[applicant(1)])
            )
            for number in range(3)
        )
    )
    assert sorted(reasons(answer)[0] for answer in answers) == [
        "",
        "ACCOUNT_APPLIED_ALREADY",
        "ACCOUNT_APPLIED_ALREADY",
    ]


async def test_reductions_asked_for_twice_at_once_are_issued_once(world):
    await world.register(("WIND1", False))
    await world.open(applicant(900, province_code=""))
    centre = world.centre
    answers = await asyncio.gather(
        *(
            centre.IssueReductions(
                pb.IssueReductionsRequest(request_id=f"i{number}", issues=[reductions(quantity=10)])
            )
            for number in range(3)
        )
    )
    assert sorted(reasons(answer)[0] for answer in answers) == ["", "ISSUED_ALREADY", "ISSUED_ALREADY"]
    assert [row[3] for row in await world.book("holdings")] == ["10", "-10"]


async def test_one_trade_in_two_batches_at_once_is_settled_once(world):
    await world.prepare()
    await world.bring_to_venue(100)
    trade = pb.TradeSettlement(
        trade_no="X-1", seller_account_no=C_OWNER, buyer_account_no=C_PLANT, product=WIND, quantity_tco2e=60
    )
    service = world.trading
    answers = await asyncio.gather(
        *(
            service.SettleTrades(
                pb.SettleTradesRequest(request_id=f"s{number}", trading_date="2021-10-27", trades=[trade])
            )
            for number in range(2)
        )
    )
    assert [reasons(answer) for answer in answers] == [[""], [""]]
    assert await world.holdings(PLANT) == {(WIND, "trading"): 60}
