"""Events: every fact has a topic of the catalogue; every consumed event counts once, and poison is set aside."""

import pytest
from ets.ccer.v1 import ccer_events_pb2
from ets.mrv.v1 import mrv_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.topics import TOPICS
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.signing import Ed25519Verifier
from registry.adapters.events import PUBLISHED, Consumed
from registry.domain import events
from registry_messages import (
    CEA,
    SURPLUS,
    cancellation_row,
    entity_listed,
    handover,
    pre_table,
    project,
    sealed,
)
from registry_world import ALLOCATION, HANDOVERS, PROJECTS, ROSTER, START, TRADING
from sqlalchemy import text

ACCOUNT = f"R-E-{SURPLUS}"
ANSWER = {
    "transfer_no": f"RT-{ACCOUNT}-1",
    "market": "CEA",
    "holder_account_no": ACCOUNT,
    "product": CEA,
    "quantity_tco2e": 100,
}
EVENTS = {
    "EntityListed": (ROSTER, entity_listed(3)),
    "AllocationTableTransmitted": (ALLOCATION, pre_table()),
    "AllocationTableSealed": (ALLOCATION, sealed(pre_table())),
    "ProjectRegistered": (PROJECTS, project("WIND1")),
    "HandoverIssued": (HANDOVERS, handover("2021-10-26", cancellation_row(1))),
    "TransferInAccepted": (TRADING, trading_events_pb2.TransferInAccepted(**ANSWER)),
    "TransferInRefused": (
        TRADING,
        trading_events_pb2.TransferInRefused(**ANSWER, reason="TRADING_ACCOUNT_NOT_FOUND"),
    ),
    "WithdrawalRequested": (
        TRADING,
        trading_events_pb2.WithdrawalRequested(
            withdrawal_no="W-CEA-1", market="CEA", holder_account_no=ACCOUNT, product=CEA, quantity_tco2e=1
        ),
    ),
}
MALFORMED = {
    "EntityListed": (ROSTER, mrv_events_pb2.EntityListed(), "CREDIT_CODE_INVALID"),
    "AllocationTableTransmitted": (
        ALLOCATION,
        mrv_events_pb2.AllocationTableTransmitted(
            table_no="another", province_code="37", period="2019-2020", kind=1, revision=1
        ),
        "MALFORMED_REQUEST",
    ),
    "AllocationTableTransmitted of another period": (
        ALLOCATION,
        mrv_events_pb2.AllocationTableTransmitted(
            table_no="2025/PRE/37", province_code="37", period="2025", kind=1, revision=1
        ),
        "PERIOD_UNKNOWN",
    ),
    "AllocationTableSealed": (
        ALLOCATION,
        mrv_events_pb2.AllocationTableSealed(table_no="x"),
        "TABLE_NOT_FOUND",
    ),
    "ProjectRegistered": (PROJECTS, ccer_events_pb2.ProjectRegistered(), "PRODUCT_INVALID"),
    "HandoverIssued": (HANDOVERS, ccer_events_pb2.HandoverIssued(), "MALFORMED_REQUEST"),
    "TransferInAccepted": (
        TRADING,
        trading_events_pb2.TransferInAccepted(market="CEA"),
        "TRANSFER_NOT_FOUND",
    ),
    "TransferInRefused": (TRADING, trading_events_pb2.TransferInRefused(market="CEA"), "TRANSFER_NOT_FOUND"),
    "WithdrawalRequested": (
        TRADING,
        trading_events_pb2.WithdrawalRequested(market="CEA"),
        "ACCOUNT_NOT_FOUND",
    ),
}


def test_every_fact_is_told_on_a_topic_of_this_service():
    assert set(PUBLISHED) == set(events.Fact.__args__)
    assert {TOPICS[published.topic].producer for published in PUBLISHED.values()} == {"registry"}


def test_every_topic_that_the_catalogue_gives_this_service_is_consumed():
    subscriptions = Consumed(clock=FixedClock(START), verifier=Ed25519Verifier({})).subscriptions()
    wanted = {topic.name for topic in TOPICS.values() if "registry" in topic.consumers}
    assert {subscription.topic for subscription in subscriptions} == wanted
    handled = {message.DESCRIPTOR.name for subscription in subscriptions for message in subscription.handlers}
    assert handled == set(EVENTS)
    assert handled == {name.split()[0] for name in MALFORMED}


async def effects(world):
    """Everything that the registry stores, its journal and outbox included, without the inbox's own counters."""
    found = {}
    async with world.database.snapshot() as connection:
        names = await connection.execute(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kernel_inbox'"
            )
        )
        for name in names.scalars().all():
            rows = await connection.execute(text(f"SELECT md5(t::text) FROM {name} AS t ORDER BY 1"))
            found[name] = rows.scalars().all()
    return found


async def prepare(world, name):
    """What has to be true before the event can have an effect."""
    if name == "AllocationTableSealed":
        await world.list_and_open()
        await world.tell(ALLOCATION, pre_table())
    elif name == "AllocationTableTransmitted":
        await world.list_and_open()
    elif name not in ("EntityListed", "ProjectRegistered"):
        await world.allocate()
    if name.startswith("TransferIn"):
        transfer = pb.TradingTransfer(credit_code=SURPLUS, product=CEA, quantity_tco2e=100)
        await world.emitters.TransferToTrading(
            pb.TransferToTradingRequest(request_id="t", transfers=[transfer])
        )
    if name == "WithdrawalRequested":
        await world.send_to_trading(SURPLUS, 10)


@pytest.mark.parametrize("name", EVENTS)
async def test_an_event_takes_effect_once_and_its_duplicate_is_ignored(world, name):
    await prepare(world, name)
    before = await effects(world)
    topic, message = EVENTS[name]
    records = await world.tell(topic, message)
    once = await effects(world)
    assert once != before
    await world.consumer.take(records)
    assert await effects(world) == once
    assert await world.dead_letters() == []


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_event_is_set_aside_with_its_reason_and_changes_nothing(world, name):
    before = await world.state()
    topic, message, reason = MALFORMED[name]
    await world.tell(topic, message)
    assert await world.dead_letters() == [reason]
    assert await world.state() == before


async def test_a_hand_over_with_an_unknown_province_or_date_is_set_aside(world):
    nowhere, never = handover("2021-10-26"), handover("2021-10-26")
    nowhere.manifest.province_code = "99"
    never.manifest.business_date = "2021-13-01"
    await world.tell(HANDOVERS, nowhere, never)
    assert await world.dead_letters() == ["PROVINCE_UNKNOWN", "MALFORMED_REQUEST"]


async def test_a_table_with_a_unit_that_is_none_is_set_aside(world):
    table, torn = pre_table(), pre_table()
    table.unit_rows[0].unit.category = 0
    torn.unit_rows[0].output.unit_no = "2"
    await world.tell(ALLOCATION, table, torn)
    assert await world.dead_letters() == ["MALFORMED_REQUEST", "MALFORMED_REQUEST"]
