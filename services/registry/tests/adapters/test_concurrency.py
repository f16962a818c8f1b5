"""Callers at the same time: small requests share a commit, and nobody gets what another has taken."""

import asyncio

import pytest
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import RequestIdReused
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, VERIFIED_TCO2E
from registry_world import reasons
from sqlalchemy import text


def transfer(request_id, quantity):
    wanted = pb.TradingTransfer(credit_code=SURPLUS, product=CEA, quantity_tco2e=quantity)
    return pb.TransferToTradingRequest(request_id=request_id, transfers=[wanted])


def application(request_id, quantity, credit_code=DEFICIT):
    line = types_pb.SurrenderLine(product=CEA, quantity_tco2e=quantity)
    form = pb.SurrenderForm(credit_code=credit_code, period=PERIOD, lines=[line])
    return pb.SubmitSurrenderApplicationsRequest(request_id=request_id, applications=[form])


async def test_requests_at_the_same_time_share_commits_and_each_gets_its_own_answer(world):
    await world.allocate()
    emitters = world.emitters
    answers = await asyncio.gather(
        *(emitters.TransferToTrading(transfer(f"t{number}", number)) for number in range(1, 41))
    )
    assert {answer.results[0].reference for answer in answers} == {
        f"RT-R-E-{SURPLUS}-{ordinal}" for ordinal in range(1, 41)
    }
    assert (await world.holdings(f"R-E-{SURPLUS}"))[CEA, "in_transit"] == sum(range(1, 41))
    async with world.database.snapshot() as connection:
        batches = await connection.execute(text("SELECT count(DISTINCT post_id) FROM ledger_journal"))
        assert batches.scalar_one() < 2 + 40
    assert await emitters.TransferToTrading(transfer("t7", 7)) == answers[6]


async def test_one_request_id_twice_at_once_has_one_effect(world):
    await world.allocate()
    emitters = world.emitters
    first, second = await asyncio.gather(*(emitters.TransferToTrading(transfer("t", 5)) for _ in range(2)))
    assert first == second
    with pytest.raises(RequestIdReused):
        await emitters.TransferToTrading(transfer("t", 6))
    assert (await world.holdings(f"R-E-{SURPLUS}"))[CEA, "in_transit"] == 5


async def test_transfers_and_surrenders_at_once_never_take_more_than_is_held(world):
    await world.allocate()
    emitters = world.emitters
    part = VERIFIED_TCO2E // 3 + 1
    calls = [emitters.TransferToTrading(transfer(f"t{number}", part)) for number in range(3)]
    calls += [
        emitters.SubmitSurrenderApplications(application(f"s{number}", part, SURPLUS)) for number in range(3)
    ]
    outcomes = [reasons(answer)[0] for answer in await asyncio.gather(*calls)]
    assert sorted(outcomes).count("") == 2
    assert set(outcomes) <= {"", "INSUFFICIENT_HOLDING", "OBLIGATION_EXCEEDED"}
    assert sum((await world.holdings(f"R-E-{SURPLUS}")).values()) == VERIFIED_TCO2E


async def test_a_registration_run_between_applications_never_lets_an_obligation_be_exceeded(world):
    await world.allocate()
    emitters = world.emitters
    for round_no in range(4):
        number = (await world.apply((CEA, 1_300_000))).reference
        await world.decide(number)
        await asyncio.gather(
            world.register(),
            *(
                emitters.SubmitSurrenderApplications(application(f"{round_no}-{again}", 1))
                for again in range(5)
            ),
        )
    obligations = {row[0]: (int(row[3]), int(row[4])) for row in await world.book("obligations")}
    owed, surrendered = obligations[DEFICIT]
    assert surrendered == 4 * 1_300_000
    answer = await emitters.SubmitSurrenderApplications(application("last", owed - surrendered - 20 + 1))
    assert reasons(answer) == ["OBLIGATION_EXCEEDED"]


async def test_one_trade_in_two_batches_at_once_is_settled_once(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 100)
    trade = pb.TradeSettlement(
        trade_no="T-1",
        seller_account_no=f"R-E-{SURPLUS}",
        buyer_account_no=f"R-E-{DEFICIT}",
        product=CEA,
        quantity_tco2e=60,
    )
    service = world.trading
    answers = await asyncio.gather(
        *(
            service.SettleTrades(
                pb.SettleTradesRequest(request_id=f"s{number}", trading_date="2021-10-26", trades=[trade])
            )
            for number in range(2)
        )
    )
    assert [reasons(answer) for answer in answers] == [[""], [""]]
    assert (await world.holdings(f"R-E-{DEFICIT}"))[CEA, "trading"] == 60


async def test_the_books_agree_with_the_journal_afterwards(world):
    await world.allocate()
    await world.credit()
    await world.send_to_trading(SURPLUS, 100)
    await world.decide((await world.apply((CEA, 10), ("OFFSET-WIND1-2015", 10))).reference)
    await world.register()
    assert await world.book("journal_totals") == await world.book("holdings")
